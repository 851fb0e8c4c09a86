"""Partition decorators: `table$20261121` names one partition of a table. Gap: local_bigquery has none.

Forms (BigQuery documentation, "Load data into partitioned tables"): `$YYYY`, `$YYYYMM`, `$YYYYMMDD`, `$YYYYMMDDHH` as
the table's partitions are by year, month, day or hour, a number for integer ranges, and `$__NULL__`.
"""

import datetime
import re
from dataclasses import dataclass

from local_bigquery.catalog import tables
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError
from local_bigquery.models import RangePartitioning, Table, TableFieldSchema, TimePartitioning

DECORATOR = re.compile(r"^(?P<table>[^$]+)\$(?P<partition>\d+|__NULL__)$")
FORMATS = {"YEAR": "%Y", "MONTH": "%Y%m", "DAY": "%Y%m%d", "HOUR": "%Y%m%d%H"}
WIDTHS = {"YEAR": 4, "MONTH": 6, "DAY": 8, "HOUR": 10}
TYPES = {"DATE": "DATE", "DATETIME": "TIMESTAMP", "TIMESTAMP": "TIMESTAMPTZ"}


def split(table_id: str) -> tuple[str, str | None]:
    """The table's own id and the partition id after `$`, which is None without a decorator."""
    match = DECORATOR.match(table_id)
    return (match["table"], match["partition"]) if match else (table_id, None)


def ingestion_time(resource: Table | None) -> bool:
    """Whether the table is partitioned by the time its rows arrive (`_PARTITIONTIME`)."""
    return bool(resource and resource.timePartitioning and not resource.timePartitioning.field)


def unit(partitioning: TimePartitioning) -> str:
    return (partitioning.type or "DAY").upper()


def current(partitioning: TimePartitioning) -> datetime.datetime:
    """The partition that rows arriving now belong to, in UTC."""
    now = datetime.datetime.now(datetime.UTC)
    text = now.strftime(FORMATS[unit(partitioning)])
    return _start(text, unit(partitioning))


@dataclass(frozen=True)
class Partition:
    """One partition. `column` is quoted; `condition` is true for exactly the partition's rows."""

    id: str
    column: str
    condition: str
    start: datetime.datetime | None = None


def partition(resource: Table, partition_id: str, fields: list[TableFieldSchema]) -> Partition:
    """The partition of that id. Raises BigQueryError `invalid` when the table has no partitions of that form."""
    if resource.timePartitioning:
        return _time_partition(resource.timePartitioning, partition_id, fields)
    if resource.rangePartitioning:
        return _range_partition(resource.rangePartitioning, partition_id)
    raise BigQueryError(
        "invalid", f"Cannot use partition decorator ${partition_id}: the table {resource.id} is not partitioned."
    )


def _start(partition_id: str, kind: str) -> datetime.datetime:
    try:
        if len(partition_id) != WIDTHS[kind]:
            raise ValueError
        return datetime.datetime.strptime(partition_id, FORMATS[kind]).replace(tzinfo=datetime.UTC)
    except ValueError:
        raise BigQueryError(
            "invalid",
            f"Invalid time partition ${partition_id}: partitions of this table are by {kind}, e.g. "
            f"${datetime.datetime(2026, 11, 21).strftime(FORMATS[kind])}.",
        ) from None


def _end(start: datetime.datetime, kind: str) -> datetime.datetime:
    match kind:
        case "YEAR":
            return start.replace(year=start.year + 1)
        case "MONTH":
            return (start + datetime.timedelta(days=31)).replace(day=1)
        case "DAY":
            return start + datetime.timedelta(days=1)
    return start + datetime.timedelta(hours=1)


def _time_partition(partitioning: TimePartitioning, partition_id: str, fields: list[TableFieldSchema]) -> Partition:
    column = quote(partitioning.field or tables.INGESTION_TIME)
    if partition_id == "__NULL__":
        return Partition(partition_id, column, f"{column} IS NULL")
    kind = unit(partitioning)
    start = _start(partition_id, kind)
    target = "TIMESTAMPTZ"
    if partitioning.field:
        types = {field.name.casefold(): (field.type or "").upper() for field in fields}
        target = TYPES[types[partitioning.field.casefold()]]
    low, high = (f"CAST('{moment:%Y-%m-%d %H:%M:%S}' AS {target})" for moment in (start, _end(start, kind)))
    return Partition(partition_id, column, f"({column} >= {low} AND {column} < {high})", start)


def _range_partition(partitioning: RangePartitioning, partition_id: str) -> Partition:
    column = quote(partitioning.field)
    if partition_id == "__NULL__":
        return Partition(partition_id, column, f"{column} IS NULL")
    low, width = int(partition_id), int(partitioning.range.interval)
    if (low - int(partitioning.range.start)) % width:
        raise BigQueryError("invalid", f"Invalid range partition ${partition_id}: it is not the start of a range.")
    return Partition(partition_id, column, f"({column} >= {low} AND {column} < {low + width})")


def rows(reference: tuple[str, str, str], resource: Table, fields: list[TableFieldSchema]) -> str:
    """SQL of the relation that the reference names: a table, or the rows of one partition of it."""
    project, dataset, table_id = reference
    base, partition_id = split(table_id)
    name = tables.name(project, dataset, base)
    if partition_id is None:
        return str(name)
    return f"(SELECT * FROM {name} WHERE {partition(resource, partition_id, fields).condition})"
