"""Which tables an export finds in the database, and what each column becomes in Parquet.

The types are those of the user guide's table "PostgreSQL data type mapping to Parquet" (Aurora, "Data conversion when
exporting to an Amazon S3 bucket"): integers, floating point numbers, booleans and bytea keep a type of their own; all
else, also numeric, dates and times, becomes the text that PostgreSQL shows.
"""

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from adbc_driver_postgresql import dbapi

STRING = (pa.string(), "binary (UTF8)")
TYPES = {
    "int2": (pa.int16(), "int32"),
    "int4": (pa.int32(), "int32"),
    "int8": (pa.int64(), "int64"),
    "float4": (pa.float32(), "float"),
    "float8": (pa.float64(), "double"),
    "bool": (pa.bool_(), "boolean"),
    "bytea": (pa.binary(), "binary"),
}
# The cast of these to text is not what PostgreSQL shows: it cuts trailing spaces, or adds a netmask.
SHOWN = {"bpchar": "{}", "inet": "abbrev({})"}
UNSUPPORTED_IN_COLUMNS = re.compile(r"[ ,;{}()\n\t=]")
QUERY = """
SELECT n.nspname::text AS schema, c.relname::text AS table,
    c.relpersistence = 'u' AS unlogged, has_table_privilege(c.oid, 'SELECT') AS readable,
    a.attname::text AS column, t.typname::text AS type,
    coalesce(i.character_maximum_length, 0)::int AS length, coalesce(i.numeric_precision, 0)::int AS precision,
    coalesce(i.datetime_precision, 0)::int AS time_precision,
    coalesce((SELECT k.indnatts = 1 AND k.indkey[0] = a.attnum AND t.typname IN ('int2', 'int4', 'int8')
        FROM pg_index k WHERE k.indrelid = c.oid AND k.indisprimary), false) AS divides
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN information_schema.columns i
    ON i.table_schema = n.nspname AND i.table_name = c.relname AND i.column_name = a.attname
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True)
class Column:
    """A column; `type` is PostgreSQL's name of it."""

    name: str
    type: str
    length: int
    precision: int
    time_precision: int

    @property
    def arrow_type(self) -> pa.DataType:
        """Its type in Parquet, as Arrow calls it."""
        return TYPES.get(self.type, STRING)[0]

    @property
    def selected(self) -> str:
        """The SQL expression that yields its values."""
        form = "{}" if self.type in TYPES else SHOWN.get(self.type, "{}::text")
        return form.format(_quoted(self.name))

    def describe(self) -> dict[str, Any]:
        """The column in export_tables_info."""
        return {
            "columnName": self.name,
            "originalType": self.type,
            "expectedExportedType": TYPES.get(self.type, STRING)[1],
            "originalCharMaxLength": self.length,
            "originalNumPrecision": self.precision,
            "originalDateTimePrecision": self.time_precision,
        }


@dataclass(frozen=True)
class Table:
    """A table. `divisible`: an integer is its primary key, so that AWS reads it in ranges."""

    schema: str
    name: str
    unlogged: bool
    readable: bool
    divisible: bool
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        """schema.table"""
        return f"{self.schema}.{self.name}"

    @property
    def arrow_schema(self) -> pa.Schema:
        """The schema of its Parquet files."""
        return pa.schema([(column.name, column.arrow_type) for column in self.columns])

    @property
    def query(self) -> str:
        """The SQL that yields its rows with that schema."""
        columns = ", ".join(f"{column.selected} AS {_quoted(column.name)}" for column in self.columns)
        return f"SELECT {columns} FROM {_quoted(self.schema)}.{_quoted(self.name)}"

    @property
    def unsupported(self) -> str | None:
        """Why an export leaves this table out (user guide, "Considerations for DB cluster snapshot exports")."""
        if "/" in self.name:
            return "its name has a slash"
        if self.unlogged:
            return "it is unlogged"
        if not self.readable:
            return "PERMISSIONS_DO_NOT_EXIST"
        for column in self.columns:
            if UNSUPPORTED_IN_COLUMNS.search(column.name):
                return f"the name of its column {column.name!r} has a character that is not supported"
        return None


def read(cursor: dbapi.Cursor) -> list[Table]:
    """The tables of the database, in the order of their names."""
    cursor.execute(QUERY)
    rows = cursor.fetch_arrow_table().to_pylist()
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["schema"], row["table"]), []).append(row)
    return [
        Table(
            schema,
            name,
            columns[0]["unlogged"],
            columns[0]["readable"],
            any(column["divides"] for column in columns),
            tuple(
                Column(row["column"], row["type"], row["length"], row["precision"], row["time_precision"])
                for row in columns
            ),
        )
        for (schema, name), columns in found.items()
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
