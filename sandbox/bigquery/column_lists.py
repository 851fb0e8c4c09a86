"""CREATE TABLE t (columns) AS query, which dbt writes for a model with an enforced contract.

Gap: local_bigquery makes the table and fills it in two commits, so that a query that fails leaves an empty table where
a full one was, and lets DuckDB cast the values. As in BigQuery ("CREATE TABLE statement"): one atomic step, columns by
position, and a value of another type is coerced or refused ("Conversion rules", column "Coercion to"). A NULL without
a type counts as INT64, as in a query's result; BigQuery takes it for every type.
"""

from collections.abc import Sequence
from typing import Any

from local_bigquery.catalog import ddl as catalog_ddl
from local_bigquery.catalog import tables
from local_bigquery.engine import types
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query
from local_bigquery.models import JobStatistics2, TableFieldSchema
from local_bigquery.sql.rules import ddl
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery import writes
from sandbox.bigquery.patching import replace

COERCED = {
    "INT64": ("NUMERIC", "BIGNUMERIC", "FLOAT64"),
    "NUMERIC": ("BIGNUMERIC", "FLOAT64"),
    "BIGNUMERIC": ("FLOAT64",),
    # Literals of these types are written as strings; whether a string is a literal is no longer known here.
    "STRING": ("DATE", "DATETIME", "TIME", "TIMESTAMP"),
}


def _fits(given: str, wanted: str) -> bool:
    if "STRUCT<" in wanted:  # what is inside is DuckDB's to compare
        return given.partition("<")[0] == wanted.partition("<")[0]
    return given == wanted or wanted in COERCED.get(given, ())


def check(names: Sequence[str], kinds: Sequence[Any], columns: Sequence[TableFieldSchema]) -> None:
    """Raises BigQueryError when a query's columns (names and DuckDB types) do not fit the columns of the list."""
    if len(kinds) != len(columns):
        raise BigQueryError(
            "invalidQuery", f"Column definition list has {len(columns)} columns, but the query has {len(kinds)}"
        )
    for position, (name, kind, column) in enumerate(zip(names, kinds, columns, strict=True), start=1):
        given = types.bigquery_type(types.field(name, kind), quoted=False)
        wanted = types.bigquery_type(column, quoted=False)
        if not _fits(given, wanted):
            raise BigQueryError(
                "invalidQuery",
                f"Query column {position} has type {given} which cannot be inserted into column {column.name}, which "
                f"has type {wanted}",
            )


def _listed(tree: exp.Expression) -> bool:
    return (
        isinstance(tree, exp.Create)
        and tree.args.get("kind") == "TABLE"
        and isinstance(tree.this, exp.Schema)
        and isinstance(tree.expression, exp.Query)
        and not tree.find(exp.TemporaryProperty)
    )


def _create(
    cursor: Any, tree: exp.Expression, context: Context, statistics: JobStatistics2, dry: bool
) -> JobStatistics2:
    reference = query._target(tree, context)
    definition = ddl.split(tree)[0]
    columns = query._declared_schema(cursor, definition, context)
    rows, parameters = query.translate(tree.expression, context)
    relation = cursor.sql(rows, params=parameters)
    check(relation.columns, relation.types, columns)
    if dry:
        return query._with_schema(statistics, columns)
    create, _ = query.translate(definition, context)

    def work() -> None:
        cursor.execute(create)
        cursor.execute(f"INSERT INTO {tables.name(*reference)} {rows}", parameters)

    writes.committed(cursor, work)
    catalog_ddl.apply(tree, context.project_id, context.dataset_id, query._evaluator(cursor))
    return query._with_schema(statistics, tables.fields(tables.load(*reference)))


def install() -> None:
    run_any = query._run

    def run(
        cursor: Any, tree: exp.Expression, context: Context, destination: Any, config: Any, dry: bool, isolated: bool
    ) -> JobStatistics2:
        if _listed(tree):
            statistics = query._ddl(tree, context).replace(statementType=query.statement_type(tree))
            if statistics.ddlOperationPerformed != "SKIP":
                return _create(cursor, tree, context, statistics, dry)
        return run_any(cursor, tree, context, destination, config, dry, isolated)

    replace(query, "_run", run)
