"""Whether rows fit the columns of the table that they are written into, and what a job may change to make them fit.

Gap: local_bigquery leaves it to DuckDB, which casts. BigQuery refuses, with these messages.
"""

from collections.abc import Sequence

from local_bigquery.errors import BigQueryError
from local_bigquery.models import TableFieldSchema

Fields = list[TableFieldSchema]


def changes(
    incoming: Fields, declared: Fields, existing: Fields, options: Sequence[str], prefix: str
) -> tuple[Fields, list[str]]:
    """The columns to add and those to relax, as the job allows. Raises BigQueryError when the rows do not fit."""
    here = {field.name.casefold(): field for field in existing}
    there = {field.name.casefold(): field for field in incoming}
    added = [field for key, field in there.items() if key not in here]
    if added and "ALLOW_FIELD_ADDITION" not in options:
        raise BigQueryError("invalid", f"{prefix}Cannot add fields (field: {added[0].name})")
    for key, field in there.items():
        if key in here and (problem := _difference(here[key], field)):
            raise BigQueryError("invalid", f"{prefix}{problem}")
    nullable = {field.name.casefold() for field in declared if field.mode != "REQUIRED"}
    relaxed = [
        field.name for key, field in here.items() if field.mode == "REQUIRED" and (key not in there or key in nullable)
    ]
    if relaxed and "ALLOW_FIELD_RELAXATION" not in options:
        raise BigQueryError("invalid", f"{prefix}Field {relaxed[0]} has changed mode from REQUIRED to NULLABLE")
    return added, relaxed


def _difference(here: TableFieldSchema, there: TableFieldSchema, path: str = "") -> str | None:
    name = f"{path}{here.name}"
    if here.type != there.type:
        return f"Field {name} has changed type from {here.type} to {there.type}"
    if (here.mode == "REPEATED") != (there.mode == "REPEATED"):
        return f"Field {name} has changed mode from {here.mode} to {there.mode}"
    below = {field.name.casefold(): field for field in here.fields or []}
    for field in there.fields or []:
        if field.name.casefold() not in below:
            return f"Cannot add fields (field: {name}.{field.name})"
        if problem := _difference(below[field.name.casefold()], field, f"{name}."):
            return problem
    return None
