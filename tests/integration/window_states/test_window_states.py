"""Whatever happens in the stores and to the runs, staging holds each store as it was at each window's end.

One history with a seed of its own; KURA_SEEDS=20 makes twenty of them.
"""

import datetime
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from extract.contract import Table
from extract.delivery import Failure
from extract.replay import Replay
from extract.window import Window, for_date
from tests.integration.extract.mariadb import MariaDB
from tests.integration.extract.support import YESTERDAY, Cloud
from tests.integration.window_states import runs
from tests.integration.window_states.contracts import FULL_EVERY, contracts
from tests.integration.window_states.staging import Project, State
from tests.integration.window_states.stores import Database, DynamoDB, Sheet, Store, Stripe

WINDOWS = [for_date(YESTERDAY - datetime.timedelta(days=back), "UTC") for back in range(4, -1, -1)]
LIVE = {"customers", "customer_changes", "cells"}
"""Tables of which a window that is read again holds what there is by then."""

SEEDS = range(int(os.environ.get("KURA_SEEDS", "1")))


@dataclass
class History:
    """Writes, runs and what staging makes of them; `requests` is how many the last whole run sent."""

    stores: runs.Stores
    project: Project
    chance: random.Random
    tables: list[Table]
    suffix: str
    requests: int = 60

    def write(self, window: Window, stores: Sequence[Store]) -> None:
        """A few writes in the order of their times, at the first and the last second of the window too."""
        length = int((window.end - window.start).total_seconds())
        for second in sorted({0, length - 1, *(self.chance.randrange(length) for _ in range(6))}):
            for store in stores:
                store.write(self.chance, window.start + datetime.timedelta(seconds=second))

    def run(self, window: Window) -> None:
        """Runs that die, as chance has it, and one that does not."""

        def attempt(dies_at: int | None) -> int:
            return runs.run(self.stores, self.tables, window, dies_at)

        while self.chance.random() < 0.5:
            attempt(self.chance.randint(1, self.requests))
        self.requests = attempt(None)

    def staged(self, window: Window) -> dict[str, State]:
        """What staging holds of each table, by its name without the suffix."""
        staged = self.project.staged(self.tables, window.date)
        return {name.removesuffix(self.suffix): state for name, state in staged.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_staging_holds_each_store_as_it_was_at_each_windows_end(
    servers: Cloud, mariadb: MariaDB, project: Project, seed: int, request: pytest.FixtureRequest
) -> None:
    servers.post("services", "/_kura/stripe", {"rate_limit": 10_000})
    names = {kind: servers.name(kind) for kind in ("items", "rows", "mysql", "sheet")}
    items, customers, sheet = DynamoDB(servers, names["items"]), Stripe(servers), Sheet(servers, names["sheet"])
    rows = Database(servers.sql, names["rows"], "timestamp")
    stores: dict[str, Store] = {"items": items, "item_changes": items, "cells": sheet}
    stores |= {"customers": customers, "customer_changes": customers}
    mysql = Database(mariadb.sql, names["mysql"], "datetime(6)")
    stores |= {"exported": rows, "rows": rows, "row_changes": rows, "mysql_rows": mysql, "mysql_row_changes": mysql}
    chance, suffix = random.Random(seed), f"_of_{seed}"
    tables = project.tables(contracts(names, suffix))
    where = runs.Stores(servers.home, servers.state, servers.cluster(), mariadb)
    history = History(where, project, chance, tables, suffix)
    request.addfinalizer(lambda: servers.post("aws", "/_kura/clock", {"now": None}))
    history.write(WINDOWS[0], [items])
    held: list[dict[str, State]] = []
    merged: set[str] = set()
    rerun_after = chance.randint(1, len(WINDOWS) - 1)
    for number, window in enumerate(WINDOWS):
        history.write(window, [rows, mysql, sheet, customers])
        past = {name: dict(store.state) for name, store in stores.items()}
        if number % FULL_EVERY:
            # A cursor does not tell what was deleted: such rows stay until the next full delivery.
            past |= {name: held[-1][name] | past[name] for name in past if name.endswith("row_changes")}
        if window is not WINDOWS[-1]:
            # A store that knows its past may go on before the window is read.
            history.write(WINDOWS[number + 1], [items])
        history.run(window)
        assert history.staged(window) == past, f"seed {seed}, window {number}"
        held.append(past)
        merged |= project.brought_forward(tables)
        if number == rerun_after:
            again = chance.randrange(number)
            history.run(WINDOWS[again])
            assert history.staged(window) == past, f"seed {seed}, window {number} after window {again} again"
        # What is written in a window and seen only after it was read.
        for store in (rows, mysql, customers):
            store.write(chance, window.end - datetime.timedelta(minutes=20))
    number = chance.randrange(len(WINDOWS) - 1)
    staged = history.staged(WINDOWS[number])
    for name in stores.keys() - LIVE:
        assert staged[name] == held[number][name], f"seed {seed}, window {number} at last"
    # What has landed of a window is loaded once more, and no store is asked.
    again = chance.randrange(len(WINDOWS))
    replayed = servers.run(Replay(), *tables, window=WINDOWS[again])
    assert not [one for one in replayed.values() if isinstance(one, Failure)]
    assert history.staged(WINDOWS[-1]) == held[-1], f"seed {seed}, the last window after window {again} replayed"
    assert merged == {table.name for table in tables if table.full_every}, f"seed {seed}"
