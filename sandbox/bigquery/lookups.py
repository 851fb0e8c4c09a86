"""What tables there are, their columns and numbers of rows.

Gap: local_bigquery asks DuckDB's catalogue functions, which read the statistics of every table for every question
(10 ms with few tables, more with many), and its numbers of rows still count deleted rows.

Asked here are DuckLake's own metadata tables (their layout: the DuckLake specification, "Tables"); columns are kept
until DuckLake's schema version changes.
"""

import threading

import duckdb
from local_bigquery.catalog import datasets, names, tables
from local_bigquery.engine import database, types
from local_bigquery.errors import not_found
from local_bigquery.models import TableFieldSchema

from sandbox.bigquery.catalogue import metadata_database
from sandbox.bigquery.patching import replace

Reference = tuple[str, str, str]
EMULATOR = "emulator"  # local_bigquery's own database, with the anonymous results
KEPT = 10_000  # descriptions of tables
OBJECTS = """
SELECT table_name, 'TABLE', (
    SELECT coalesce(sum(f.record_count - coalesce(d.delete_count, 0)), 0)
    FROM {db}.ducklake_data_file f
    LEFT JOIN {db}.ducklake_delete_file d ON d.data_file_id = f.data_file_id AND d.end_snapshot IS NULL
    WHERE f.table_id = t.table_id AND f.end_snapshot IS NULL
)
FROM {db}.ducklake_table t JOIN {db}.ducklake_schema s USING (schema_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name = $1
AND t.table_name = coalesce($2, t.table_name)
UNION ALL
SELECT view_name, 'VIEW', 0 FROM {db}.ducklake_view v JOIN {db}.ducklake_schema s USING (schema_id)
WHERE v.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name = $1
AND v.view_name = coalesce($2, v.view_name)
ORDER BY 1
"""
REQUIRED = """
SELECT column_name
FROM {db}.ducklake_column c JOIN {db}.ducklake_table t USING (table_id) JOIN {db}.ducklake_schema s USING (schema_id)
WHERE c.end_snapshot IS NULL AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL
AND s.schema_name = $1 AND t.table_name = $2 AND c.parent_column IS NULL AND NOT c.nulls_allowed
"""
DATASET = "SELECT 1 FROM {db}.ducklake_schema WHERE end_snapshot IS NULL AND schema_name = $1"
_kept: dict[tuple[Reference, int], list[TableFieldSchema]] = {}
_lock = threading.Lock()


def objects(project_id: str, dataset_id: str, table_id: str | None = None) -> list[tuple[str, str, int]]:
    """The tables and views of a dataset, or the one of that name: name, TABLE or VIEW, number of rows."""
    if project_id == EMULATOR and table_id is not None:
        try:
            ((count,),) = database.fetch(f"SELECT count(*) FROM {database.quote(EMULATOR, dataset_id, table_id)}")
        except duckdb.CatalogException:
            return []
        return [(table_id, "TABLE", count)]
    if project_id not in database._attached:
        return []
    found = database.fetch(OBJECTS.format(db=metadata_database(project_id)), [dataset_id, table_id])
    return [(name, kind, int(rows)) for name, kind, rows in found]


def dataset_exists(project_id: str, dataset_id: str) -> bool:
    if project_id not in database._attached:
        return False
    return bool(database.fetch(DATASET.format(db=metadata_database(project_id)), [dataset_id]))


def columns(project_id: str, dataset_id: str, table_id: str) -> list[TableFieldSchema]:
    """The columns of a table or view, without the pseudo column. Raises BigQueryError `notFound`."""
    reference = (project_id, dataset_id, table_id)
    if dataset_id == tables.RESULTS:
        return _described(reference, set())
    if project_id not in database._attached:
        raise not_found("Table", names.label(*reference))
    db = metadata_database(project_id)
    ((version,),) = database.fetch(f"SELECT max(schema_version) FROM {db}.ducklake_snapshot")
    key = (reference, version)
    if (kept := _kept.get(key)) is None:
        required = {name for (name,) in database.fetch(REQUIRED.format(db=db), [dataset_id, table_id])}
        kept = _described(reference, required)
        with _lock:
            if len(_kept) >= KEPT:
                _kept.clear()
            _kept[key] = kept
    return list(kept)


def _described(reference: Reference, required: set[str]) -> list[TableFieldSchema]:
    with database.cursor() as cursor:
        try:
            relation = cursor.sql(f"SELECT * FROM {tables.name(*reference)} LIMIT 0")
        except duckdb.CatalogException:
            raise not_found("Table", names.label(*reference)) from None
        return [
            types.field(name, kind, name in required)
            for name, kind in zip(relation.columns, relation.types, strict=True)
            if name != tables.INGESTION_TIME or reference[1] == tables.RESULTS
        ]


def install() -> None:
    replace(database, "objects", objects)
    replace(datasets, "exists", dataset_exists)
    replace(tables, "columns", columns)
