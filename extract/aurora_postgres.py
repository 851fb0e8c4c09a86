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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from threading import Lock
from typing import Final

import adbc_driver_manager as driver
import pyarrow as pa

from extract.aurora_postgres_connection import Connection, address_of
from extract.aurora_postgres_errors import database
from extract.aurora_postgres_types import COLUMNS, INSTANTS, Column, quoted, schema
from extract.aurora_reader import Plan, Reader, check_columns, cursor_of
from extract.contract import Table
from extract.errors import Terminal, Transient
from extract.source import Report

_PAGES: Final = 8192
"""Pages a range has, of 8 KB each: 64 MB of a table, without what lies outside of its rows."""

_EXPORT_REFUSED: Final = ("0A000", "55000", "25006", "42501")


@contextmanager
def postgres(reader: Reader) -> Iterator["PostgresSnapshot"]:
    """A snapshot of the reader's database, as it is now. See `extract.aurora_reader.Engine`."""
    address = address_of(reader)
    first = Connection.open(address, reader)
    snapshot: PostgresSnapshot | None = None
    try:
        with database(f"taking a snapshot of {reader}"):
            exported = _export(first)
            query = "SELECT transaction_timestamp()::text AS at, pg_current_snapshot()::text AS transactions"
            [row] = first.rows(query)
        snapshot = PostgresSnapshot(
            reader, address, first, exported, f"{row['at']}, transactions {row['transactions']}"
        )
        yield snapshot
    finally:
        if snapshot is None:
            first.close()
        else:
            snapshot.close()


class PostgresSnapshot:
    """See `extract.aurora_reader.Snapshot`."""

    def __init__(self, reader: Reader, address: str, first: Connection, exported: str | None, position: str) -> None:
        self.position = f"PostgreSQL at {position}"
        # Without an exported snapshot, only the connection that has it can read it.
        self.connections = reader.connections if exported else 1
        self._reader, self._address, self._exported = reader, address, exported
        self._lock, self._open = Lock(), 1
        self._idle: LifoQueue[Connection] = LifoQueue()
        self._idle.put(first)

    def plan(self, table: Table, since: datetime.datetime | None) -> Plan:
        """See `extract.aurora_reader.Snapshot.plan`."""
        name = ".".join(quoted(part) for part in table.relation.split("."))
        with self._connection(f"{table}: looking at {table.relation}") as connection:
            columns = [Column(**row) for row in connection.rows(COLUMNS.format(relation=name.replace("'", "''")))]
            check_columns(table, [column.name for column in columns])
            selected = f"SELECT {', '.join(column.selected for column in columns)} FROM {name}"
            if since is not None:
                return Plan(schema(columns), (f"{selected} WHERE {_since(table, columns, since)}",))
            return Plan(schema(columns), tuple(selected + place for place in _ranges(_pages(connection, name))))

    def batches(self, table: Table, plan: Plan, statement: str, report: Report) -> Iterator[pa.RecordBatch]:
        """See `extract.aurora_reader.Snapshot.batches`."""
        with self._connection(f"{table}: reading {table.relation}") as connection:
            for batch in connection.batches(statement):
                yield batch.cast(plan.schema)

    def close(self) -> None:
        """Close what is idle; called when nothing is read any more."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _connection(self, doing: str) -> Iterator[Connection]:
        """A connection that sees the snapshot, for one statement or a few."""
        connection = self._take(doing)
        healthy = False
        try:
            with database(doing, self._reader.statement_timeout):
                connection.execute("SAVEPOINT before")
                try:
                    yield connection
                except driver.Error:
                    # The transaction goes on where the savepoint is; without it, the snapshot would be lost.
                    with suppress(driver.Error):
                        connection.execute("ROLLBACK TO SAVEPOINT before")
                        healthy = True
                    raise
                except (Terminal, Transient):
                    healthy = True
                    raise
                connection.execute("RELEASE SAVEPOINT before")
                healthy = True
        finally:
            if healthy:
                self._idle.put(connection)
            else:
                connection.close()
                with self._lock:
                    self._open -= 1

    def _take(self, doing: str) -> Connection:
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

    def _import(self, doing: str) -> Connection:
        if self._exported is None:
            raise Transient(f"{doing}: the connection that held the snapshot was lost; run again")
        connection = Connection.open(self._address, self._reader)
        try:
            with database(doing):
                _begin(connection)
                connection.execute(f"SET TRANSACTION SNAPSHOT '{self._exported}'")
        except BaseException:
            connection.close()
            raise
        return connection


def _begin(connection: Connection) -> None:
    connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _export(connection: Connection) -> str | None:
    """Begin; the snapshot's id for other connections, or none where this server does not export snapshots."""
    _begin(connection)
    try:
        [row] = connection.rows("SELECT pg_export_snapshot()::text AS id")
    except driver.Error as error:
        if error.sqlstate not in _EXPORT_REFUSED:
            raise
        connection.execute("ROLLBACK")
        _begin(connection)
        return None
    return str(row["id"])


def _pages(connection: Connection, name: str) -> int:
    """About how many pages a table has, or the largest of its partitions; 0 for what has no pages, such as a view."""
    regclass = f"to_regclass('{name.replace("'", "''")}')"
    query = (
        "SELECT coalesce(max(pg_relation_size(id)) / current_setting('block_size')::int8, 0)::int8 AS pages"
        f" FROM (SELECT {regclass} AS id UNION ALL SELECT relid FROM pg_partition_tree({regclass})) AS heaps"
    )
    [row] = connection.rows(query)
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
