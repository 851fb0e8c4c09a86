"""Query mode on MySQL: one connection, one transaction with a consistent snapshot, rows as the server sends them.

MySQL cannot share a snapshot between connections without a lock on all tables, which a reader does not allow: tables
are read one after the other. A large table with a single integer as primary key is read in ranges of it, so that no
statement runs for longer than its timeout. InnoDB keeps rows in that order. The first and the last range have no end.

https://dev.mysql.com/doc/refman/8.0/en/commit.html (WITH CONSISTENT SNAPSHOT)
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Final

import pyarrow as pa
import pymysql
from pymysql.cursors import DictCursor, SSCursor

from extract.aurora_mysql_errors import database
from extract.aurora_mysql_types import INSTANTS, Column, described, quoted, schema
from extract.aurora_reader import CONNECT_SECONDS, Plan, Reader, check_columns, cursor_of
from extract.contract import Table
from extract.errors import Terminal
from extract.source import Report

_ROWS_OF_RANGE: Final = 1_000_000
_BATCH_BYTES: Final = 2**20
_BATCH_ROWS: Final = 10_000
_READ_SECONDS: Final = 3600

_COLUMNS: Final = """
SELECT column_name AS name, data_type AS type, column_type AS full_type, numeric_precision AS number_precision,
    numeric_scale AS number_scale, is_nullable AS nullable
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_KEY: Final = """
SELECT k.column_name AS name, t.table_rows AS estimate
FROM information_schema.statistics AS k
JOIN information_schema.tables AS t ON t.table_schema = k.table_schema AND t.table_name = k.table_name
WHERE k.table_schema = %s AND k.table_name = %s AND k.index_name = 'PRIMARY'
"""
_INTEGERS: Final = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})


@contextmanager
def mysql(reader: Reader) -> Iterator["MySQLSnapshot"]:
    """A snapshot of the reader's database, as it is now. See `extract.aurora_reader.Engine`."""
    with session(reader) as connection:
        with database(f"taking a snapshot of {reader}"):
            [row] = query(connection, "SELECT UTC_TIMESTAMP(6) AS at, @@hostname AS host, VERSION() AS version")
        yield MySQLSnapshot(reader, connection, f"MySQL {row['version']} on {row['host']} at {row['at']}+00")


@contextmanager
def session(reader: Reader) -> Iterator["pymysql.Connection[Any]"]:
    """A connection in a transaction with a snapshot, in which values come as the server shows them.

    Terminal or Transient when there is none.
    """
    password = reader.password()
    with database(f"connecting to {reader}"):
        connection = _connect(reader, password)
    try:
        with database(f"taking a snapshot of {reader}"):
            _prepare(connection, reader)
        yield connection
    finally:
        with suppress(pymysql.Error, OSError):
            # Not `close()`, which would first say goodbye and, of an unfinished result, read all that is left.
            connection._force_close()  # type: ignore[attr-defined]


class MySQLSnapshot:
    """See `extract.aurora_reader.Snapshot`."""

    connections = 1

    def __init__(self, reader: Reader, connection: "pymysql.Connection[Any]", position: str) -> None:
        self.position = position
        self._reader, self._connection, self._lock = reader, connection, Lock()
        self._columns: dict[str, list[Column]] = {}

    def plan(self, table: Table, since: datetime.datetime | None) -> Plan:
        """See `extract.aurora_reader.Snapshot.plan`."""
        names = tuple(table.relation.split("."))
        with self._lock, database(f"{table}: looking at {table.relation}", self._reader.statement_timeout):
            columns = [described(row) for row in query(self._connection, _COLUMNS, names)]
            check_columns(table, [column.name for column in columns])
            self._columns[table.relation] = columns
            relation = ".".join(quoted(name) for name in names)
            selected = f"SELECT {', '.join(column.selected for column in columns)} FROM {relation}"
            if since is not None:
                return Plan(schema(columns), (f"{selected} WHERE {_since(table, columns, since)}",))
            ranges = self._ranges(names, relation, columns)
        return Plan(schema(columns), tuple(selected + condition for condition in ranges))

    def batches(self, table: Table, plan: Plan, statement: str, report: Report) -> Iterator[pa.RecordBatch]:
        """See `extract.aurora_reader.Snapshot.batches`."""
        columns = self._columns[table.relation]
        lost: Counter[str] = Counter()
        with self._lock, database(f"{table}: reading {table.relation}", self._reader.statement_timeout):
            cursor = self._connection.cursor(SSCursor)
            try:
                cursor.execute(statement)
                for rows in _chunks(cursor):
                    arrays = [
                        column.array(values, lambda _, name=column.name: lost.update([name]))  # type: ignore[misc]
                        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
                    ]
                    yield pa.record_batch(arrays, schema=plan.schema)
            finally:
                if not self._connection.open and (result := self._connection._result):  # type: ignore[attr-defined]
                    result.unbuffered_active = False  # or it would be read to its end, where there is none
                cursor.close()
        for name, count in sorted(lost.items()):
            report(f"{table}: {count} values of {name} are no instants, such as the zero date; they are null")

    def _ranges(self, names: tuple[str, ...], relation: str, columns: list[Column]) -> list[str]:
        """Conditions that divide a table; a single empty one for a small table or one without an integer key."""
        key = query(self._connection, _KEY, names)
        integers = {column.name for column in columns if column.type in _INTEGERS}
        if len(key) != 1 or key[0]["name"] not in integers or int(key[0]["estimate"] or 0) <= _ROWS_OF_RANGE:
            return [""]
        name = quoted(key[0]["name"])
        [row] = query(self._connection, f"SELECT MIN({name}) AS least, MAX({name}) AS most FROM {relation}")
        if row["least"] is None:
            return [""]
        least, most = int(row["least"]), int(row["most"])
        count = int(key[0]["estimate"]) // _ROWS_OF_RANGE + 1
        bounds = [least + (most - least) * number // count for number in range(1, count)]
        lower = ["", *(f"{name} >= {bound}" for bound in bounds)]
        upper = [*(f"{name} < {bound}" for bound in bounds), ""]
        return [" WHERE " + " AND ".join(filter(None, conditions)) for conditions in zip(lower, upper, strict=True)]


def _connect(reader: Reader, password: str) -> "pymysql.Connection[Any]":
    tls: dict[str, Any] = {"ssl_disabled": True}
    if reader.sslmode != "disable":
        tls = {"ssl": {"verify_mode": "required", "check_hostname": True}}
        if reader.ca_file is not None:
            tls["ssl"]["ca"] = str(reader.ca_file)
    return pymysql.connect(
        host=reader.host,
        port=reader.port,
        user=reader.user,
        password=password,
        database=reader.database,
        charset="utf8mb4",
        conv={},
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        program_name="kura",
        **tls,
    )


def _prepare(connection: "pymysql.Connection[Any]", reader: Reader) -> None:
    """Settings under which values are shown as they are, and the transaction."""
    timeout = reader.statement_timeout.total_seconds()
    [row] = query(connection, "SELECT VERSION() AS version")
    is_mariadb = "mariadb" in row["version"].lower()
    limit = f"max_statement_time = {timeout}" if is_mariadb else f"max_execution_time = {timeout * 1000:.0f}"
    settings = "time_zone = '+00:00', sql_mode = '', net_write_timeout = 600, wait_timeout = 28800"
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION {settings}, {limit}")
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def query(connection: "pymysql.Connection[Any]", statement: str, values: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """All rows of a small result."""
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def _chunks(cursor: SSCursor) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in lists of up to 10,000 or about 1 MB."""
    chunk: list[tuple[Any, ...]] = []
    size = 0
    while (row := cursor.fetchone()) is not None:
        chunk.append(row)
        size += sum(len(value) for value in row if value is not None)
        if size >= _BATCH_BYTES or len(chunk) >= _BATCH_ROWS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _since(table: Table, columns: list[Column], since: datetime.datetime) -> str:
    name = cursor_of(table)
    [column] = [column for column in columns if column.name == name]
    if column.type not in INSTANTS:
        raise Terminal(f"{table}: cursor {column.name} is no instant but {column.type}")
    condition = f"{quoted(column.name)} >= '{since.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S.%f}'"
    # Nobody knows when a row without an instant changed.
    return condition if column.required else f"({condition} OR {quoted(column.name)} IS NULL)"
