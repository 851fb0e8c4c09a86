"""What the warehouse holds, read cheaply: one or two milliseconds a statement.

Gap: local_bigquery describes a table with several scans over DuckDB's catalogue. Here columns come from DuckLake's own
metadata tables (their layout: the DuckLake specification, "Tables") and are kept until its schema version changes.
Names are compared without regard to case, as DuckDB does, so that a protected table has no second spelling.
"""

import threading
from dataclasses import dataclass
from typing import Any

import duckdb
from local_bigquery.engine import database

from sandbox.bigquery import resources

Reference = tuple[str, str, str]
RESULTS = "_results"  # where local_bigquery keeps the anonymous results of query jobs

TABLE = """
SELECT s.schema_name, t.table_name, t.table_id FROM {db}.ducklake_table t JOIN {db}.ducklake_schema s USING (schema_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND lower(s.schema_name) = ? AND lower(t.table_name) = ?
"""
VIEW = """
SELECT s.schema_name, v.view_name FROM {db}.ducklake_view v JOIN {db}.ducklake_schema s USING (schema_id)
WHERE v.end_snapshot IS NULL AND s.end_snapshot IS NULL AND lower(s.schema_name) = ? AND lower(v.view_name) = ?
"""
TABLE_NAMES = """
SELECT t.table_name FROM {db}.ducklake_table t JOIN {db}.ducklake_schema s USING (schema_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND lower(s.schema_name) = ?
AND starts_with(lower(t.table_name), ?)
"""
COLUMNS = """
SELECT column_id, parent_column, column_name, column_type FROM {db}.ducklake_column
WHERE table_id = ? AND end_snapshot IS NULL ORDER BY column_order
"""


@dataclass(frozen=True)
class Field:
    """A column or a field of one; `type` is DuckLake's (int64, varchar, struct, list, ...)."""

    name: str
    type: str
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True)
class Relation:
    """A table or a view as it is now. `view` is its query; `names` are a view's output columns in order."""

    reference: Reference
    kind: str
    fields: tuple[Field, ...] = ()
    table_id: int | None = None
    view: str | None = None
    names: tuple[str, ...] = ()


def metadata_database(project: str) -> str:
    """The database in which DuckLake keeps the project's catalogue, quoted."""
    return str(database.quote(f"__ducklake_metadata_{project}"))


class Catalogue:
    """The relations of one project at one version of its schema."""

    def __init__(self, project: str) -> None:
        self.project = project
        self._db = metadata_database(project)
        self._relations: dict[tuple[str, str], Relation | None] = {}

    def relation(self, dataset: str, table: str) -> Relation | None:
        """The table or view of that name; None when there is none. A table without columns yet has no fields."""
        key = dataset.lower(), table.lower()
        if key not in self._relations:
            self._relations[key] = self._load(*key)
        return self._relations[key]

    def tables(self, dataset: str, prefix: str) -> list[str]:
        """Tables of the dataset whose names start so: what a wildcard table reads."""
        rows = database.fetch(TABLE_NAMES.format(db=self._db), [dataset.lower(), prefix.lower()])
        return [name for (name,) in rows]

    def _load(self, dataset: str, table: str) -> Relation | None:
        for dataset_name, table_name, table_id in database.fetch(TABLE.format(db=self._db), [dataset, table]):
            reference = (self.project, dataset_name, table_name)
            return Relation(reference, "TABLE", self._fields(table_id), table_id)
        for dataset_name, view_name in database.fetch(VIEW.format(db=self._db), [dataset, table]):
            reference = (self.project, dataset_name, view_name)
            stored = resources.find("tables", *reference) or {}
            query = (stored.get("view") or stored.get("materializedView") or {}).get("query")
            return Relation(reference, "VIEW", view=query, names=_columns(reference))
        if empty := resources.find("tables", self.project, dataset, table):
            ids = empty["tableReference"]
            return Relation((ids["projectId"], ids["datasetId"], ids["tableId"]), "EMPTY")
        return None

    def _fields(self, table_id: int) -> tuple[Field, ...]:
        rows = database.fetch(COLUMNS.format(db=self._db), [table_id])

        def children(parent: int | None) -> tuple[Field, ...]:
            return tuple(
                Field(name, kind, children(column_id)) for column_id, owner, name, kind in rows if owner == parent
            )

        return children(None)


def _columns(reference: Reference) -> tuple[str, ...]:
    with database.cursor() as cursor:
        try:
            return tuple(cursor.sql(f"SELECT * FROM {database.quote(*reference)} LIMIT 0").columns)
        except duckdb.Error:  # a view over a table that is gone
            return ()


_lock = threading.Lock()
_catalogues: dict[str, tuple[int, Catalogue]] = {}


def catalogue(project: str) -> Catalogue | None:
    """The project's catalogue now; None for a project that does not exist (DuckDB's own databases are none)."""
    if project not in database._attached:
        return None
    snapshots = f"{metadata_database(project)}.ducklake_snapshot"
    ((version,),) = database.fetch(f"SELECT max(schema_version) FROM {snapshots}")
    with _lock:
        known = _catalogues.get(project)
        if known is None or known[0] != version:
            known = _catalogues[project] = version, Catalogue(project)
        return known[1]


def routine(project: str, dataset: str, name: str) -> dict[str, Any] | None:
    """A stored function or procedure; None when there is none."""
    return resources.find("routines", project, dataset, name)
