"""One run of every source in a process of its own, which can be made to die at any request that it sends."""

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3.connectionpool

from extract.aurora_mysql import mysql
from extract.aurora_query import AuroraQuery
from extract.contract import Table
from extract.delivery import Failure
from extract.modes import ByMode
from extract.sheets import Sheets
from extract.sheets_api import SCOPES
from extract.source import Source
from extract.window import Window
from sandbox import provision
from sandbox.state import State
from tests.integration.extract import stripe_account
from tests.integration.extract.mariadb import MariaDB
from tests.integration.extract.support import Cloud

DEAD = 9
SPREADSHEET = "window-states"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Stores:
    """Where the stores are, as another process can be told."""

    home: Path
    state: State
    cluster: str
    mariadb: MariaDB


def run(stores: Stores, tables: Sequence[Table], window: Window, dies_at: int | None) -> int:
    """Deliver and load a window of all tables; how many requests it took, or 0 where the process died.

    `dies_at` is the number of the request at which it dies, as if killed: of odd ones the answer has come already, even
    ones are never sent. Several sources send theirs side by side, so that the number is any place in any of them.
    """
    log = stores.home / "run.log"
    log.unlink(missing_ok=True)
    sent = _processes.Value("i", 0)
    process = _processes.Process(target=_run, args=(stores, tables, window, dies_at, sent, log))
    process.start()
    process.join()
    if process.exitcode == DEAD:
        return 0
    assert process.exitcode == 0, log.read_text() if log.exists() else "the run ended without a word"
    return int(sent.value)


def _run(stores: Stores, tables: Sequence[Table], window: Window, dies_at: int | None, sent: Any, log: Path) -> None:
    _count_requests(dies_at, sent)
    try:
        cloud = Cloud(stores.home, stores.state)
        groups: dict[str, list[Table]] = {}
        for table in tables:
            groups.setdefault("mysql" if table.relation.startswith("koe.") else table.source, []).append(table)
        with ThreadPoolExecutor(len(groups)) as pool:
            running = [
                pool.submit(cloud.run, _source(cloud, stores, name), *group, window=window)
                for name, group in groups.items()
            ]
        failures = [one for each in running for one in each.result().values() if isinstance(one, Failure)]
        problem = "\n".join(f"{failure.table}: {failure.error}" for failure in failures)
    except BaseException as error:
        problem = repr(error)
    if problem:
        log.write_text(problem)
        os._exit(1)


def _source(cloud: Cloud, stores: Stores, name: str) -> Source:
    match name:
        case "dynamodb":
            return cloud.source_dynamodb()
        case "aurora":
            exports = cloud.source_aurora(stores.cluster)
            return ByMode({"snapshot": lambda: exports, "query": cloud.source_query})
        case "mysql":
            return AuroraQuery(stores.mariadb.reader(), mysql)
        case "stripe":
            return stripe_account.source(cloud)
        case _:
            credentials = provision.credentials(cloud.home, "platform").with_scopes(SCOPES)
            return Sheets({"planning": SPREADSHEET}, f"{cloud.services}/sheets", credentials)


def _count_requests(dies_at: int | None, sent: Any) -> None:
    """All clients but those of databases send their requests through urllib3."""
    pool: Any = urllib3.connectionpool.HTTPConnectionPool
    send, lock = pool._make_request, threading.Lock()

    def counted(*arguments: Any, **named: Any) -> Any:
        with lock:
            sent.value += 1
            number = sent.value
        if number == dies_at and number % 2 == 0:
            os._exit(DEAD)
        answer = send(*arguments, **named)
        if number == dies_at:
            os._exit(DEAD)
        return answer

    pool._make_request = counted
