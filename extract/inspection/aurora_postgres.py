"""PostgreSQL's catalogue, and what its types are declared as: docs/aurora_types.md."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from extract.aurora_postgres_connection import Connection, address_of
from extract.aurora_postgres_errors import database
from extract.aurora_postgres_types import TYPES, Column, quoted
from extract.aurora_reader import Reader
from extract.inspection.aurora import CHARACTERS, Described, Relation, Row
from extract.inspection.fitting import decimal_type
from extract.inspection.found import ROWS

_DECLARED: Final = {
    **dict.fromkeys(("int2", "int4", "int8"), "INT64"),
    **dict.fromkeys(("float4", "float8"), "FLOAT64"),
    **dict.fromkeys(("json", "jsonb"), "JSON"),
    "bool": "BOOL",
    "bytea": "BYTES",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "DATETIME",
    "timestamptz": "TIMESTAMP",
}
_ELEMENTS: Final = frozenset({"INT64", "NUMERIC", "DATE", "TIMESTAMP"})
"""Types whose elements PostgreSQL writes in an array as it writes them alone; others are text there."""

_RELATION: Final = """
SELECT oid::int8 AS oid, obj_description(oid, 'pg_class') AS comment,
    relkind IN ('r', 'p') AND relpersistence = 'p' AS is_exported
FROM pg_class WHERE oid = to_regclass('{name}')
"""
_COLUMNS: Final = """
WITH RECURSIVE bases (number, type, modifier) AS (
    SELECT attnum, atttypid, atttypmod FROM pg_attribute
    WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT number, typbasetype, CASE WHEN modifier < 0 THEN typtypmod ELSE modifier END
    FROM bases JOIN pg_type ON oid = type WHERE typtype = 'd'
)
SELECT attname::text AS name, attnotnull AS required, modifier::int8 AS modifier,
    (CASE WHEN base.typnamespace = 'pg_catalog'::regnamespace THEN base.typname ELSE '' END)::text AS type,
    (CASE WHEN base.typcategory <> 'A' THEN NULL
        WHEN element.typnamespace = 'pg_catalog'::regnamespace THEN element.typname ELSE '' END)::text AS element,
    col_description({oid}, attnum) AS comment
FROM bases JOIN pg_type AS base ON base.oid = type AND base.typtype <> 'd'
LEFT JOIN pg_type AS element ON element.oid = base.typelem
JOIN pg_attribute ON attrelid = {oid} AND attnum = number
ORDER BY number
"""
_KEYS: Final = """
SELECT indexrelid::int8 AS index, attname::text AS name
FROM pg_index CROSS JOIN LATERAL unnest(indkey::int2[]) WITH ORDINALITY AS part (number, place)
JOIN pg_attribute ON attrelid = indrelid AND attnum = number
WHERE indrelid = {oid} AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL AND place <= indnkeyatts
    AND NOT EXISTS (
        SELECT FROM pg_attribute AS nullable
        WHERE nullable.attrelid = indrelid AND nullable.attnum = ANY (indkey) AND NOT nullable.attnotnull
    )
ORDER BY NOT indisprimary, indnkeyatts, indexrelid, place
"""
_RELATIONS: Final = """
SELECT nspname || '.' || relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
"""


@contextmanager
def postgres(reader: Reader) -> Iterator["PostgresCatalogue"]:
    """The catalogue of the reader's database. Terminal or Transient when there is no connection."""
    connection = Connection.open(address_of(reader), reader)
    try:
        yield PostgresCatalogue(reader, connection)
    finally:
        connection.close()


class PostgresCatalogue:
    """See `extract.inspection.aurora.Catalogue`."""

    def __init__(self, reader: Reader, connection: Connection) -> None:
        self._reader, self._connection = reader, connection
        self._types: dict[str, str] = {}

    def relation(self, name: str) -> Relation | None:
        """See `extract.inspection.aurora.Catalogue.relation`."""
        with database(f"looking at {name}", self._reader.statement_timeout):
            found = self._connection.rows(_RELATION.format(name=_name(name).replace("'", "''")))
            if not found:
                return None
            [relation] = found
            columns = self._connection.rows(_COLUMNS.format(oid=relation["oid"]))
            keys = self._connection.rows(_KEYS.format(oid=relation["oid"]))
        self._types = {row["name"]: row["type"] for row in columns}
        return Relation(
            tuple(map(_described, columns)),
            tuple(part["name"] for part in keys if part["index"] == keys[0]["index"]),
            relation["is_exported"],
            relation["comment"] or "",
        )

    def relations(self) -> list[str]:
        """See `extract.inspection.aurora.Catalogue.relations`."""
        with database("looking for relations", self._reader.statement_timeout):
            return [row["name"] for row in self._connection.rows(_RELATIONS)]

    def sample(self, name: str, columns: Sequence[Described]) -> list[Row]:
        """See `extract.inspection.aurora.Catalogue.sample`."""
        values = [
            f"pg_catalog.left(({Column(column.name, self._types[column.name], False).value})::text, {CHARACTERS})"
            f" AS {quoted(column.name)}"
            for column in columns
            if column.data_type != "BYTES"
        ]
        with database(f"reading {name}", self._reader.statement_timeout):
            return [*self._connection.rows(f"SELECT {', '.join(values) or '1'} FROM {_name(name)} LIMIT {ROWS}")]


def _described(row: dict[str, Any]) -> Described:
    return Described(row["name"], _declared(row), row["type"] not in TYPES, row["required"], row["comment"] or "")


def _declared(row: dict[str, Any]) -> str:
    if row["type"] == "numeric":
        return _decimal(row["modifier"])
    if row["element"] is not None:
        element = _DECLARED.get(row["element"], "NUMERIC" if row["element"] == "numeric" else "STRING")
        return f"ARRAY<{element if element in _ELEMENTS else 'STRING'}>"
    return _DECLARED.get(row["type"], "STRING")


def _decimal(modifier: int) -> str:
    """The type for numeric(precision, scale), which PostgreSQL keeps in one number, or for numeric alone, -1."""
    if modifier < 0:
        return "NUMERIC"
    precision, scale = (modifier - 4) >> 16, ((modifier - 4) & 0x7FF ^ 1024) - 1024
    return decimal_type(precision, scale)


def _name(relation: str) -> str:
    return ".".join(quoted(part) for part in relation.split("."))
