"""Tables that require a partition filter. Gap: local_bigquery looks for the column's name anywhere in a WHERE, refuses
every MERGE into such a table, because it asks its own helper statements, and asks UPDATE and DELETE for none.

As in BigQuery ("Query partitioned tables", "Update partitioned table data using DML"): each mention of the table has a
condition on the partitioning column that holds for all of its rows; for the target of MERGE in ON or in a WHEN clause.
Stricter than BigQuery for a view, which needs the filter when it is made, and for a condition that has a subquery.
"""

from collections.abc import Iterable

from local_bigquery.catalog import metadata, names, tables
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.models import Table
from local_bigquery.sql.rules import tables as table_rules
from sqlglot import exp

from sandbox.bigquery import catalogue, resources
from sandbox.bigquery.patching import replace
from sandbox.bigquery.relations import Scan

Reference = tuple[str, str, str]


def require(scans: Iterable[Scan]) -> None:
    """Raises BigQueryError when a scanned table requires a partition filter that the statement does not have."""
    for scan in scans:
        stored = resources.find("tables", *scan.reference) or {}
        if not stored.get("requirePartitionFilter"):
            continue
        partitioning = stored.get("timePartitioning") or stored.get("rangePartitioning") or {}
        field = partitioning.get("field")
        if not ({field.casefold()} if field else {"_partitiontime", "_partitiondate"}) & scan.filtered:
            raise BigQueryError(
                "invalidQuery",
                f"Cannot query over table '{'.'.join(scan.reference)}' without a filter over column(s) "
                f"'{field or '_PARTITION_LOAD_TIME, _PARTITIONDATE, _PARTITIONTIME'}' that can be used for partition "
                "elimination",
            )


def _exists(reference: Reference) -> bool:
    """Whether there is such a table or view with columns; the anonymous results are not in the catalogue."""
    if (found := catalogue.catalogue(reference[0])) is None:
        return bool(database.objects(*reference))
    relation = found.relation(*reference[1:])
    return relation is not None and relation.kind != "EMPTY" and relation.reference == reference


def check(tree: exp.Expression, table: exp.Table, is_target: bool) -> None:
    """Upstream's check of a table that a statement names, without the filter: it exists, and may be written."""
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


def install() -> None:
    replace(table_rules, "_check", check)
