"""The server that the processes of steps are forked from: it has imported everything that they need.

The command imports the same, which takes seconds of work; so its server is a fork of itself, made while it has no
threads yet, where multiprocessing would start a new interpreter.
"""

import gc
import importlib
import os
import threading
from collections.abc import Sequence
from multiprocessing import forkserver, resource_tracker, util
from typing import Any, Final

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
    """Import what steps need, and start the server of this process, which the executor of steps will find."""
    # What is imported stays: looking for garbage in it again and again is a fifth of the time.
    gc.disable()
    for name in PRELOAD:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    resource_tracker.ensure_running()
    internals: Any = util
    spawn = internals.spawnv_passfds
    internals.spawnv_passfds = _fork
    try:
        forkserver.ensure_running()
    finally:
        internals.spawnv_passfds = spawn


def _fork(_path: bytes, _arguments: Sequence[str], descriptors: Sequence[int]) -> int:
    """What multiprocessing starts its server with, given the server's socket and the pipe that tells it to end."""
    if pid := os.fork():
        return pid
    try:
        internals: Any = forkserver
        internals._forkserver._lock = threading.Lock()  # the one of this moment is held
        # Above all the file with the lock of `kura run`, which would stay locked when the command is killed.
        kept = [0, 1, 2, *sorted(descriptors)]
        for one, following in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
            os.closerange(one + 1, following)
        internals.main(*descriptors, [])
    finally:
        os._exit(0)
