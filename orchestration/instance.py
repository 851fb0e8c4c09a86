"""The Dagster instance under DAGSTER_HOME, which `kura run` and the UI share."""

import shutil
from pathlib import Path
from typing import Final

import dagster as dg

from extract.errors import Terminal

TAG: Final = "kura/started_by"
COMMAND: Final = "kura run"
REPLAY: Final = "kura/replay"
"""A run with this tag loads what has landed and does not touch the sources; the UI can set it as well."""
_SETTINGS: Final = Path(__file__).with_name("dagster.yaml")
_WORKING: Final = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def prepare(home: Path) -> None:
    """Make DAGSTER_HOME with a laptop's settings.

    A `dagster.yaml` that is there already stays as it is: the image has orchestration/cloud_run's in its place.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not (home / _SETTINGS.name).exists():
        shutil.copy(_SETTINGS, home)


def started_by_command(run: dg.DagsterRun) -> bool:
    """Whether `kura run` started this run itself: running it again from the UI makes one that has the same tags."""
    return run.tags.get(TAG) == COMMAND and run.parent_run_id is None


def end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of `kura run` as failed that were killed; only the holder of its lock may call this.

    Terminal when a run that was started elsewhere is in progress: two runs at once would write the same tables.
    """
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED, *_WORKING])):
        if started_by_command(run):
            instance.report_run_failed(run, "The process of this run was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        elif run.status in _WORKING:
            raise Terminal(f"run {run.run_id} is in progress; wait for it to end, or terminate it in the UI")
