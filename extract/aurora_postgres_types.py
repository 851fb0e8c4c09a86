"""What PostgreSQL's types become: the same as in an export of a snapshot, so that a table can change its mode.

Integers, floating point numbers, booleans and bytea keep a type of their own; all else is the text that PostgreSQL
shows, with ISO dates, intervals in PostgreSQL's own style and instants in UTC. So NaN, infinity and dates BC survive.

https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.data-types.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

TYPES: Final = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "bytea": pa.binary(),
}
"""The types that keep one of their own; all other types are text."""

INSTANTS: Final = frozenset({"timestamptz", "timestamp", "date"})
"""The types that a cursor can have; one without a zone is taken to be in UTC."""

SESSION: Final = {
    "timezone": "UTC",
    "datestyle": "ISO,YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "search_path": "pg_catalog",
}
"""The settings of a session that decide how values are shown."""

# The cast of these to text is not what PostgreSQL shows: it cuts trailing blanks, or adds a netmask.
_SHOWN: Final = {"text": "{}", "varchar": "{}", "bpchar": "{}", "inet": "pg_catalog.abbrev({})"}

COLUMNS: Final = """
WITH RECURSIVE bases (number, type) AS (
    SELECT attnum, atttypid FROM pg_attribute
    WHERE attrelid = to_regclass('{relation}') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT number, typbasetype FROM bases JOIN pg_type ON oid = type WHERE typtype = 'd'
)
SELECT attname::text AS name,
    (CASE WHEN typnamespace = 'pg_catalog'::regnamespace THEN typname ELSE '' END)::text AS type,
    attnotnull AS required
FROM bases JOIN pg_type ON pg_type.oid = type AND typtype <> 'd'
JOIN pg_attribute ON attrelid = to_regclass('{relation}') AND attnum = number
ORDER BY number
"""
"""The columns of a relation and their types' names: of a domain what it is made from, '' where it is not built in."""


@dataclass(frozen=True)
class Column:
    """A column; `type` is PostgreSQL's name of it, empty for a type that is not built in; `required` forbids null."""

    name: str
    type: str
    required: bool

    @property
    def value(self) -> str:
        """The SQL expression that yields its values as raw has them."""
        form = "{}" if self.type in TYPES else _SHOWN.get(self.type, "{}::pg_catalog.text")
        return form.format(quoted(self.name))

    @property
    def selected(self) -> str:
        """The same under its own name."""
        return f"{self.value} AS {quoted(self.name)}"


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of the columns' values."""
    return pa.schema([(column.name, TYPES.get(column.type, pa.string())) for column in columns])


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
