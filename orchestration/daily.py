"""The job `daily` for one window, in this machine's Dagster instance, shown while it runs."""

import functools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.tags import PARTITION_NAME_TAG, REPOSITORY_LABEL_TAG
from dagster._core.workspace.load_target import ModuleTarget
from rich.console import Console

from extract.contract import Table
from extract.errors import Terminal
from extract.window import Window
from orchestration import continuation, instance, lifeline, manifest, published, reachability, terminal
from orchestration.defs import alerts, schedules
from orchestration.environment import SLACK_WEBHOOK, Environment, has_secret
from orchestration.publication.project import MARTS

INTERRUPTED: Final = 130
LOCATION: Final = "orchestration.definitions"
POLL: Final = 0.5
"""Seconds between two looks at the event log."""


def run(
    environment: Environment,
    window: Window,
    tables: Iterable[Table],
    select: str | None,
    stdout: TextIO,
    tags: Mapping[str, str] | None = None,
) -> int:
    """Run one day and show it on `stdout`; the lock of `kura run` is held by the caller.

    Where something fails, what does not depend on it is done in a continuation.

    `tables` are those whose sources must answer; `tags` are put on the run beside its own.
    Returns the exit code: 0, or 1 when an asset or a check failed. Terminal when the run can't start: a service, the
    selection or another run stands against it.
    """
    reachability.require(environment, tables)
    instance.prepare(environment.dagster_home)
    lifeline.wait_for_steps(environment.dagster_home)
    console = Console(file=stdout, highlight=False)
    with dg.DagsterInstance.get() as dagster:
        return _run(dagster, environment, window, select, console, tags or {})


def daily_job() -> dg.JobDefinition:
    """The job, for this process and for those of its steps."""
    return _loaded().resolve_job_def(schedules.JOB)


@functools.cache
def _loaded() -> dg.Definitions:
    """The definitions, loaded once: Dagster asks for the job several times."""
    from orchestration.definitions import definitions

    return definitions()


def _run(
    dagster: dg.DagsterInstance,
    environment: Environment,
    window: Window,
    select: str | None,
    console: Console,
    more_tags: Mapping[str, str],
) -> int:
    instance.end_killed_runs(dagster)
    job = dg.reconstructable(daily_job)
    keys = _selected(job.get_definition(), select)
    console.print(
        f"kura run: {window.date} in {environment.name}, {window.start:%F %R} to {window.end:%F %R} UTC", soft_wrap=True
    )
    tags = {
        PARTITION_NAME_TAG: window.date.isoformat(),
        REPOSITORY_LABEL_TAG: f"{SINGLETON_REPOSITORY_NAME}@{LOCATION}",
        instance.TAG: instance.COMMAND,
        **more_tags,
    }
    failed = False
    while True:
        code, run_id, undone = _execute(dagster, job, environment, keys, tags, console)
        failed = failed or code != 0
        if code == INTERRUPTED or not undone:
            break
        console.print(f"going on with the {len(undone)} assets that depend on nothing of what has failed")
        keys, tags = undone, {**tags, continuation.TAG: run_id}
    for line in published.leftover_lines(environment):
        console.print(line, style="yellow", soft_wrap=True)
    return code if code == INTERRUPTED else int(failed)


def _execute(
    dagster: dg.DagsterInstance,
    job: Any,
    environment: Environment,
    keys: frozenset[dg.AssetKey] | None,
    tags: Mapping[str, str],
    console: Console,
) -> tuple[int, str, frozenset[dg.AssetKey]]:
    """Execute and show one run: its exit code, its id, and the assets with which a continuation goes on."""
    definition = job.get_definition()
    created = dagster.create_run_for_job(
        definition,
        asset_selection=keys,
        tags=tags,
        # The default logger would repeat the whole event log on stderr.
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        job_code_origin=job.get_python_origin(),
        remote_job_origin=_origin(),
    )
    began = time.monotonic()
    with terminal.Progress(console) as progress, _followed(dagster, created.run_id, progress.show):
        outcome = execute_run(job, created, dagster)
    if progress.results.interrupted:
        console.print("interrupted; run it again to go on: nothing is loaded twice", style="yellow")
        return INTERRUPTED, created.run_id, frozenset()
    undone = (
        None if outcome.success else continuation.of_run(dagster, created.run_id, definition.asset_layer.asset_graph)
    )
    console.print(terminal.summary(progress.results, time.monotonic() - began))
    for line in terminal.warnings(progress.results):
        console.print(line, style="yellow", soft_wrap=True)
    for line in [*terminal.failures(progress.results), *(undone.told(MARTS) if undone else ())]:
        console.print(line, style="red", soft_wrap=True)
    if has_secret(SLACK_WEBHOOK):
        alerts.post(alerts.text(environment, created, progress.results, undone), console.print)
    return int(not outcome.success), created.run_id, undone.assets if undone else frozenset()


def _origin() -> RemoteJobOrigin:
    """Where the UI has this job from, so that it takes the run for one of its own: linked, and to be run again."""
    [location] = ModuleTarget(LOCATION, None, str(manifest.PROJECT.parent), None).create_origins()
    return RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME).get_job_origin(schedules.JOB)


def _selected(job: dg.JobDefinition, select: str | None) -> frozenset[dg.AssetKey] | None:
    """The assets that a selection in Dagster's own language means; None for all of them."""
    if select is None:
        return None
    graph = job.asset_layer.asset_graph
    try:
        keys = dg.AssetSelection.from_string(select).resolve(graph)
    except dg.DagsterError as error:
        raise Terminal(f"unknown selection {select!r}: {error}") from None
    if not keys:
        raise Terminal(f"unknown selection {select!r}: no asset matches; write it as in the UI's search box")
    return frozenset(keys)


@contextmanager
def _followed(dagster: dg.DagsterInstance, run_id: str, show: Callable[[dg.EventLogEntry], None]) -> Iterator[None]:
    """Show every entry of a run's event log while it is written, and the last ones at the end."""
    stop = threading.Event()

    def follow() -> None:
        cursor: str | None = None
        while True:
            last = stop.wait(POLL)
            more = True
            while more:
                entries = dagster.get_records_for_run(run_id, cursor)
                for record in entries.records:
                    show(record.event_log_entry)
                cursor, more = entries.cursor, entries.has_more
            if last:
                return

    thread = threading.Thread(target=follow, name="follow-run", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
