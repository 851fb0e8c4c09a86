"""Load jobs. Gap: local_bigquery reads every file three times, guesses schemas that the table knows, accepts unknown
fields, changes JSON values (a string `"12"` becomes a number), and needs an extension to read from Cloud Storage.

Read here: newline-delimited JSON and Parquet. CSV, Avro and ORC stay upstream's, from fetched files.
Behaviour follows "Loading JSON data" and "Loading Parquet data" of BigQuery's documentation.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
from local_bigquery.catalog import datasets, names, tables
from local_bigquery.engine import types
from local_bigquery.engine.database import quote
from local_bigquery.errors import DUCKDB_PREFIX, BigQueryError
from local_bigquery.jobs import load, runner
from local_bigquery.jobs.storage import literal
from local_bigquery.models import JobConfigurationLoad, JobStatistics3, TableFieldSchema
from local_bigquery.settings import settings

from sandbox.bigquery import decorators, storage, writes

Fields = list[TableFieldSchema]
BAD_ROW = "the row does not fit the schema"
MAXIMUM_LINE = 100 * 1024 * 1024  # bytes; BigQuery's limit for a JSON row


def run(cur: duckdb.DuckDBPyConnection, config: JobConfigurationLoad, upload: str | None) -> JobStatistics3:
    """Loads files into a table in one transaction. Raises BigQueryError `invalid` with the reason."""
    destination = tables.reference(config.destinationTable)
    datasets.get(*destination[:2])
    work = settings.data_dir / "temporary"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        if upload:
            copied = Path(folder) / "upload"
            copied.hardlink_to(upload)
            sources = [storage.local(copied, "")]
        else:
            sources = storage.fetch(config.sourceUris or [], Path(folder))
        return _load(cur, config, destination, sources)


def _load(
    cur: duckdb.DuckDBPyConnection,
    config: JobConfigurationLoad,
    destination: tuple[str, str, str],
    sources: list[storage.Source],
) -> JobStatistics3:
    files = [str(source.path) for source in sources if not source.empty]
    label = names.label(*destination[:2], decorators.split(destination[2])[0])
    prefix = f"Provided Schema does not match Table {label}. "
    fields = _declared(config, destination)
    kind = config.sourceFormat or "CSV"
    with _reading(sources):
        if not files and kind != "PARQUET":
            query, bad = _nothing(fields, label), "false"
        elif kind == "NEWLINE_DELIMITED_JSON":
            query, bad = _json(cur, files, config, fields)
        elif kind == "PARQUET":
            query, bad, fields = _parquet(cur, [str(source.path) for source in sources], config, fields)
        else:
            query, bad = _other(cur, files, config, fields)
        rejected = _rejected(cur, query, bad, config)
        accepted = f"SELECT * FROM ({query}) WHERE {_guard(bad, config)}"
        columns = _projection(fields, config, kind)
        rows = writes.Rows(f"SELECT {columns} FROM ({accepted})", None, tuple(fields))
        try:
            written = writes.write(cur, rows, destination, config, "WRITE_APPEND", prefix)
        except duckdb.Error as error:
            if BAD_ROW not in str(error):
                raise
            _rejected(cur, query, bad, config, always=True)
            raise
    return JobStatistics3(
        inputFiles=str(len(sources)),
        inputFileBytes=str(sum(source.size for source in sources)),
        outputRows=str(written.rows),
        outputBytes=str(tables.logical_bytes(written.rows, len(fields) or 1)),
        badRecords=str(rejected),
    )


def _declared(config: JobConfigurationLoad, destination: tuple[str, str, str]) -> Fields:
    """The job's schema; without one the table's. Parquet brings its own, and `autodetect` asks for a guess."""
    if given := (config.schema_ and config.schema_.fields) or []:
        names.fields(given)
        return list(given)
    base = (*destination[:2], decorators.split(destination[2])[0])
    kind = config.sourceFormat or "CSV"
    if config.autodetect or kind not in load.TEXT_FORMATS:
        return []
    if not tables.exists(*base) or not (fields := tables.fields(tables.load(*base))):
        raise BigQueryError("invalid", "No schema specified on job or table.")
    if config.writeDisposition == "WRITE_TRUNCATE":
        return [field.without("policyTags", "description") for field in fields]
    return list(fields)


@contextlib.contextmanager
def _reading(sources: list[storage.Source]) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, ValueError) as error:
        message = DUCKDB_PREFIX.sub("", str(error).split("\n")[0])
        for source in sources:
            message = message.replace(str(source.path), source.uri or "the uploaded file")
        raise BigQueryError("invalid", f"Error while reading data, error message: {message}") from None


def _nothing(fields: Fields, label: str) -> str:
    if not fields:
        raise BigQueryError("invalid", f"Cannot detect a schema for {label}: all files are empty.")
    return f"SELECT {', '.join(f'CAST(NULL AS {types.duckdb_type(f)}) AS {quote(f.name)}' for f in fields)} WHERE false"


def _textual(field: TableFieldSchema) -> object:
    """The structure to read JSON with: every scalar as text, and JSON as it is."""
    if field.type in ("RECORD", "STRUCT"):
        inner: object = {child.name: _textual(child) for child in field.fields or []}
    else:
        inner = "JSON" if field.type == "JSON" else "VARCHAR"
    return [inner] if field.mode == "REPEATED" else inner


def _json(
    cur: duckdb.DuckDBPyConnection, files: list[str], config: JobConfigurationLoad, fields: Fields
) -> tuple[str, str]:
    """The rows, and the condition that is true for a row that does not fit."""
    listed = f"[{', '.join(map(literal, files))}]"
    if not fields:
        return f"SELECT * FROM read_json({listed}, format = 'newline_delimited')", "false"
    structure = literal(json.dumps({field.name: _textual(field) for field in fields}))
    objects = f"read_ndjson_objects({listed}, maximum_object_size = {MAXIMUM_LINE // 6})"
    bad = []
    if not config.ignoreUnknownValues:
        known = f"[{', '.join(literal(field.name) for field in fields)}]"
        bad.append(f"NOT list_has_all({known}, json_keys(line))")
    values = []
    for field in fields:
        value, target = f"parsed.{quote(field.name)}", types.duckdb_type(field)
        cast = f"TRY_CAST({_decoded(value, field)} AS {target})"
        values.append(f"{cast} AS {quote(field.name)}")
        if field.type != "JSON" or field.mode == "REPEATED":
            bad.append(f"({value} IS NOT NULL AND {cast} IS NULL)")
        if field.mode == "REQUIRED":
            bad.append(f"{value} IS NULL")
    query = (
        f"SELECT {', '.join(values)}, {' OR '.join(bad) or 'false'} AS __bad "
        f"FROM (SELECT json AS line, from_json(json, {structure}) AS parsed FROM {objects})"
    )
    return query, "__bad"


def _decoded(value: str, field: TableFieldSchema) -> str:
    decoded = load._decoded(value, field)
    return decoded if decoded == value else f"TRY({decoded})"


def _parquet(
    cur: duckdb.DuckDBPyConnection, files: list[str], config: JobConfigurationLoad, fields: Fields
) -> tuple[str, str, Fields]:
    """Parquet has types of its own; a column is REQUIRED when every file says so."""
    listed = f"[{', '.join(map(literal, files))}]"
    reader = f"read_parquet({listed}, union_by_name = true)"
    relation = cur.sql(f"SELECT * FROM {reader} LIMIT 0")
    inferred = bool(config.parquetOptions and config.parquetOptions.enableListInference)
    values = []
    for name, kind in zip(relation.columns, relation.types, strict=True):
        value = quote(name)
        if kind.id == "list" and not inferred:  # as the file nests it: a record `list` of records `element`
            value = f"{{'list': list_transform({value}, lambda e: {{'element': e}})}}"
        values.append(f"{value} AS {quote(name)}")
    query = f"SELECT {', '.join(values)} FROM {reader}"
    if fields:
        have = {name.casefold() for name in relation.columns}
        return query, "false", [f for f in fields if f.name.casefold() in have or f.mode == "REQUIRED"]
    shaped = cur.sql(f"{query} LIMIT 0")
    rows = cur.execute(
        f"SELECT name, bool_and(repetition_type = 'REQUIRED') FROM parquet_schema({listed}) GROUP BY name"
    ).fetchall()
    required = {name for name, is_required in rows if is_required}
    described = [
        types.field(name, kind, name in required and kind.id not in ("list", "struct", "map"))
        for name, kind in zip(shaped.columns, shaped.types, strict=True)
    ]
    return query, "false", described


def _other(
    cur: duckdb.DuckDBPyConnection, files: list[str], config: JobConfigurationLoad, fields: Fields
) -> tuple[str, str]:
    listed = f"[{', '.join(map(literal, files))}]"
    reader = load._reader(cur, listed, config, fields)
    projection, bad = load._projection(config, fields, cur.sql(f"SELECT * FROM {reader} LIMIT 0").columns)
    return f"SELECT {projection}, {bad} AS __bad FROM {reader}", "__bad"


def _rejected(
    cur: duckdb.DuckDBPyConnection, query: str, bad: str, config: JobConfigurationLoad, always: bool = False
) -> int:
    """How many rows do not fit. Without tolerance for bad rows they are only counted once one was met."""
    if bad == "false" or not (config.maxBadRecords or always):
        return 0
    [(total, rejected)] = cur.sql(f"SELECT count(*), count(*) FILTER (__bad) FROM ({query})").fetchall()
    if rejected > (config.maxBadRecords or 0):
        uris = config.sourceUris or []
        source = f" File: {uris[0]}" if len(uris) == 1 else ""
        raise BigQueryError(
            "invalid",
            f"Error while reading data, error message: {load.TEXT_FORMATS[config.sourceFormat or 'CSV']} table "
            f"encountered too many errors, giving up. Rows: {total}; errors: {rejected}. A value does not fit its "
            f"column, a required value is missing, or a field is not in the schema.{source}",
        )
    return int(rejected)


def _guard(bad: str, config: JobConfigurationLoad) -> str:
    if bad == "false":
        return "true"
    return "NOT __bad" if config.maxBadRecords else f"CASE WHEN __bad THEN error('{BAD_ROW}') ELSE true END"


def _projection(fields: Fields, config: JobConfigurationLoad, kind: str) -> str:
    if not fields or config.hivePartitioningOptions:
        return "* EXCLUDE (__bad)" if kind not in ("PARQUET", "NEWLINE_DELIMITED_JSON") else "*"
    if kind != "PARQUET":
        return ", ".join(quote(field.name) for field in fields)
    return ", ".join(f"CAST({quote(f.name)} AS {types.duckdb_type(f)}) AS {quote(f.name)}" for f in fields)


def install() -> None:
    runner.HANDLERS["load"] = run
