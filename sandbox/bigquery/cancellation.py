"""Cancelling jobs. Gap: local_bigquery interrupts a job once; when its statement has not begun yet, nothing happens."""

import concurrent.futures
import contextlib
import time

import duckdb
from local_bigquery.jobs import runner
from local_bigquery.models import Job

from sandbox.bigquery.patching import replace

LIMIT, PAUSE = 2.0, 0.05  # seconds


def cancel(project_id: str, job_id: str) -> Job:
    """jobs.cancel: interrupts what the job does until it has ended, or for a while."""
    runner.get(project_id, job_id)
    if running := runner._running.get((project_id, job_id)):
        running.cancelled = True
        deadline = time.monotonic() + LIMIT
        while running.future and not running.future.done() and time.monotonic() < deadline:
            if running.cursor:
                with contextlib.suppress(duckdb.Error):  # the job ended just now and closed its cursor
                    running.cursor.interrupt()
            concurrent.futures.wait([running.future], timeout=PAUSE)
    return runner.wait(project_id, job_id, 1000)


def install() -> None:
    replace(runner, "cancel", cancel)
