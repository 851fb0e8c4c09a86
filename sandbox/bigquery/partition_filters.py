"""Tables that require a partition filter. Gap: local_bigquery refuses every MERGE into one, because it asks its own
helper statements for the filter, and asks UPDATE and DELETE for none.

As in BigQuery ("Query partitioned tables", "Update partitioned table data using DML"): the filter stands in WHERE, for
the target of MERGE in the ON condition or in the condition of a WHEN clause.
"""

import contextvars
from collections.abc import Iterable, Iterator
from typing import Any

from local_bigquery.catalog import metadata, names, tables
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import merge
from local_bigquery.models import JobStatistics2, Table
from local_bigquery.sql.rules import tables as table_rules
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.catalogue import catalogue
from sandbox.bigquery.patching import replace

Reference = tuple[str, str, str]
_merging: contextvars.ContextVar[bool] = contextvars.ContextVar("merging", default=False)
_merge = merge.run


def _filtered(conditions: Iterable[exp.Expression | None]) -> set[str]:
    """The columns that the conditions compare, casefolded."""
    return {
        column.name.casefold() for condition in conditions if condition for column in condition.find_all(exp.Column)
    }


def require(reference: Reference, stored: Table, conditions: Iterable[exp.Expression | None]) -> None:
    """Raises BigQueryError when the table requires a partition filter and the conditions have none."""
    if not stored.requirePartitionFilter:
        return
    field = (stored.timePartitioning and stored.timePartitioning.field) or (
        stored.rangePartitioning and stored.rangePartitioning.field
    )
    allowed = {field.casefold()} if field else {"_partitiontime", "_partitiondate"}
    if not allowed & _filtered(conditions):
        raise BigQueryError(
            "invalidQuery",
            f"Cannot query over table '{'.'.join(reference)}' without a filter over column(s) "
            f"'{field or '_PARTITION_LOAD_TIME, _PARTITIONDATE, _PARTITIONTIME'}' that can be used for partition "
            "elimination",
        )


def _exists(reference: Reference) -> bool:
    """Whether there is such a table or view with columns; the anonymous results are not in the catalogue."""
    if (found := catalogue(reference[0])) is None:
        return bool(database.objects(*reference))
    relation = found.relation(*reference[1:])
    return relation is not None and relation.kind != "EMPTY" and relation.reference == reference


def check(tree: exp.Expression, table: exp.Table, is_target: bool) -> None:
    """Upstream's check of a table that a statement names: it exists, may be written, and its filter is there."""
    reference = (table.catalog, table.db, table.name)
    names.dataset(table.db, f"{table.db}.{table.name}")
    if table.args.get("when"):
        return
    kind = tree.args.get("kind")
    if is_target and (isinstance(tree, exp.Create) or tree.args.get("exists") or kind not in (None, "TABLE", "VIEW")):
        return
    stored = metadata.load(Table, *reference) or Table()
    if not _exists(reference) or tables.expired(stored):
        raise table_rules._not_found(*reference)
    if is_target and isinstance(tree, names.DML) and stored.type == "SNAPSHOT":
        label = names.label(*reference)
        raise BigQueryError("invalid", f"Table {label} is a snapshot, and snapshots are immutable.")
    if not _merging.get() and not (is_target and not isinstance(tree, exp.Update | exp.Delete)):
        require(reference, stored, tree.find_all(exp.Where))


def _references(tree: exp.Expression, context: Context) -> Iterator[tuple[Reference, Table]]:
    ctes = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if (reference := table_rules.resolve(table, context, ctes)) is not None:
            yield reference, metadata.load(Table, *reference) or Table()


def check_merge(tree: exp.Merge, context: Context) -> None:
    """Raises BigQueryError when the target or a table of the source lacks a filter that it requires."""
    whens = [when.args.get("condition") for when in tree.args["whens"].expressions]
    for reference, stored in _references(tree.this, context):
        require(reference, stored, [tree.args["on"], *whens])
    for reference, stored in _references(tree.args["using"], context):
        require(reference, stored, tree.args["using"].find_all(exp.Where))


def run_merge(cur: Any, tree: exp.Merge, context: Context) -> JobStatistics2:
    """MERGE, after a check of the statement itself instead of its parts."""
    check_merge(tree, context)
    token = _merging.set(True)
    try:
        return _merge(cur, tree, context)
    finally:
        _merging.reset(token)


def install() -> None:
    replace(table_rules, "_check", check)
    replace(merge, "run", run_merge)
