"""INFORMATION_SCHEMA shows what the caller sees, and the policy tags of columns.

Gap: local_bigquery shows everything to everybody and leaves `policy_tags` out of COLUMN_FIELD_PATHS, whose columns are
in "COLUMN_FIELD_PATHS view".
"""

from collections.abc import Callable
from typing import Any

from local_bigquery.catalog import tables
from local_bigquery.models import TableFieldSchema
from local_bigquery.sql.rules import information_schema as upstream
from sqlglot import exp

from sandbox.bigquery.access import datasets
from sandbox.bigquery.access.datasets import Role

type Columns = list[str]
type Rows = list[list[Any]]
type View = Callable[[str, str | None], tuple[Columns, Rows]]
DATASET_COLUMNS = (
    "table_schema",
    "schema_name",
    "routine_schema",
    "specific_schema",
    "constraint_schema",
    "index_schema",
    "dataset_id",
)


def visible(view: View) -> View:
    """The view without rows about datasets that the caller does not see."""

    def rows_of(project: str, dataset: str | None) -> tuple[Columns, Rows]:
        columns, rows = view(project, dataset)
        position = next(index for index, column in enumerate(columns) if column in DATASET_COLUMNS)
        seen = {name: datasets.role(project, name) >= Role.METADATA for name in {row[position] for row in rows}}
        return columns, [row for row in rows if seen[row[position]]]

    return rows_of


def _tags(field: TableFieldSchema) -> exp.Expr:
    names = (field.policyTags.names or []) if field.policyTags else []
    return exp.cast(exp.array(*(exp.Literal.string(name) for name in names)), "ARRAY<STRING>", dialect="bigquery")


def column_field_paths(project: str, dataset: str | None) -> tuple[Columns, Rows]:
    """One row for every column and every field of one."""
    columns = [
        *upstream.IDENTITY,
        "column_name",
        "field_path",
        "data_type",
        "description",
        "collation_name",
        "rounding_mode",
        "policy_tags ARRAY<STRING>",
    ]
    rows = [
        [
            *upstream._identity(table),
            path.split(".")[0],
            path,
            upstream._type(field),
            field.description,
            "NULL",
            None,
            _tags(field),
        ]
        for table in upstream._tables(project, dataset)
        for path, field in upstream._paths(tables.fields(table))
    ]
    return columns, rows


def install() -> None:
    upstream.VIEWS["COLUMN_FIELD_PATHS"] = column_field_paths
    for name, view in list(upstream.VIEWS.items()):
        upstream.VIEWS[name] = visible(view)
