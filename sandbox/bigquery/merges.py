"""MERGE ... UPDATE SET column = NULL. Gap: local_bigquery writes the parts of a MERGE as SQL again, where an assignment
is a comparison, and a comparison with NULL comes out as NULL.
"""

from typing import Any

from local_bigquery.jobs import merge
from local_bigquery.models import JobStatistics2
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.patching import replace


def install() -> None:
    run_merge = merge.run

    def run(cursor: Any, tree: exp.Merge, context: Context) -> JobStatistics2:
        tree = tree.copy()
        for when in tree.args["whens"].expressions:
            action = when.args["then"]
            for assignment in action.expressions if isinstance(action, exp.Update) else []:
                if isinstance(assignment.expression, exp.Null):
                    assignment.set("expression", exp.paren(exp.null()))
        return run_merge(cursor, tree, context)

    replace(merge, "run", run)
