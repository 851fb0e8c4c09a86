"""What the warehouse holds, read cheaply: one or two milliseconds a statement.

Gap: local_bigquery describes a table with several scans over DuckDB's catalogue. Here columns come from DuckLake's own
metadata tables (their layout: the DuckLake specification, "Tables") and are kept until its schema version changes.
Names are compared without regard to case, as DuckDB does, so that a protected table has no second spelling.
What is not DuckLake's, as the query of a view or a table without columns, is looked up anew each time.
"""

import contextvars
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from local_bigquery.engine import database, types
from local_bigquery.models import TableFieldSchema

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
DATASETS = "SELECT schema_name FROM {db}.ducklake_schema WHERE end_snapshot IS NULL"
COLUMNS = """
SELECT column_id, parent_column, column_name, column_type, nulls_allowed FROM {db}.ducklake_column
WHERE table_id = ? AND end_snapshot IS NULL ORDER BY column_order
"""
# A file of deleted rows outlives its data file in DuckLake's metadata.
# Two subqueries without FILTER, because DuckDB 1.5 has an internal error on some tables otherwise.
ROWS = """
SELECT * FROM (
    SELECT
        coalesce(max(begin_snapshot), 0),
        coalesce(max(end_snapshot), 0),
        coalesce(sum(if(end_snapshot IS NULL, record_count, 0)), 0)
    FROM {db}.ducklake_data_file WHERE table_id = $table
), (
    SELECT
        coalesce(max(d.begin_snapshot), 0),
        coalesce(sum(if(d.end_snapshot IS NULL AND f.end_snapshot IS NULL, d.delete_count, 0)), 0)
    FROM {db}.ducklake_delete_file d JOIN {db}.ducklake_data_file f USING (data_file_id) WHERE d.table_id = $table
)
"""


@dataclass(frozen=True)
class Field:
    """A column or a field of one; `type` is DuckLake's (int64, varchar, struct, list, ...)."""

    name: str
    type: str
    fields: tuple["Field", ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Relation:
    """A table or a view as it is now. `view` is its query; `names` are a view's output columns in order."""

    reference: Reference
    kind: str
    fields: tuple[Field, ...] = ()
    table_id: int | None = None
    view: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """How many rows a table has, and a value that changes whenever they do."""

    count: int
    version: tuple[int, ...]


def metadata_database(project: str) -> str:
    """The database in which DuckLake keeps the project's catalogue, quoted."""
    return str(database.quote(f"__ducklake_metadata_{project}"))


class Catalogue:
    """The relations of one project at one version of its schema."""

    def __init__(self, project: str) -> None:
        self.project = project
        self._db = metadata_database(project)
        self._relations: dict[tuple[str, str], Relation | None] = {}
        self._schemas: dict[Reference, list[TableFieldSchema]] = {}
        self._datasets: frozenset[str] | None = None

    def has_dataset(self, dataset: str) -> bool:
        """Whether there is a dataset of that name, in that case."""
        if self._datasets is None:
            self._datasets = frozenset(name for (name,) in database.fetch(DATASETS.format(db=self._db)))
        return dataset in self._datasets

    def relation(self, dataset: str, table: str) -> Relation | None:
        """The table or view of that name; None when there is none. A table without columns yet has no fields."""
        key = dataset.lower(), table.lower()
        if key not in self._relations:
            self._relations[key] = self._load(*key)
        found = self._relations[key]
        if found is not None and found.kind == "TABLE":
            return found
        stored = resources.find("tables", *(found.reference if found else (self.project, dataset, table))) or {}
        if found is not None:
            return replace(found, view=(stored.get("view") or stored.get("materializedView") or {}).get("query"))
        # One that has a schema and no columns yet is just being made: it is there once its rows are.
        if stored and not (stored.get("schema") or {}).get("fields"):
            ids = stored["tableReference"]
            return Relation((ids["projectId"], ids["datasetId"], ids["tableId"]), "EMPTY")
        return None

    def schema(self, relation: Relation) -> list[TableFieldSchema]:
        """The columns of a table or view as the REST resource has them. Raises duckdb.Error when a view has none."""
        if relation.reference not in self._schemas:
            required = {field.name for field in relation.fields if field.required}
            self._schemas[relation.reference] = [
                types.field(name, kind, name in required) for name, kind in described(relation.reference)
            ]
        return list(self._schemas[relation.reference])

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
            try:
                names = tuple(name for name, _ in described(reference))
            except duckdb.Error:  # a view over a table that is gone
                names = ()
            return Relation(reference, "VIEW", names=names)
        return None

    def _fields(self, table_id: int) -> tuple[Field, ...]:
        rows = database.fetch(COLUMNS.format(db=self._db), [table_id])

        def children(parent: int | None) -> tuple[Field, ...]:
            return tuple(
                Field(name, kind, children(column_id), not nullable)
                for column_id, owner, name, kind, nullable in rows
                if owner == parent
            )

        return children(None)


def described(reference: Reference) -> list[tuple[str, Any]]:
    """The names and DuckDB's types of the columns of a table or view, without asking for any row."""
    with database.cursor() as cursor:
        relation = cursor.sql(f"SELECT * FROM {database.quote(*reference)} LIMIT 0")
        return list(zip(relation.columns, relation.types, strict=True))


_lock = threading.Lock()
_catalogues: dict[str, tuple[int, Catalogue]] = {}
_rows: dict[tuple[str, int], tuple[int, Rows]] = {}
_held: contextvars.ContextVar[dict[str, tuple[int, int]] | None] = contextvars.ContextVar("held", default=None)


def _versions(project: str) -> tuple[int, int]:
    """The newest snapshot of the project's data, and the version of its schema then."""
    held = _held.get()
    if held is not None and project in held:
        return held[project]
    snapshots = f"{metadata_database(project)}.ducklake_snapshot"
    ((snapshot, schema),) = database.fetch(f"SELECT max(snapshot_id), max(schema_version) FROM {snapshots}")
    if held is not None:
        held[project] = snapshot, schema
    return snapshot, schema


def catalogue(project: str) -> Catalogue | None:
    """The project's catalogue now; None for a project that does not exist (DuckDB's own databases are none)."""
    if project not in database._attached:
        return None
    _, version = _versions(project)
    with _lock:
        known = _catalogues.get(project)
        if known is None or known[0] != version:
            known = _catalogues[project] = version, Catalogue(project)
        return known[1]


def rows(table: Relation) -> Rows:
    """The rows of a table (not of a view) now."""
    project, key = table.reference[0], (table.reference[0], table.table_id or 0)
    snapshot, _ = _versions(project)
    with _lock:
        known = _rows.get(key)
    if known is None or known[0] != snapshot:
        ((*version, deleted),) = database.fetch(ROWS.format(db=metadata_database(project)), {"table": table.table_id})
        known = snapshot, Rows(int(version[2] - deleted), (*map(int, version), int(deleted)))
        with _lock:
            _rows[key] = known
    return known[1]


def holding[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """The function, with a project's versions asked for once. For what is soon over and writes nothing."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _held.set({}) if _held.get() is None else None
        try:
            return function(*args, **kwargs)
        finally:
            if token:
                _held.reset(token)

    return run


def routine(project: str, dataset: str, name: str) -> dict[str, Any] | None:
    """A stored function or procedure; None when there is none."""
    return resources.find("routines", project, dataset, name)
