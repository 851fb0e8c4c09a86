"""A statement is checked again when columns or tags have changed while it ran.

Gap: local_bigquery keeps tags apart from rows, so that a table's new rows and new tags do not come at once, and checks
come before a statement instead of with it. In BigQuery a job sees a table with the tags that it has then. Here
`writes` sets the tags before the rows, and what was read meanwhile is judged by the tags that hold afterwards.
"""

from collections.abc import Callable
from typing import Any

from local_bigquery.catalog import tabledata, tables
from local_bigquery.jobs import query
from local_bigquery.models import Table
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.access import jobs, statements
from sandbox.bigquery.patching import replace


class _Changes:
    """How often the description of any table was changed."""

    def __init__(self) -> None:
        self.count = 0


_changes = _Changes()


def _judged[T](run: Callable[[], T], check: Callable[[], None]) -> T:
    before = _changes.count
    result = run()
    if _changes.count != before and not statements.reads_everything():
        check()
    return result


def install() -> None:
    record, run, list_rows = tables.record, query._run, tabledata.list_rows

    def counted(project: str, dataset: str, table: str, resource: Table) -> None:
        record(project, dataset, table, resource)
        _changes.count += 1

    def judged_run(cursor: Any, tree: exp.Expr, context: Context, *rest: Any) -> Any:
        if not isinstance(tree, exp.Query):
            return run(cursor, tree, context, *rest)
        return _judged(lambda: run(cursor, tree, context, *rest), lambda: statements.check(tree, context))

    def judged_rows(
        project: str, dataset: str, table: str, limit: Any, start: Any, chosen: str | None, *rest: Any
    ) -> Any:
        return _judged(
            lambda: list_rows(project, dataset, table, limit, start, chosen, *rest),
            lambda: jobs.require_rows(project, dataset, table, chosen),
        )

    replace(tables, "record", counted)
    replace(query, "_run", judged_run)
    replace(tabledata, "list_rows", judged_rows)
