"""Query mode on PostgreSQL: COPY in binary, read as Arrow, over several connections that share one snapshot.

The first connection begins a transaction, REPEATABLE READ and READ ONLY, and exports its snapshot; each other one
imports it. A snapshot belongs to one instance and a reader endpoint has many: its name is therefore resolved once, and
all connections go to the same address.

A table of many pages is read in ranges of `ctid`, the place of a row. That is the one key that every table has whose
values are spread evenly and whose ranges are read in the order in which they lie, without an index. The last range has
no end, so that no row is missed whatever the estimate of pages.

https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
"""

import datetime
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, urlencode

import adbc_driver_postgresql.dbapi as driver
import pyarrow as pa
from adbc_driver_manager._reader import AdbcRecordBatchReader

from extract.aurora_postgres_errors import database
from extract.aurora_postgres_types import COLUMNS, INSTANTS, SESSION, Column, quoted, schema
from extract.aurora_reader import CONNECT_SECONDS, Plan, Reader, check_columns, cursor_of
from extract.contract import Table
from extract.errors import Terminal, Transient
from extract.source import Report

_PAGES: Final = 8192
"""Pages a range has, of 8 KB each: 64 MB of a table, without what lies outside of its rows."""

_BATCH_BYTES: Final = 2 * 2**20
_EXPORT_REFUSED: Final = ("0A000", "55000", "25006", "42501")


@contextmanager
def postgres(reader: Reader) -> Iterator["PostgresSnapshot"]:
    """A snapshot of the reader's database, as it is now. See `extract.aurora_reader.Engine`."""
    uri = _uri(reader)
    first = _connect(uri, reader)
    snapshot: PostgresSnapshot | None = None
    try:
        with database(f"taking a snapshot of {reader}"):
            exported = _export(first)
            query = "SELECT transaction_timestamp()::text AS at, pg_current_snapshot()::text AS transactions"
            [row] = _rows(first, query)
        snapshot = PostgresSnapshot(reader, uri, first, exported, f"{row['at']}, transactions {row['transactions']}")
        yield snapshot
    finally:
        if snapshot is None:
            _close(first)
        else:
            snapshot.close()


class PostgresSnapshot:
    """See `extract.aurora_reader.Snapshot`."""

    def __init__(self, reader: Reader, uri: str, first: Any, exported: str | None, position: str) -> None:
        self.position = f"PostgreSQL at {position}"
        # Without an exported snapshot, only the connection that has it can read it.
        self.connections = reader.connections if exported else 1
        self._reader, self._uri, self._exported = reader, uri, exported
        self._lock, self._open = Lock(), 1
        self._idle: LifoQueue[Any] = LifoQueue()
        self._idle.put(first)

    def plan(self, table: Table, since: datetime.datetime | None) -> Plan:
        """See `extract.aurora_reader.Snapshot.plan`."""
        name = ".".join(quoted(part) for part in table.relation.split("."))
        with self._connection(f"{table}: looking at {table.relation}") as connection:
            columns = [Column(**row) for row in _rows(connection, COLUMNS.format(relation=name.replace("'", "''")))]
            check_columns(table, [column.name for column in columns])
            selected = f"SELECT {', '.join(column.selected for column in columns)} FROM {name}"
            if since is not None:
                return Plan(schema(columns), (f"{selected} WHERE {_since(table, columns, since)}",))
            return Plan(schema(columns), tuple(selected + place for place in _ranges(_pages(connection, name))))

    def batches(self, table: Table, plan: Plan, statement: str, report: Report) -> Iterator[pa.RecordBatch]:
        """See `extract.aurora_reader.Snapshot.batches`."""
        with self._connection(f"{table}: reading {table.relation}") as connection, connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
            cursor.execute(statement)
            # Not `fetch_record_batch()`: its errors have lost their codes (apache/arrow-adbc#1523).
            stream = cursor.fetch_arrow()
            for batch in AdbcRecordBatchReader._import_from_c(stream.address):
                yield batch.cast(plan.schema)

    def close(self) -> None:
        """Close what is idle; called when nothing is read any more."""
        with suppress(Empty):
            while True:
                _close(self._idle.get_nowait())

    @contextmanager
    def _connection(self, doing: str) -> Iterator[Any]:
        """A connection that sees the snapshot, for one statement or a few."""
        connection = self._take(doing)
        healthy = False
        try:
            with database(doing, self._reader.statement_timeout):
                _run(connection, "SAVEPOINT before")
                try:
                    yield connection
                except driver.Error:
                    # The transaction goes on where the savepoint is; without it, the snapshot would be lost.
                    with suppress(driver.Error):
                        _run(connection, "ROLLBACK TO SAVEPOINT before")
                        healthy = True
                    raise
                except (Terminal, Transient):
                    healthy = True
                    raise
                _run(connection, "RELEASE SAVEPOINT before")
                healthy = True
        finally:
            if healthy:
                self._idle.put(connection)
            else:
                _close(connection)
                with self._lock:
                    self._open -= 1

    def _take(self, doing: str) -> Any:
        while True:
            with suppress(Empty):
                return self._idle.get_nowait()
            with self._lock:
                opens = self._open < self.connections
                self._open += opens
            if opens:
                try:
                    return self._import(doing)
                except BaseException:
                    with self._lock:
                        self._open -= 1
                    raise
            with suppress(Empty):
                # Not for ever: one that breaks never comes back, and another may be opened for it.
                return self._idle.get(timeout=1)

    def _import(self, doing: str) -> Any:
        if self._exported is None:
            raise Transient(f"{doing}: the connection that held the snapshot was lost; run again")
        connection = _connect(self._uri, self._reader)
        try:
            with database(doing):
                _begin(connection)
                _run(connection, f"SET TRANSACTION SNAPSHOT '{self._exported}'")
        except BaseException:
            _close(connection)
            raise
        return connection


def _uri(reader: Reader) -> str:
    """The connection's address for libpq, with the endpoint's name resolved, but without the password."""
    try:
        found = socket.getaddrinfo(reader.host, reader.port, type=socket.SOCK_STREAM)
    except OSError as error:
        advice = "check the host's name and the network"
        raise Transient(f"aurora: {reader.host} cannot be resolved ({error.strerror}); {advice}") from error
    # A policy that hides rows is an error with row_security off; on, it would hide them without a word.
    settings = SESSION | {"statement_timeout": f"{reader.statement_timeout.total_seconds() * 1000:.0f}"}
    settings |= {
        "row_security": "off",
        "idle_in_transaction_session_timeout": "0",
        "default_transaction_read_only": "on",
    }
    parameters = {
        "host": reader.host,
        "hostaddr": str(found[0][4][0]),
        "port": str(reader.port),
        "dbname": reader.database,
        "user": reader.user,
        "sslmode": reader.sslmode,
        "connect_timeout": str(CONNECT_SECONDS),
        "tcp_user_timeout": "60000",
        "keepalives_idle": "30",
        "application_name": "kura",
        "client_encoding": "UTF8",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    if reader.sslmode != "disable":
        parameters["sslrootcert"] = str(reader.ca_file or "system")
    return f"postgresql://?{urlencode(parameters, quote_via=quote)}"


def _connect(uri: str, reader: Reader) -> Any:
    password = reader.password()
    with database(f"connecting to {reader}"):
        return driver.connect(f"{uri}&password={quote(password, safe='')}", autocommit=True)


def _close(connection: Any) -> None:
    with suppress(driver.Error):
        connection.close()


def _begin(connection: Any) -> None:
    _run(connection, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _export(connection: Any) -> str | None:
    """Begin; the snapshot's id for other connections, or none where this server does not export snapshots."""
    _begin(connection)
    try:
        [row] = _rows(connection, "SELECT pg_export_snapshot()::text AS id")
    except driver.Error as error:
        if error.sqlstate not in _EXPORT_REFUSED:
            raise
        _run(connection, "ROLLBACK")
        _begin(connection)
        return None
    return str(row["id"])


def _run(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _rows(connection: Any, query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return rows


def _pages(connection: Any, name: str) -> int:
    """About how many pages a table has, or the largest of its partitions; 0 for what has no pages, such as a view."""
    regclass = f"to_regclass('{name.replace("'", "''")}')"
    query = (
        "SELECT coalesce(max(pg_relation_size(id)) / current_setting('block_size')::int8, 0)::int8 AS pages"
        f" FROM (SELECT {regclass} AS id UNION ALL SELECT relid FROM pg_partition_tree({regclass})) AS heaps"
    )
    [row] = _rows(connection, query)
    return int(row["pages"])


def _ranges(pages: int) -> list[str]:
    """Conditions that divide a table of so many pages; a single empty one for a small table."""
    starts = range(0, max(pages, 1), _PAGES)
    if len(starts) == 1:
        return [""]
    lower = [f" WHERE ctid >= '({start},0)'" for start in starts]
    upper = [f" AND ctid < '({start},0)'" for start in starts[1:]]
    return [first + second for first, second in zip(lower, [*upper, ""], strict=True)]


def _since(table: Table, columns: list[Column], since: datetime.datetime) -> str:
    name = cursor_of(table)
    [column] = [column for column in columns if column.name == name]
    if column.type not in INSTANTS:
        raise Terminal(f"{table}: cursor {column.name} is no instant but {column.type or 'of a type of its own'}")
    condition = f"{quoted(column.name)} >= '{since.astimezone(datetime.UTC).isoformat()}'::timestamptz"
    # Nobody knows when a row without an instant changed.
    return condition if column.required else f"({condition} OR {quoted(column.name)} IS NULL)"
