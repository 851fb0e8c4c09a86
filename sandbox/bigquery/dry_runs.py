"""Dry runs of MERGE.

Gap: local_bigquery runs a MERGE in steps of its own, but asks DuckDB to explain it as a whole, which refuses columns
that BigQuery finds in the row that is meant.
"""

from typing import Any

from local_bigquery.jobs import query
from local_bigquery.models import JobStatistics2
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.patching import replace


def install() -> None:
    run = query._run

    def checked(
        cursor: Any, tree: exp.Expr, context: Context, destination: Any, config: Any, dry_run: bool, isolated: bool
    ) -> JobStatistics2:
        if not (dry_run and isinstance(tree, exp.Merge)):
            return run(cursor, tree, context, destination, config, dry_run, isolated)
        source = exp.select("*").from_(tree.args["using"].copy())
        run(cursor, source, context, None, config, True, isolated)
        return JobStatistics2(statementType="MERGE")

    replace(query, "_run", checked)
