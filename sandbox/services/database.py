"""The one SQLite file behind all services."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The columns of stripe_objects are read out of the body, so that they cannot disagree with it. `seq` is the order of
# creation, which decides between objects of the same second. `parent` is the subscription of a subscription item and
# the invoice of a line.
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stripe_objects (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    parent TEXT,
    body TEXT NOT NULL,
    id TEXT NOT NULL GENERATED ALWAYS AS (json_extract(body, '$.id')) STORED,
    created INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(json_extract(body, '$.created'), 0)) STORED,
    customer TEXT GENERATED ALWAYS AS (json_extract(body, '$.customer')) STORED,
    deleted INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(json_extract(body, '$.deleted'), 0)) STORED,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS stripe_by_age ON stripe_objects (kind, created, seq);
CREATE INDEX IF NOT EXISTS stripe_by_customer ON stripe_objects (customer, kind, created, seq)
    WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS stripe_by_parent ON stripe_objects (parent, kind, created, seq) WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS spreadsheets (id TEXT PRIMARY KEY, properties TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS worksheets (
    spreadsheet TEXT NOT NULL REFERENCES spreadsheets (id) ON DELETE CASCADE,
    sheet_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (spreadsheet, sheet_id)
);
CREATE TABLE IF NOT EXISTS slack_messages (
    seq INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    received REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS transfer_configs (name TEXT PRIMARY KEY, owner TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transfer_runs (
    name TEXT PRIMARY KEY,
    config TEXT NOT NULL REFERENCES transfer_configs (name) ON DELETE CASCADE,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS transfer_logs (
    seq INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES transfer_runs (name) ON DELETE CASCADE,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS metabase (id INTEGER PRIMARY KEY, model TEXT NOT NULL, body TEXT NOT NULL);
"""


class Database:
    """One connection, used by the server's one thread.

    Write-ahead logging: a killed process loses no committed change, and leaves nothing that the next start cannot read.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.executescript(SCHEMA)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Inside another transaction it is part of that one."""
        if self.connection.in_transaction:
            yield self.connection
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def setting(self, name: str, default: Any) -> Any:
        row = self.connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set_setting(self, name: str, value: Any) -> None:
        """Keeps a JSON value; None forgets it, which brings the default back."""
        if value is None:
            self.connection.execute("DELETE FROM settings WHERE name = ?", (name,))
        else:
            self.connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
