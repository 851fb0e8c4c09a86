"""One writer at a time.

Gap: local_bigquery locks a table for DML and loads only. Two writers meet in DuckLake then: one fails with a
transaction conflict that BigQuery does not have, or tries its commit again at several times the cost of taking turns.
Results of queries are written elsewhere, side by side.
Deleting `table$20261121` deletes one partition, as in BigQuery ("Delete a partition").
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from local_bigquery.catalog import metadata, names, tables
from local_bigquery.engine import database
from local_bigquery.errors import not_found
from local_bigquery.jobs import query
from local_bigquery.models import JobStatistics2, Table
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery import decorators
from sandbox.bigquery.patching import replace

_delete, _writing_result = tables.delete, database.writing
_writer = threading.RLock()


@contextlib.contextmanager
def writing(*table: str) -> Iterator[None]:
    """Held while a table is made, written, altered or dropped; the thread that holds it may take it again."""
    with _writing_result(*table) if tables.RESULTS in table else _writer:
        yield


def delete(project_id: str, dataset_id: str, table_id: str) -> None:
    """tables.delete, of a table or of one partition of it."""
    base, partition_id = decorators.split(table_id)
    reference = (project_id, dataset_id, base)
    with database.writing(*reference):
        if partition_id is None:
            _delete(*reference)
            return
        if not tables.exists(*reference):
            raise not_found("Table", names.label(*reference))
        stored = metadata.load(Table, *reference) or tables.defaults(*reference)
        partition = decorators.partition(stored, partition_id, tables.columns(*reference))
        database.execute(f"DELETE FROM {tables.name(*reference)} WHERE {partition.condition}")


def install() -> None:
    run_any = query._run

    def run(cur: Any, tree: exp.Expression, context: Context, *arguments: Any) -> JobStatistics2:
        """Runs a statement; DDL on a table or view holds that table's lock."""
        target = names.target(tree) if isinstance(tree, query.DDL) else None
        on_table = (tree.args.get("kind") or "").upper() in ("TABLE", "VIEW")
        if target is None or not on_table or tree.find(exp.TemporaryProperty):
            return run_any(cur, tree, context, *arguments)
        with database.writing(*query._target(tree, context)):
            return run_any(cur, tree, context, *arguments)

    replace(database, "writing", writing)
    replace(query, "_run", run)
    replace(tables, "delete", delete)
