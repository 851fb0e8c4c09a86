"""What tables there are, their columns and numbers of rows, as local_bigquery asks for them.

Gap: local_bigquery asks DuckDB's catalogue functions, which read the statistics of every table for every question
(10 ms with few tables, more with many), and its numbers of rows still count deleted rows. Here the catalogue answers.
"""

import duckdb
from local_bigquery.catalog import datasets, metadata, names, tables
from local_bigquery.engine import database, types
from local_bigquery.errors import not_found
from local_bigquery.models import Table, TableFieldSchema
from local_bigquery.sql import translate

from sandbox.bigquery import catalogue
from sandbox.bigquery.patching import replace

EMULATOR = "emulator"  # local_bigquery's own database, with the anonymous results
OBJECTS = """
SELECT table_name, 'TABLE', (
    SELECT coalesce(sum(f.record_count - coalesce(d.delete_count, 0)), 0)
    FROM {db}.ducklake_data_file f
    LEFT JOIN {db}.ducklake_delete_file d ON d.data_file_id = f.data_file_id AND d.end_snapshot IS NULL
    WHERE f.table_id = t.table_id AND f.end_snapshot IS NULL
)
FROM {db}.ducklake_table t JOIN {db}.ducklake_schema s USING (schema_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name = $1
UNION ALL
SELECT view_name, 'VIEW', 0 FROM {db}.ducklake_view v JOIN {db}.ducklake_schema s USING (schema_id)
WHERE v.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name = $1
ORDER BY 1
"""


def objects(project: str, dataset: str, table: str | None = None) -> list[tuple[str, str, int]]:
    """The tables and views of a dataset, or the one of that name: name, TABLE or VIEW, number of rows."""
    if project == EMULATOR and table is not None:
        try:
            ((count,),) = database.fetch(f"SELECT count(*) FROM {database.quote(EMULATOR, dataset, table)}")
        except duckdb.CatalogException:
            return []
        return [(table, "TABLE", count)]
    if (known := catalogue.catalogue(project)) is None:
        return []
    if table is None:
        found = database.fetch(OBJECTS.format(db=catalogue.metadata_database(project)), [dataset])
        return [(name, kind, int(rows)) for name, kind, rows in found]
    relation = known.relation(dataset, table)
    if relation is None or relation.kind == "EMPTY" or relation.reference != (project, dataset, table):
        return []
    return [(table, relation.kind, catalogue.rows(relation).count if relation.kind == "TABLE" else 0)]


def dataset_exists(project: str, dataset: str) -> bool:
    known = catalogue.catalogue(project)
    return known is not None and known.has_dataset(dataset)


def columns(project: str, dataset: str, table: str) -> list[TableFieldSchema]:
    """The columns of a table or view, without the pseudo column. Raises BigQueryError `notFound`."""
    reference = (project, dataset, table)
    try:
        if dataset == tables.RESULTS:
            described = catalogue.described(tables.physical(*reference))
            return [types.field(name, kind) for name, kind in described]
        known = catalogue.catalogue(project)
        relation = known.relation(dataset, table) if known else None
        if known and relation and relation.kind != "EMPTY":
            return [field for field in known.schema(relation) if field.name != tables.INGESTION_TIME]
    except duckdb.CatalogException:
        pass
    raise not_found("Table", names.label(*reference))


def install() -> None:
    load, exists, translated = tables.load, tables.exists, translate.translate

    def table_exists(project: str, dataset: str, table: str) -> bool:
        stored = metadata.load(Table, project, dataset, table)
        return (stored is not None and not tables.expired(stored)) or bool(exists(project, dataset, table))

    replace(database, "objects", objects)
    replace(datasets, "exists", dataset_exists)
    replace(tables, "columns", columns)
    replace(tables, "exists", table_exists)
    replace(tables, "load", catalogue.holding(load))
    replace(translate, "translate", catalogue.holding(translated))
