"""MySQL's catalogue, and what its types are declared as: docs/aurora_types.md."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa
import pymysql

from extract.aurora_mysql import query, session
from extract.aurora_mysql_errors import database
from extract.aurora_mysql_types import Column, described, quoted
from extract.aurora_reader import Reader
from extract.inspection.aurora import CHARACTERS, Described, Relation, Row
from extract.inspection.fitting import decimal_type
from extract.inspection.found import ROWS

_TABLE: Final = """
SELECT table_type AS type, table_comment AS comment FROM information_schema.tables
WHERE table_schema = %s AND table_name = %s
"""
_COLUMNS: Final = """
SELECT column_name AS name, data_type AS type, column_type AS full_type, numeric_precision AS number_precision,
    numeric_scale AS number_scale, is_nullable AS nullable, column_comment AS comment
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_KEYS: Final = """
SELECT index_name AS name, column_name AS part, nullable, sub_part AS prefix
FROM information_schema.statistics
WHERE table_schema = %s AND table_name = %s AND non_unique = 0
ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index
"""
_RELATIONS: Final = """
SELECT CONCAT(table_schema, '.', table_name) AS name FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
"""
_TEXTS: Final = {"date": "DATE", "time": "TIME", "json": "JSON"}


@contextmanager
def mysql(reader: Reader) -> Iterator["MySQLCatalogue"]:
    """The catalogue of the reader's databases. Terminal or Transient when there is no connection."""
    with session(reader) as connection:
        yield MySQLCatalogue(reader, connection)


class MySQLCatalogue:
    """See `extract.inspection.aurora.Catalogue`."""

    def __init__(self, reader: Reader, connection: "pymysql.Connection[Any]") -> None:
        self._reader, self._connection = reader, connection

    def relation(self, name: str) -> Relation | None:
        """See `extract.inspection.aurora.Catalogue.relation`."""
        place = tuple(name.split("."))
        with database(f"looking at {name}", self._reader.statement_timeout):
            table = query(self._connection, _TABLE, place)
            columns = query(self._connection, _COLUMNS, place)
            keys = query(self._connection, _KEYS, place)
        if not table:
            return None
        is_table = table[0]["type"] == "BASE TABLE"
        # A view has the word VIEW for a comment.
        return Relation(tuple(map(_described, columns)), _key(keys), is_table, table[0]["comment"] if is_table else "")

    def relations(self) -> list[str]:
        """See `extract.inspection.aurora.Catalogue.relations`."""
        with database("looking for relations", self._reader.statement_timeout):
            return [row["name"] for row in query(self._connection, _RELATIONS)]

    def sample(self, name: str, columns: Sequence[Described]) -> list[Row]:
        """See `extract.inspection.aurora.Catalogue.sample`."""
        values = [
            f"LEFT({quoted(column.name)}, {CHARACTERS}) AS {quoted(column.name)}"
            for column in columns
            if column.data_type != "BYTES"
        ]
        relation = ".".join(map(quoted, name.split(".")))
        with database(f"reading {name}", self._reader.statement_timeout):
            return [*query(self._connection, f"SELECT {', '.join(values) or '1'} FROM {relation} LIMIT {ROWS}")]


def _key(parts: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The primary key, or the first unique one without nulls, of whole columns."""
    indexes: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        indexes.setdefault(part["name"], []).append(part)
    for index in indexes.values():
        if all(part["nullable"] != "YES" and part["prefix"] is None and part["part"] for part in index):
            return tuple(part["part"] for part in index)
    return ()


def _described(row: dict[str, Any]) -> Described:
    column = described(row)
    kind = column.arrow_type
    data_type, is_text = _declared(column, kind), pa.types.is_string(kind)
    return Described(column.name, data_type, is_text, column.required, row["comment"])


def _declared(column: Column, kind: pa.DataType) -> str:
    if column.type == "decimal":
        return decimal_type(column.precision, column.scale)
    if pa.types.is_string(kind):
        return _TEXTS.get(column.type, "STRING")
    if pa.types.is_decimal(kind):
        return "NUMERIC"  # an unsigned bigint
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP"
    if pa.types.is_binary(kind):
        return "BYTES"
    return "FLOAT64" if pa.types.is_floating(kind) else "INT64"
