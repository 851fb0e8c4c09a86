"""How large tables are: rows by partition, and bytes by column. Measured once for every version of a table.

Gap: local_bigquery counts eight bytes a value. Widths are those of "Data type sizes" in BigQuery's pricing; NULL is
free.
"""

import datetime
import threading
from dataclasses import dataclass, field
from typing import Any

from local_bigquery.engine import database

from sandbox.bigquery import catalogue
from sandbox.bigquery.catalogue import Field, Relation
from sandbox.bigquery.relations import Path

SAMPLE = 20_000  # rows from which a column's average width is measured
STRINGS = frozenset({"varchar", "json", "uuid"})
BYTES = frozenset({"blob"})
ONE_BYTE = frozenset({"boolean"})
SIXTEEN_BYTES = frozenset({"interval", "geometry"})
UNITS = {"HOUR": "hour", "DAY": "day", "MONTH": "month", "YEAR": "year"}


@dataclass(frozen=True)
class Partition:
    """The values that a partition's column can have: from `low` to `high`, both included."""

    low: Any
    high: Any


@dataclass(frozen=True)
class Partitioning:
    """How a table is partitioned: the column, casefolded, and the unit (HOUR to YEAR) or the range's bounds."""

    column: str
    unit: str = ""
    start: int = 0
    end: int = 0
    interval: int = 0


@dataclass
class Statistics:
    """One version of a table."""

    table: Relation
    version: tuple[int, ...]
    rows: int
    _widths: dict[Path, float] = field(default_factory=dict)
    _partitions: dict[Partition | None, int] | None = None

    def widths(self, paths: set[Path]) -> dict[Path, float]:
        """Bytes a row, on average, of each column or field."""
        missing = sorted(paths - self._widths.keys())
        if missing:
            measured = [f"avg({_width(_expression(path), _field(self.table, path))})" for path in missing]
            source = f"(SELECT * FROM {database.quote(*self.table.reference)} LIMIT {SAMPLE})"
            (row,) = database.fetch(f"SELECT {', '.join(measured)} FROM {source}")
            self._widths |= {path: float(value or 0) for path, value in zip(missing, row, strict=True)}
        return {path: self._widths[path] for path in paths}

    def partitions(self, by: Partitioning) -> dict[Partition | None, int]:
        """Rows by partition."""
        if self._partitions is None:
            column = database.quote(by.column if by.unit == "" else _written(self.table, by.column))
            value = f"date_trunc('{UNITS[by.unit]}', {column})" if by.unit else _bucket(by)
            counted = database.fetch(
                f"SELECT {value}, count(*) FROM {database.quote(*self.table.reference)} GROUP BY 1"
            )
            self._partitions = {_partition(low, by, _type(self.table, by.column)): rows for low, rows in counted}
        return self._partitions


def _written(table: Relation, name: str) -> str:
    return next((item.name for item in table.fields if item.name.casefold() == name), name)


def _bucket(by: Partitioning) -> str:
    return f"floor(({database.quote(by.column)} - {by.start}) / {by.interval})"


def _type(table: Relation, name: str) -> str:
    return next((item.type.lower() for item in table.fields if item.name.casefold() == name), "")


def _partition(low: Any, by: Partitioning, kind: str) -> Partition | None:
    if low is None:
        return None
    if not by.unit:
        start = by.start + int(low) * by.interval
        return Partition(start, start + by.interval - 1)
    first = moment(low)
    if by.column == "_partitiontime":
        return Partition(first, first)
    last = _end(first, by.unit)
    return Partition(first, last.replace(hour=0, minute=0, second=0, microsecond=0) if kind == "date" else last)


def _end(start: datetime.datetime, unit: str) -> datetime.datetime:
    match unit:
        case "HOUR":
            end = start + datetime.timedelta(hours=1)
        case "DAY":
            end = start + datetime.timedelta(days=1)
        case "MONTH":
            end = (start + datetime.timedelta(days=32)).replace(day=1)
        case _:
            end = start.replace(year=start.year + 1)
    return end - datetime.timedelta(microseconds=1)


def moment(value: datetime.date | datetime.datetime) -> datetime.datetime:
    """A date or time as a time in UTC without a zone, so that all of them compare."""
    if not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value


def _field(table: Relation, path: Path) -> Field:
    fields, found = table.fields, None
    for name in path:
        found = next(item for item in fields if item.name.casefold() == name)
        fields = found.fields
    assert found is not None
    return found


def _expression(path: Path) -> str:
    return str(database.quote(*path))


def _width(value: str, of: Field, depth: int = 0) -> str:
    """SQL for the bytes of one value; 0 for NULL."""
    kind = of.type.lower()
    if kind == "struct":
        parts = [_width(f"{value}.{database.quote(item.name)}", item, depth) for item in of.fields]
        return f"({' + '.join(parts) or '0'})"
    if kind == "list":
        name = f"e{depth}"
        inner = _width(name, of.fields[0], depth + 1) if of.fields else "0"
        return f"coalesce(list_sum(list_transform({value}, lambda {name}: {inner})), 0)"
    if kind in STRINGS:
        return f"coalesce(2 + strlen(CAST({value} AS VARCHAR)), 0)"
    if kind in BYTES:
        return f"coalesce(2 + octet_length({value}), 0)"
    return f"CASE WHEN {value} IS NULL THEN 0 ELSE {_fixed(kind)} END"


def _fixed(kind: str) -> int:
    if kind.startswith("decimal"):
        scale = int(kind.rstrip(")").rpartition(",")[2] or 0)
        return 16 if scale <= 9 else 32
    return 1 if kind in ONE_BYTE else 16 if kind in SIXTEEN_BYTES else 8


_lock = threading.Lock()
_known: dict[tuple[str, int], Statistics] = {}


def statistics(table: Relation) -> Statistics:
    """The table's statistics now; those of an unchanged table are kept."""
    assert table.table_id is not None
    key, found = (table.reference[0], table.table_id), catalogue.rows(table)
    with _lock:
        known = _known.get(key)
        if known is None or known.version != found.version or known.table != table:
            known = _known[key] = Statistics(table, found.version, found.count)
        return known
