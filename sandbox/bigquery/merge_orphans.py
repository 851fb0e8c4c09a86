"""MERGE that leaves alone what it does not change. Gap: local_bigquery's notes every row of the target that no row of
the source matches, though no clause wants it, so that a MERGE of a few rows takes as long as the table is large.
"""

from typing import Any

import sqlglot
from local_bigquery.jobs import merge
from local_bigquery.sql.translate import Context
from sqlglot import exp


def _narrowed(tree: exp.Expression) -> None:
    """Makes the rows without a match those that a clause WHEN NOT MATCHED BY SOURCE is for."""
    clause = tree.expression.expressions[-1].this
    wanted = [when.this for when in clause.args["ifs"]] if isinstance(clause, exp.Case) else []
    tree.expression.where(sqlglot.or_(*wanted) if wanted else exp.false(), copy=False)


def install() -> None:
    translate = merge.translate

    def translated(tree: exp.Expression, context: Context) -> Any:
        if isinstance(tree, exp.Create) and tree.this.name == merge.ORPHANS:
            _narrowed(tree)
        return translate(tree, context)

    merge.translate = translated  # of this module alone: all others translate whole statements
