"""Aurora in query mode: tables read from a reader endpoint in one snapshot, as Parquet in the landing bucket.

    reader ─ one snapshot, by statement or range ─▶ Arrow batches ─▶ Parquet ─▶ landing bucket

Raw has the same types as from an export of a snapshot: a table can change its mode. Without a cursor every window has
the whole table. With one a window has the rows whose cursor is at or after its start, less `lookback`, wherever there
is a chain of landed deliveries to build on (`extract.chain`), else the whole table. Current state is the last full
delivery and the changes since, by key. A row that is deleted is gone with the next full delivery.

A database has no past: a window is what the database holds when the snapshot is taken, at or after the window's end,
which `position` says. There is no upper bound to the cursor: a row that changed after the end no longer shows what it
was at the end, and without it the window would hold what it was before. The next window begins at that end and so has
the row again. A window that has landed is not read again.
"""

import datetime
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import pyarrow as pa

from extract.aurora_reader import Engine, Plan, Reader, Snapshot
from extract.chain import links
from extract.contract import Table
from extract.delivery import Delivery, Failure, File, Format, Kind, fingerprint
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.parquet import raw_columns
from extract.parquet_files import land_batches, land_empty
from extract.progress import Progress
from extract.source import Report, each
from extract.window import Window

LOOKBACK: Final = datetime.timedelta(hours=1)
"""How far before a window its changes begin where the contract does not say.

A row shows when its transaction commits, with the instant at which that began, or which another clock gave it. Without
any lookback, one that commits after its window was read would be missed until the next full delivery.
"""

_TABLES_AT_ONCE: Final = 8


class AuroraQuery:
    """One database behind a reader endpoint; `engine` is `extract.aurora_postgres.postgres` or its like for MySQL."""

    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is the snapshot and, of changes, where they begin."""
        window.require_closed()
        return self._deliver(tables, window, landing, report)

    def _deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        wanted: list[_Wanted] = []
        for table in tables:
            try:
                found = _landed_or_wanted(table, window, landing)
            except (Terminal, Transient) as error:
                yield Failure(table, error)
                continue
            if isinstance(found, Delivery):
                report(f"{table}: delivery {found.id} lies in the landing bucket already")
                yield found
            else:
                wanted.append(found)
        if not wanted:
            return
        with ExitStack() as stack:
            try:
                snapshot = stack.enter_context(self._engine(self._reader))
            except (Terminal, Transient) as error:
                yield from (Failure(table, error) for table, _ in wanted)
                return
            report(f"aurora: reading {len(wanted)} tables as of one snapshot: {snapshot.position}")
            readers = stack.enter_context(ThreadPoolExecutor(snapshot.connections))
            taken = datetime.datetime.now(datetime.UTC)
            run = _Run(window, landing, snapshot, f"query-{taken:%Y%m%dT%H%M%S%f}", readers, report)
            yield from each(wanted, run.table, lambda item: item[0], _TABLES_AT_ONCE)


_Wanted = tuple[Table, bool]
"""A table to read, and whether what has changed is enough."""


def _landed_or_wanted(table: Table, window: Window, landing: Landing) -> Delivery | _Wanted:
    chain = links(landing, table, window) if table.cursor else []
    for landed in landing.find(table, window):
        # Changes are of no use where what they build on is gone.
        if landed.kind is Kind.FULL or chain:
            return landed
    return table, bool(chain)


class _Run:
    """What the tables of one run share: the snapshot, the threads that read it, and the id of their deliveries."""

    def __init__(
        self, window: Window, landing: Landing, snapshot: Snapshot, identifier: str, readers: Executor, report: Report
    ) -> None:
        self._window, self._landing, self._snapshot = window, landing, snapshot
        self._id, self._readers, self._report = identifier, readers, report

    def table(self, wanted: _Wanted) -> Delivery:
        """Read and land one table."""
        table, changes = wanted
        window, landing = self._window, self._landing
        since = window.start - (LOOKBACK if table.lookback is None else table.lookback) if changes else None
        plan = self._readers.submit(self._snapshot.plan, table, since).result()
        # A type that a raw table cannot hold is found before any row is read.
        columns = raw_columns(plan.schema, table.relation)
        folder = landing.folder(table, window, self._id)
        files = self._land(table, plan, folder)
        delivery = Delivery.of(
            table,
            window,
            id=self._id,
            format=Format.PARQUET,
            files=files,
            columns=columns,
            fingerprint=fingerprint(file.md5 for file in files),
            position=self._snapshot.position + (f"; {table.cursor} since {since.isoformat()}" if since else ""),
            kind=Kind.CHANGES if changes else Kind.FULL,
        )
        landing.commit(table, window, delivery)
        self._report(f"{table}: {delivery.rows} rows landed")
        return delivery

    def _land(self, table: Table, plan: Plan, folder: str) -> tuple[File, ...]:
        progress = Progress(str(table), self._report)
        futures = [
            self._readers.submit(self._part, table, plan, statement, folder, f"{number:05d}", progress)
            for number, statement in enumerate(plan.statements)
        ]
        try:
            files = [file for future in futures for file in future.result()]
        finally:
            for future in futures:
                future.cancel()
        return tuple(files) or (land_empty(plan.schema, self._landing, folder),)

    def _part(
        self, table: Table, plan: Plan, statement: str, folder: str, name: str, progress: Progress
    ) -> tuple[File, ...]:
        batches = _counted(self._snapshot.batches(table, plan, statement, self._report), progress)
        return land_batches(batches, plan.schema, self._landing, folder, name)


def _counted(batches: Iterator[pa.RecordBatch], progress: Progress) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        progress.add(rows=batch.num_rows, bytes=batch.nbytes)
        yield batch
