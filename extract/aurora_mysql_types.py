"""What MySQL's types become: the same as in an export of a snapshot, so that a table can change its mode.

Integers and floating point numbers keep a type of their own, and so do decimals of up to 38 digits, an unsigned bigint
as DECIMAL(20,0), binary strings, bit strings and geometries as bytes, and datetimes and timestamps as instants in UTC;
all else is the text that MySQL shows. A datetime that is no instant, such as the zero date, cannot be one in Parquet:
it is null, and the run says how many there were. A date is text, and so stays what it is.

https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.data-types.html
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

INSTANTS: Final = frozenset({"datetime", "timestamp", "date"})
"""The types that a cursor can have; one without a zone is taken to be in UTC."""

_INSTANT: Final = pa.timestamp("us", "UTC")
_TYPES: Final = {
    "tinyint": pa.int16(),
    "smallint": pa.int32(),
    "mediumint": pa.int32(),
    "int": pa.int64(),
    "bigint": pa.int64(),
    "year": pa.int32(),
    "float": pa.float64(),
    "double": pa.float64(),
    "datetime": _INSTANT,
    "timestamp": _INSTANT,
}
_BYTES: Final = frozenset(
    {
        *("bit", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"),
        *("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"),
        *("geometrycollection", "geomcollection"),
    }
)


@dataclass(frozen=True)
class Column:
    """A column as information_schema describes it; `type` is the type's name alone, `unsigned` part of it."""

    name: str
    type: str
    unsigned: bool
    precision: int
    scale: int
    required: bool

    @property
    def arrow_type(self) -> pa.DataType:
        """Its type in Parquet, as Arrow calls it."""
        if self.type == "bigint" and self.unsigned:
            return pa.decimal128(20, 0)
        if self.type == "decimal":
            return pa.decimal128(self.precision, self.scale) if self.precision <= 38 else pa.string()
        return pa.binary() if self.type in _BYTES else _TYPES.get(self.type, pa.string())

    @property
    def selected(self) -> str:
        """The SQL expression that yields its values in full: a float would show six digits only."""
        form = "({} + 0e0)" if self.type == "float" else "{}"
        return f"{form.format(quoted(self.name))} AS {quoted(self.name)}"

    def array(self, values: Sequence[Any], lost: Callable[[str], None]) -> pa.Array:
        """Values as the server sent them, text, bytes or None, as Arrow; `lost` is told each that Arrow cannot hold."""
        kind = self.arrow_type
        if kind != _INSTANT:
            return pa.array(values, pa.binary() if pa.types.is_binary(kind) else pa.string()).cast(kind)
        try:
            return pc.cast(pa.array(values, pa.string()), pa.timestamp("us")).cast(_INSTANT)
        except pa.ArrowInvalid:
            return pa.array([_instant(value, lost) for value in values], _INSTANT)


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of the columns' values."""
    return pa.schema([(column.name, column.arrow_type) for column in columns])


def quoted(name: str) -> str:
    """A name as an identifier of MySQL's SQL."""
    return "`" + name.replace("`", "``") + "`"


def _instant(value: str | None, lost: Callable[[str], None]) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        lost(value)
        return None


def described(row: dict[str, Any]) -> Column:
    """A column from its row in information_schema.columns, of which all values are text."""
    return Column(
        name=row["name"],
        type=row["type"].lower(),
        unsigned=re.search(r"\bunsigned\b", row["full_type"].lower()) is not None,
        precision=int(row["number_precision"] or 0),
        scale=int(row["number_scale"] or 0),
        required=row["nullable"] == "NO",
    )
