"""The items of one table in SQLite, with every version that an item ever had.

A version holds for the interval [valid_from, valid_to) in microseconds since 1970; the current one has no valid_to.
So the state of the table at any time, and the changes between two times, are plain queries.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from sandbox.aws import clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS total (items INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS version (
    id INTEGER PRIMARY KEY,
    hash_key BLOB NOT NULL,
    range_key BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    item BLOB NOT NULL
);
"""
INDEXES = """
CREATE UNIQUE INDEX IF NOT EXISTS current ON version (hash_key, range_key) WHERE valid_to IS NULL;
CREATE INDEX IF NOT EXISTS key ON version (hash_key, range_key, valid_from) WHERE valid_to IS NOT NULL;
CREATE INDEX IF NOT EXISTS begun ON version (valid_from) WHERE valid_from > 0;
CREATE INDEX IF NOT EXISTS ended ON version (valid_to) WHERE valid_to IS NOT NULL;
"""
VERSIONS = """
SELECT valid_from, valid_to, item FROM version WHERE hash_key = ? AND range_key = ? AND valid_to IS NULL
UNION ALL
SELECT valid_from, valid_to, item FROM version WHERE hash_key = ? AND range_key = ? AND valid_to IS NOT NULL
"""
BEGINNING = 0
"""When imported items begin: the history that they stand for lies before the sandbox was made."""

Key = tuple[bytes, bytes]
"""Hash key and range key as `keys.encode` gives them; the range key is empty in a table that has none."""


class Change(NamedTuple):
    """What happened to one item in a window: its JSON before and after, and the time of the last change in micros."""

    key: Key
    at: int
    old: bytes | None
    new: bytes | None


class ItemStore:
    """Items as JSON in bytes, by key. Safe to use from several threads; readers never wait for a writer."""

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
        self._connection.executescript(SCHEMA + INDEXES)
        # Kept, as counting millions of items takes seconds.
        self._connection.execute("INSERT INTO total SELECT 0 WHERE NOT EXISTS (SELECT * FROM total)")
        self._count: int = self._one("SELECT items FROM total")
        begun = self._one("SELECT max(valid_from) FROM version WHERE valid_from > 0")
        ended = self._one("SELECT max(valid_to) FROM version WHERE valid_to IS NOT NULL")
        self._now = max(begun or 0, ended or 0)

    def __len__(self) -> int:
        return self._count

    def close(self) -> None:
        """Ends the use of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within happen at one time, or, if an exception leaves it, not at all. May be nested."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            # Strictly rising, so that no two changes of an item fall together.
            self._now = max(clock.micros(), self._now + 1)
            count = self._count
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                if self._count != count:
                    self._connection.execute("UPDATE total SET items = ?", (self._count,))
            except BaseException:
                self._connection.execute("ROLLBACK")
                self._count = count
                raise
            self._connection.execute("COMMIT")

    def get(self, key: Key) -> bytes | None:
        """The current item, also one written earlier in the same transaction."""
        with self._lock:
            row = self._current(key)
        return None if row is None else row[2]

    def put(self, key: Key, item: bytes) -> None:
        """Makes `item` the current one."""
        with self.transaction():
            row = self._current(key)
            if row is not None and row[1] == self._now:
                self._connection.execute("UPDATE version SET item = ? WHERE id = ?", (item, row[0]))
                return
            if row is not None:
                self._connection.execute("UPDATE version SET valid_to = ? WHERE id = ?", (self._now, row[0]))
            self._connection.execute(
                "INSERT INTO version (hash_key, range_key, valid_from, item) VALUES (?, ?, ?, ?)",
                (*key, self._now, item),
            )
            self._count += row is None

    def delete(self, key: Key) -> bytes | None:
        """Ends the current item and returns it, or returns None when there is none."""
        with self.transaction():
            row = self._current(key)
            if row is None:
                return None
            if row[1] == self._now:
                self._connection.execute("DELETE FROM version WHERE id = ?", (row[0],))
            else:
                self._connection.execute("UPDATE version SET valid_to = ? WHERE id = ?", (self._now, row[0]))
            self._count -= 1
            return row[2]

    def scan(self, hash_key: bytes | None = None, after: Key | None = None) -> Iterator[bytes]:
        """The current items in the order of their keys: of one hash key or of all, from the start or after a key."""
        condition: str = "valid_to IS NULL"
        values: list[bytes] = []
        if hash_key is not None:
            condition += " AND hash_key = ?"
            values.append(hash_key)
        if after is not None:
            condition += " AND (hash_key, range_key) > (?, ?)"
            values.extend(after)
        query = f"SELECT item FROM version WHERE {condition} ORDER BY hash_key, range_key"
        with self._reader() as reader:
            for (item,) in reader.execute(query, values):
                yield item

    def as_of(self, at: int) -> Iterator[tuple[bytes, bytes]]:
        """Hash key and item of all that existed just before `at`, in the order in which they were written."""
        query = "SELECT hash_key, item FROM version WHERE valid_from < ? AND (valid_to IS NULL OR valid_to >= ?)"
        with self._reader() as reader:
            yield from reader.execute(query, [at, at])

    def changes(self, start: int, end: int) -> Iterator[Change]:
        """One change for each item that changed in [start, end); none for an item that came and went within."""
        query = """
            SELECT hash_key, range_key, max(at) FROM (
                SELECT hash_key, range_key, valid_from AS at FROM version
                WHERE valid_from > 0 AND valid_from >= ?1 AND valid_from < ?2
                UNION ALL
                SELECT hash_key, range_key, valid_to FROM version
                WHERE valid_to IS NOT NULL AND valid_to >= ?1 AND valid_to < ?2
            ) GROUP BY hash_key, range_key
        """
        with self._reader() as reader:
            for *key, at in reader.execute(query, [start, end]):
                versions = reader.execute(VERSIONS, [*key, *key]).fetchall()
                old, new = _image(versions, start), _image(versions, end)
                if old is not None or new is not None:
                    yield Change((key[0], key[1]), at, old, new)

    def _current(self, key: Key) -> tuple[int, int, bytes] | None:
        query = "SELECT id, valid_from, item FROM version WHERE hash_key = ? AND range_key = ? AND valid_to IS NULL"
        row: tuple[int, int, bytes] | None = self._connection.execute(query, key).fetchone()
        return row

    def _one(self, query: str) -> int:
        value: int = self._connection.execute(query).fetchone()[0]
        return value

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own: a long read sees one state and holds nobody up."""
        with closing(sqlite3.connect(self.path, check_same_thread=False)) as reader:
            yield reader


def _image(versions: list[tuple[int, int | None, bytes]], at: int) -> bytes | None:
    """The item just before `at`."""
    return next((item for start, end, item in versions if start < at and (end is None or end >= at)), None)


def load(path: Path, items: Iterable[tuple[bytes, bytes, bytes]]) -> None:
    """Makes a store of (hash key, range key, item) that exist since the beginning; of equal keys the last one wins."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript("PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        insert = f"INSERT INTO version (hash_key, range_key, valid_from, item) VALUES (?, ?, {BEGINNING}, ?)"
        count = connection.executemany(insert, items).rowcount
        connection.execute("COMMIT")
        try:
            connection.executescript(INDEXES)
        except sqlite3.IntegrityError:
            last = "SELECT max(id) FROM version GROUP BY hash_key, range_key"
            count -= connection.execute(f"DELETE FROM version WHERE id NOT IN ({last})").rowcount
            connection.executescript(INDEXES)
        connection.execute("INSERT INTO total VALUES (?)", (count,))
    finally:
        connection.close()
