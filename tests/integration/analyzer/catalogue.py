"""Tables for the analyzer: their columns, by the types that contracts and models declare."""

from collections.abc import Iterable, Mapping
from typing import Final

from zetasql import types
from zetasql.api import TypeFactory
from zetasql.types import TypeKind

from tests.integration.analyzer.language import functions

type Columns = Mapping[str, str]
"""Data types by column, as YAML declares them."""

SCALARS: Final = {
    kind.name.removeprefix("TYPE_"): kind
    for kind in (
        TypeKind.TYPE_BIGNUMERIC, TypeKind.TYPE_BOOL, TypeKind.TYPE_BYTES, TypeKind.TYPE_DATE, TypeKind.TYPE_DATETIME,
        TypeKind.TYPE_GEOGRAPHY, TypeKind.TYPE_INT64, TypeKind.TYPE_INTERVAL, TypeKind.TYPE_JSON, TypeKind.TYPE_NUMERIC,
        TypeKind.TYPE_STRING, TypeKind.TYPE_TIME, TypeKind.TYPE_TIMESTAMP,
    )
} | {"FLOAT64": TypeKind.TYPE_DOUBLE}  # fmt: skip
NAMES: Final = {int(kind): name for name, kind in SCALARS.items()}
PSEUDO: Final = {"_PARTITIONTIME": "TIMESTAMP", "_PARTITIONDATE": "DATE"}
"""What a table that is partitioned by the time of ingestion has beside its columns; `*` leaves them out."""
TABLE_REFERENCE: Final = "STRUCT<project_id STRING, dataset_id STRING, table_id STRING>"
JOBS: Final[Columns] = {
    "creation_time": "TIMESTAMP",
    "project_id": "STRING",
    "user_email": "STRING",
    "job_id": "STRING",
    "parent_job_id": "STRING",
    "job_type": "STRING",
    "statement_type": "STRING",
    "priority": "STRING",
    "start_time": "TIMESTAMP",
    "end_time": "TIMESTAMP",
    "query": "STRING",
    "state": "STRING",
    "cache_hit": "BOOL",
    "total_bytes_processed": "INT64",
    "total_bytes_billed": "INT64",
    "total_slot_ms": "INT64",
    "error_result": "STRUCT<reason STRING, location STRING, debug_info STRING, message STRING>",
    "destination_table": TABLE_REFERENCE,
    "referenced_tables": f"ARRAY<{TABLE_REFERENCE}>",
    "labels": "ARRAY<STRUCT<key STRING, value STRING>>",
}
"""Those columns of INFORMATION_SCHEMA.JOBS that the sandbox has as well.
https://cloud.google.com/bigquery/docs/information-schema-jobs"""


def parsed(data_type: str) -> types.Type:
    """A type as YAML writes it: a scalar, with or without parameters, `ARRAY<...>` or `STRUCT<name type, ...>`."""
    text = data_type.strip()
    if text.upper().startswith("ARRAY<"):
        return TypeFactory.create_array_type(parsed(text[6:-1]))
    if text.upper().startswith("STRUCT<"):
        fields = [field.strip().split(maxsplit=1) for field in _split(text[7:-1])]
        return TypeFactory.create_struct_type([(name, parsed(inner)) for name, inner in fields])
    return TypeFactory.create_simple_type(SCALARS[text.partition("(")[0].strip().upper()])


def _split(text: str) -> list[str]:
    """The parts between commas that are inside no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def table(name: str, columns: Columns, pseudo: Columns) -> types.SimpleTable:
    listed = [(name, of, False) for name, of in columns.items()] + [(name, of, True) for name, of in pseudo.items()]
    return types.SimpleTable(
        name=name,
        column=[
            types.SimpleColumn(
                name=column, type=parsed(data_type), is_pseudo_column=is_pseudo, is_writable_column=not is_pseudo
            )
            for column, data_type, is_pseudo in listed
        ],
    )


def catalogue(
    project: str,
    location: str,
    tables: Mapping[str, Columns],
    by_ingestion: Iterable[str],
    spoken: types.LanguageOptions,
) -> types.SimpleCatalog:
    """A project's tables, by `dataset.table`, and its JOBS view; a name may leave out the project, as in BigQuery."""
    datasets: dict[str, types.SimpleCatalog] = {}
    for name, columns in tables.items():
        dataset, _, short = name.partition(".")
        pseudo = PSEUDO if name in by_ingestion else {}
        datasets.setdefault(dataset, types.SimpleCatalog(name=dataset)).table.append(table(short, columns, pseudo))
    views = [table(name, JOBS, {}) for name in ("JOBS", "JOBS_BY_PROJECT")]
    region = types.SimpleCatalog(
        name=f"region-{location.lower()}", catalog=[types.SimpleCatalog(name="INFORMATION_SCHEMA", table=views)]
    )
    inside = [*datasets.values(), region]
    return types.SimpleCatalog(
        name="root",
        catalog=[types.SimpleCatalog(name=project, catalog=inside), *inside],
        builtin_function_options=functions(spoken),
    )
