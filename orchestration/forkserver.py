"""The server that the processes of steps are forked from: it has imported everything that they need.

This module imports nothing heavy, so that `kura run` can start the server first and let it import on another core.
"""

import multiprocessing
from multiprocessing import forkserver
from typing import Final

PRELOAD: Final = (
    "dagster",
    "dagster._core.execution.api",
    "dagster._core.executor.multiprocess",
    "dagster._core.storage.event_log",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.runs",
    "dagster._core.storage.schedules",
    "dagster._core.storage.sqlite_storage",
    "dagster_dbt",
    "dbt.adapters.bigquery",
    "dbt.cli.main",
    "orchestration.clients",
    "orchestration.definitions",
    "orchestration.defs.alerts",
    "orchestration.defs.checks",
    "orchestration.defs.dbt",
    "orchestration.defs.publish",
    "orchestration.defs.schedules",
    "orchestration.defs.sources",
    "orchestration.daily",
)
"""A module that is missing here costs every step the time to import it, and nothing else."""


def start() -> None:
    """Start the server of this process, which the executor of steps will find."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOAD))
    forkserver.ensure_running()
