"""One run of every source in a process of its own, which can be made to die at any request that it sends."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from tests.deaths import count_requests, preload, requests_of
from tests.integration.extract import stripe_account
from tests.integration.extract.mariadb import MariaDB
from tests.integration.extract.support import Cloud

SPREADSHEET = "window-states"
preload(__name__)


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
    return requests_of(_run, stores, tables, window, log=stores.home / "run.log", dies_at=dies_at)


def _run(stores: Stores, tables: Sequence[Table], window: Window, dies_at: int | None, sent: Any, log: Path) -> None:
    count_requests(dies_at, sent)
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
