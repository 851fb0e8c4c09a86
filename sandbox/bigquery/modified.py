"""When a table was last modified. Gap: local_bigquery leaves a table's `lastModifiedTime` as it was after DML.

Whoever tells by it whether a table has changed since he saw it last (REST reference, Table.lastModifiedTime) must learn
of an INSERT as well.
"""

from typing import Any

from local_bigquery.catalog import metadata, names, tables
from local_bigquery.engine import database
from local_bigquery.jobs import query
from local_bigquery.models import JobStatistics2, Table
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.patching import replace


def install() -> None:
    upstream = query._run

    def run(
        cur: Any, tree: exp.Expression, context: Context, destination: Any, config: Any, dry_run: bool, isolated: bool
    ) -> JobStatistics2:
        statistics = upstream(cur, tree, context, destination, config, dry_run, isolated)
        if isinstance(tree, names.DML) and not dry_run:
            reference = query._target(tree, context)
            with database.writing(*reference):
                if stored := metadata.load(Table, *reference):
                    tables.record(*reference, stored.replace(lastModifiedTime=metadata.now()))
        return statistics

    replace(query, "_run", run)
