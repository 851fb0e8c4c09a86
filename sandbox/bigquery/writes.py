"""How a load, copy or query job writes its rows. Gap: local_bigquery replaces or appends whole tables only.

Added: partition decorators, WRITE_TRUNCATE_DATA, ingestion-time partitions, a check that the rows fit the table, and
one transaction a job, so that a job that fails leaves what was there.

What real BigQuery does (REST reference, JobConfigurationLoad.writeDisposition; audit log reference, WriteDisposition):
WRITE_TRUNCATE takes the job's schema, and with it loses policy tags and descriptions; WRITE_TRUNCATE_DATA keeps
constraints and schema; a partition keeps the table's columns in all cases. Whether WRITE_TRUNCATE of one partition
keeps policy tags is not documented: here it drops them, so that whoever relies on it learns it here.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import duckdb
from local_bigquery.catalog import metadata, names, tables
from local_bigquery.engine import database, results, types
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError, already_exists, not_found
from local_bigquery.models import Table, TableFieldSchema

from sandbox.bigquery import decorators, schema_fit
from sandbox.bigquery.patching import replace as patch

INGESTION_TIME = quote(tables.INGESTION_TIME)
ATTEMPTS = 10
LAYOUT_OPTIONS = frozenset({*tables.LAYOUT, "schemaUpdateOptions", "createDisposition"})
TRUNCATING = ("WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA")
Reference = tuple[str, str, str]


@dataclass(frozen=True)
class Rows:
    """The rows to write. `fields` is the job's own schema (with tags and modes), empty when it has none.

    `has_partition_time`: the query has the pseudo column `_PARTITIONTIME` (a copy of an ingestion-time table).
    """

    query: str
    parameters: dict | None = None
    fields: tuple[TableFieldSchema, ...] = ()
    has_partition_time: bool = False


@dataclass(frozen=True)
class Written:
    created: bool
    rows: int


@dataclass(frozen=True)
class Job:
    """A write as a whole: where to, and how."""

    reference: Reference  # without decorator
    partition_id: str | None
    disposition: str
    create: bool
    options: tuple[str, ...]
    layout: Table
    prefix: str  # begins the message about a schema that does not fit

    @property
    def replaces_table(self) -> bool:
        return self.disposition == "WRITE_TRUNCATE" and self.partition_id is None


def write(
    cursor: duckdb.DuckDBPyConnection,
    rows: Rows,
    reference: Reference,
    config: tables.Destination,
    default: str,
    prefix: str,
    layout: Table | None = None,
    isolated: bool = False,
) -> Written:
    """Writes the rows in one transaction. `layout` (partitioning, clustering) is that of a new or replaced table.

    `isolated`: the cursor has a transaction or temporary tables of its own, so that another one must write.
    Raises BigQueryError when the rows do not fit; nothing has changed then.
    """
    project, dataset, table_id = reference
    base, partition_id = decorators.split(table_id)
    relation = cursor.sql(rows.query, params=rows.parameters)
    disposition = config.writeDisposition or default
    visible = [name for name in relation.columns if name != tables.INGESTION_TIME]
    job = Job(
        (project, dataset, base),
        partition_id,
        disposition,
        config.createDisposition != "CREATE_NEVER",
        tuple(getattr(config, "schemaUpdateOptions", None) or ()),
        layout or _layout(visible, config),
        prefix,
    )
    _check_options(job)
    with database.writing(*job.reference), _writer(cursor, isolated) as writer:
        if not tables.exists(*job.reference):
            return _create(cursor, writer, rows, relation, job)
        stored = metadata.load(Table, *job.reference) or tables.defaults(*job.reference)
        existing = tables.columns(*job.reference) if _physical(job.reference) else []
        if job.disposition == "WRITE_EMPTY" and existing:
            _check_empty(job, stored, existing)
        if job.replaces_table or not existing:
            return _replace(cursor, writer, rows, relation, job, stored)
        return _put(cursor, writer, rows, relation, job, stored, existing)


def _layout(columns: list[str], config: tables.Destination) -> Table:
    # Upstream also checks the schema update options there, which _check_options does for partitions too.
    return tables.layout(columns, config, "WRITE_APPEND")


def _check_options(job: Job) -> None:
    if job.options and (job.disposition == "WRITE_EMPTY" or job.replaces_table):
        raise BigQueryError(
            "invalid",
            "Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE "
            "disposition on a table partition.",
        )


def _physical(reference: Reference) -> bool:
    return bool(database.objects(*tables.physical(*reference)))


def _check_empty(job: Job, stored: Table, existing: list[TableFieldSchema]) -> None:
    condition = "true"
    if job.partition_id:
        condition = decorators.partition(stored, job.partition_id, existing).condition
    if database.fetch(f"SELECT 1 FROM {tables.name(*job.reference)} WHERE {condition} LIMIT 1"):
        raise already_exists("Table", names.label(*job.reference))


@contextlib.contextmanager
def _writer(cursor: duckdb.DuckDBPyConnection, isolated: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    if not isolated:
        yield cursor
        return
    with database.cursor() as own:
        yield own


def committed[T](writer: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Does the work in a transaction. When another commit came before, DuckLake sometimes fails where trying again
    helps ("Failed to get path for schema"); nothing has been written then.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            writer.execute("BEGIN")
            result = work()
            writer.execute("COMMIT")
            return result
        except BaseException as error:
            with contextlib.suppress(duckdb.Error):  # a failed COMMIT has ended the transaction already
                writer.execute("ROLLBACK")
            if not isinstance(error, duckdb.TransactionException) or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _create(
    cursor: duckdb.DuckDBPyConnection,
    writer: duckdb.DuckDBPyConnection,
    rows: Rows,
    relation: duckdb.DuckDBPyRelation,
    job: Job,
) -> Written:
    if not job.create:
        raise not_found("Table", names.label(*job.reference))
    if job.partition_id and not (job.layout.timePartitioning or job.layout.rangePartitioning):
        raise BigQueryError(
            "invalid",
            f"Table {names.label(*job.reference)} does not exist: to create it from a job for partition "
            f"${job.partition_id}, give the job a timePartitioning.",
        )
    stored = tables.defaults(*job.reference)
    return replace(_replace(cursor, writer, rows, relation, job, stored), created=True)


def _replace(
    cursor: duckdb.DuckDBPyConnection,
    writer: duckdb.DuckDBPyConnection,
    rows: Rows,
    relation: duckdb.DuckDBPyRelation,
    job: Job,
    stored: Table,
) -> Written:
    """Makes the table anew with the job's schema; its own layout stays unless the job brings one."""
    given = {key: value for key, value in job.layout.given().items() if value is not None}
    resource = stored.replace(**given)
    _check_partitioning(stored, resource, job)
    required = {field.name.casefold() for field in rows.fields if field.mode == "REQUIRED"}
    columns = [
        f"{quote(name)} {types.normalised(kind)}{' NOT NULL' if name.casefold() in required else ''}"
        for name, kind in zip(results.unique(relation.columns), relation.types, strict=True)
        if name != tables.INGESTION_TIME
    ]
    if decorators.ingestion_time(resource):
        columns.append(ingestion_column(decorators.unit(resource.timePartitioning)))
    name = tables.name(*job.reference)

    def work() -> int:
        writer.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(columns)})")
        return _insert(cursor, writer, rows, relation, job, resource, list(rows.fields) or _described(relation))

    with _protected(job.reference, rows.fields, stored):
        count = committed(writer, work)
    schema = {"fields": [field.dump() for field in rows.fields]}
    tables.record(*job.reference, resource.replace(schema=schema, lastModifiedTime=metadata.now()))
    return Written(False, count)


@contextlib.contextmanager
def _protected(reference: Reference, new: tuple[TableFieldSchema, ...], stored: Table) -> Iterator[None]:
    """While the rows change, the tags of both the old and the new columns hold: a table and its tags change at once."""
    tagged = [field for field in new if field.policyTags or field.fields]
    if not tagged:
        yield
        return
    names_of_new = {field.name.casefold() for field in tagged}
    kept = [field for field in tables.fields(stored) if field.name.casefold() not in names_of_new]
    known = metadata.load(Table, *reference)
    tables.record(*reference, stored.replace(schema={"fields": [field.dump() for field in [*tagged, *kept]]}))
    try:
        yield
    except BaseException:
        tables.record(*reference, known) if known else tables.forget(*reference)
        raise


def ingestion_column(unit: str) -> str:
    """The definition of the pseudo column; a row written by a statement gets the current partition."""
    return f"{INGESTION_TIME} TIMESTAMPTZ DEFAULT CAST(date_trunc('{unit.lower()}', current_timestamp) AS TIMESTAMPTZ)"


def _described(relation: duckdb.DuckDBPyRelation) -> list[TableFieldSchema]:
    return [
        types.field(name, kind)
        for name, kind in zip(relation.columns, relation.types, strict=True)
        if name != tables.INGESTION_TIME
    ]


def _check_partitioning(stored: Table, resource: Table, job: Job) -> None:
    if not _physical(job.reference):
        return
    for key in ("timePartitioning", "rangePartitioning"):
        old, new = getattr(stored, key), getattr(resource, key)
        if (old and (old.field, old.type if key == "timePartitioning" else None)) != (
            new and (new.field, (new.type or "DAY") if key == "timePartitioning" else None)
        ):
            raise BigQueryError(
                "invalid",
                f"Incompatible table partitioning specification for {names.label(*job.reference)}: the table has "
                f"{old.dump() if old else 'none'}, the job asks for {new.dump() if new else 'none'}.",
            )


def _put(
    cursor: duckdb.DuckDBPyConnection,
    writer: duckdb.DuckDBPyConnection,
    rows: Rows,
    relation: duckdb.DuckDBPyRelation,
    job: Job,
    stored: Table,
    existing: list[TableFieldSchema],
) -> Written:
    """Writes into the table that is there: appends, or replaces the data of the table or of one partition."""
    incoming = _described(relation)
    added, relaxed = schema_fit.changes(incoming, list(rows.fields), existing, job.options, job.prefix)
    name = tables.name(*job.reference)

    def work() -> int:
        for field in added:
            writer.execute(f"ALTER TABLE {name} ADD COLUMN {types.column(field, nested=True)}")
        for column in relaxed:
            writer.execute(f"ALTER TABLE {name} ALTER COLUMN {quote(column)} DROP NOT NULL")
        if job.disposition in TRUNCATING:
            condition = "true"
            if job.partition_id:
                condition = decorators.partition(stored, job.partition_id, existing).condition
            writer.execute(f"DELETE FROM {name} WHERE {condition}")
        return _insert(cursor, writer, rows, relation, job, stored, existing + added)

    count = committed(writer, work)
    declared = {field.name.casefold(): field for field in rows.fields}
    fields = tables.fields(stored) + [declared[f.name.casefold()] for f in added if f.name.casefold() in declared]
    if job.disposition == "WRITE_TRUNCATE":
        fields = [declared.get(field.name.casefold(), field.without("policyTags")) for field in fields]
    schema = {"fields": [field.dump() for field in fields]}
    tables.record(*job.reference, stored.replace(schema=schema, lastModifiedTime=metadata.now()))
    return Written(False, count)


def _insert(
    cursor: duckdb.DuckDBPyConnection,
    writer: duckdb.DuckDBPyConnection,
    rows: Rows,
    relation: duckdb.DuckDBPyRelation,
    job: Job,
    resource: Table,
    fields: list[TableFieldSchema],
) -> int:
    select = _select(rows, relation, job, resource, fields)
    insert = f"INSERT INTO {tables.name(*job.reference)} BY NAME"
    if writer is cursor:
        ((count,),) = writer.execute(f"{insert} {select}", rows.parameters).fetchall()
        return int(count)
    source = cursor.sql(select, params=rows.parameters)
    columns = ", ".join(
        f"CAST({quote(name)} AS {kind}) AS {quote(name)}"  # Arrow has no JSON
        for name, kind in zip(source.columns, source.types, strict=True)
    )
    writer.register("result", source.to_arrow_reader())
    try:
        ((count,),) = writer.execute(f"{insert} SELECT {columns} FROM result").fetchall()
        return int(count)
    finally:
        writer.unregister("result")


def _select(
    rows: Rows, relation: duckdb.DuckDBPyRelation, job: Job, resource: Table, fields: list[TableFieldSchema]
) -> str:
    """The rows with the table's types, in the partition they belong to; an error for rows of another partition."""
    partition = decorators.partition(resource, job.partition_id, fields) if job.partition_id else None
    outside = f"error('Some rows belong to different partitions rather than destination partition {job.partition_id}')"
    positions = [f"c{index}" for index in range(len(relation.columns))]
    chosen = []
    for position, name, kind in zip(positions, results.unique(relation.columns), relation.types, strict=True):
        if name == tables.INGESTION_TIME:
            continue
        value = results._without_null_elements(types.cast(position, kind), name, kind)
        if partition and partition.column == quote(name):
            condition = partition.condition.replace(partition.column, value)
            value = f"CASE WHEN {condition} THEN {value} ELSE {outside} END"
        chosen.append(f"{value} AS {quote(name)}")
    if decorators.ingestion_time(resource):
        chosen.append(f"{_partition_time(rows, resource, partition, positions, relation)} AS {INGESTION_TIME}")
    return f"SELECT {', '.join(chosen)} FROM ({rows.query}) AS q({', '.join(positions)})"


def _partition_time(
    rows: Rows,
    resource: Table,
    partition: decorators.Partition | None,
    positions: list[str],
    relation: duckdb.DuckDBPyRelation,
) -> str:
    if partition is None and rows.has_partition_time:
        return positions[relation.columns.index(tables.INGESTION_TIME)]
    if partition and partition.start is None:
        return "CAST(NULL AS TIMESTAMPTZ)"
    start = partition.start if partition else decorators.current(resource.timePartitioning)
    return f"CAST('{start:%Y-%m-%d %H:%M:%S+00}' AS TIMESTAMPTZ)"


_upstream = tables.write


def write_query(
    cur: duckdb.DuckDBPyConnection,
    query: str,
    params: dict | None,
    reference: Reference,
    config: tables.Destination,
    default: str = "WRITE_EMPTY",
    prefix: str = "Invalid schema update. ",
    isolated: bool = False,
) -> bool:
    """What local_bigquery calls for the result of a query; an anonymous result needs none of the above."""
    if reference[1] == tables.RESULTS:
        if isolated or config.model_fields_set & LAYOUT_OPTIONS:
            return bool(_upstream(cur, query, params, reference, config, default, prefix, isolated))
        results.materialise(cur, query, tables.name(*reference), params)  # the job's own table: nothing else names it
        return True
    rows = Rows(query, params)
    return write(cur, rows, reference, config, default, prefix, isolated=isolated).created


def install() -> None:
    patch(tables, "write", write_query)
