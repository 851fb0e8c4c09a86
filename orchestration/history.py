"""Where the history of runs is kept: Dagster's own storage in SQLite, with connections that stay open.

Dagster's storage opens a database for every event of a run, compiles its statements anew, waits for the disk and, as
the last to close the database, moves the write-ahead log into it: five times the work of writing the event.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy.pool import QueuePool

KEPT: Final = 8
"""How many databases stay open: each run has one, and one holds what is asked across runs."""
BUSY_SECONDS: Final = 60
"""How long a database is waited for that another process writes to."""


class EventLog(SqliteEventLogStorage):
    """Runs' events."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, sqlalchemy.Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        """The engine of one database; called by the holder of the lock."""
        if shard not in self._engines:
            engine = sqlalchemy.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool,
                pool_size=1,
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            )
            sqlalchemy.event.listen(engine, "connect", _without_waiting_for_the_disk)
            self._initdb(engine)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        while len(self._engines) > KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


class Storage(DagsterSqliteStorage):
    """All that Dagster keeps; `dagster.yaml` names this class."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "Storage":
        return cls.from_local(inst_data=inst_data, **config_value)


def _without_waiting_for_the_disk(connection: Any, _: Any) -> None:
    """A process that is killed loses nothing then; a machine that loses power, the newest events and no database.

    https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    connection.execute("PRAGMA synchronous = NORMAL")
