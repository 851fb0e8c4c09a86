"""Ingestion-time partitioned tables. Gap: local_bigquery gives `_PARTITIONTIME` only to tables that DDL made, lists no
partitions of them, and shows the pseudo column in `t.*`.

The pseudo column is a column of DuckDB's table that every listing leaves out ("Introduction to partitioned tables").
"""

from collections.abc import Callable

import duckdb
from local_bigquery.catalog import datasets, names, tables
from local_bigquery.engine import database, types
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError, already_exists
from local_bigquery.models import Table
from local_bigquery.sql import rules
from local_bigquery.sql.rules import information_schema, partitions
from sqlglot import exp

from sandbox.bigquery import decorators, writes
from sandbox.bigquery.catalogue import catalogue
from sandbox.bigquery.patching import replace

Translate = Callable[[str, str, str], str]


def create(project_id: str, dataset_id: str, body: Table, translate: Translate) -> Table:
    """tables.insert: as upstream's, with the pseudo column."""
    table_id = body.tableReference and body.tableReference.tableId
    if not table_id:
        raise BigQueryError("invalid", "Required parameter is missing: tableId")
    names.table(table_id)
    names.fields(tables.fields(body))
    datasets.get(project_id, dataset_id)
    reference = (project_id, dataset_id, table_id)
    resource = tables.defaults(*reference).merged(body)
    with database.writing(*reference):
        if tables.exists(*reference):
            raise already_exists("Table", names.label(*reference))
        # First what the table is, then the table: after a crash between the two it has no columns, and so no open ones.
        tables.record(*reference, resource)
        try:
            if body.view:
                query = translate(project_id, dataset_id, body.view.query)
                database.execute(f"CREATE VIEW {tables.name(*reference)} AS {query}")
            elif tables.fields(body):
                create_physical(reference, resource)
        except Exception:
            tables.forget(*reference)
            raise
    return tables.get(*reference)


def create_physical(reference: tuple[str, str, str], resource: Table) -> None:
    """Makes DuckDB's table for a resource that has a schema."""
    columns = [types.column(field) for field in tables.fields(resource)]
    if decorators.ingestion_time(resource):
        columns.append(writes.ingestion_column(decorators.unit(resource.timePartitioning)))
    database.execute(f"CREATE TABLE {tables.name(*reference)} ({', '.join(columns)})")


def _has_pseudo_column(table: exp.Table) -> bool:
    if not (table.catalog and table.db) or not isinstance(table.this, exp.Identifier):
        return False
    found = catalogue(table.catalog)
    relation = found and found.relation(table.db, table.name)
    return bool(relation and any(field.name == tables.INGESTION_TIME for field in relation.fields))


def _hide(star: exp.Star) -> None:
    hidden = exp.column(tables.INGESTION_TIME, quoted=True)
    star.set("except_", [*(star.args.get("except_") or []), hidden])


def hide(tree: exp.Expression, context: object) -> exp.Expression:
    """Leaves the pseudo column out of `*` and `t.*`, and gives it to tables that DDL makes."""
    if isinstance(tree, exp.Create) and partitions._ingestion_partitioned(tree):
        if isinstance(tree.this, exp.Schema):
            tree.this.append("expressions", partitions.INGESTION_TIME.copy())
        return tree
    for table in list(tree.find_all(exp.Table)):
        if not _has_pseudo_column(table):
            continue
        if isinstance(tree, exp.Insert) and tree.this is table:
            raise BigQueryError(
                "invalidQuery",
                "Omitting INSERT target column list is unsupported for ingestion-time partitioned table "
                f"{table.db}.{table.name}",
            )
        select = table.find_ancestor(exp.Select)
        for item in select.expressions if isinstance(select, exp.Select) else []:
            if isinstance(item, exp.Star):
                _hide(item)
            elif (
                isinstance(item, exp.Column)
                and isinstance(item.this, exp.Star)
                and item.table.casefold() == table.alias_or_name.casefold()
            ):
                _hide(item.this)
    return tree


def partition_rows(table: Table) -> list[tuple[str | None, int]]:
    """The partitions of a table with their numbers of rows, for INFORMATION_SCHEMA.PARTITIONS and list_partitions."""
    reference = tables.reference(table.tableReference)
    partitioning = table.timePartitioning
    if table.type != "TABLE" or not partitioning:
        return [(None, int(table.numRows or 0))]
    column = quote(partitioning.field or tables.INGESTION_TIME)
    template = decorators.FORMATS[decorators.unit(partitioning)]
    try:
        rows = database.fetch(
            f"SELECT coalesce(strftime({column}, '{template}'), '__NULL__'), count(*) "
            f"FROM {tables.name(*reference)} GROUP BY 1 ORDER BY 1"
        )
    except duckdb.CatalogException:  # a table without a schema yet
        return []
    return [(partition_id, count) for partition_id, count in rows]


def install() -> None:
    replace(tables, "create", create)
    replace(information_schema, "_partitions", partition_rows)
    rules.STATEMENT_RULES[rules.STATEMENT_RULES.index(partitions.ingestion_time)] = hide
