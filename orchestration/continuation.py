"""What a failed run has left undone although nothing that it is made from has failed.

Dagster starts no step below one that failed, and a step has many assets: one table that could not be loaded keeps all
models from being built. A *continuation* is a further run of the same window that does what was not started and is
sound: all that it is made from, as far as the failed run was to make it, was made and has passed its blocking checks.
Where the continuation fails in its turn, at a later step, it has a continuation as well.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import dagster as dg
from dagster import DagsterEventType as Event
from dagster import EventLogEntry

TAG: Final = "kura/continues"
"""The tag that names the run of which a run is the continuation."""
EVENTS: Final = {
    Event.ASSET_MATERIALIZATION_PLANNED,
    Event.ASSET_MATERIALIZATION,
    Event.ASSET_CHECK_EVALUATION,
    Event.STEP_START,
    Event.STEP_FAILURE,
}


@dataclass
class Run:
    """What a run was to do and has done, from its event log. Steps are None where the log does not name them."""

    planned: dict[dg.AssetKey, str | None] = field(default_factory=dict)
    made: set[dg.AssetKey] = field(default_factory=set)
    passed: dict[dg.AssetCheckKey, bool] = field(default_factory=dict)
    started: set[str | None] = field(default_factory=set)

    def add(self, entry: EventLogEntry) -> None:
        """Take in one entry of the event log; other entries than EVENTS change nothing."""
        event = entry.dagster_event
        if event is None:
            return
        match event.event_type:
            case Event.ASSET_MATERIALIZATION_PLANNED:
                self.planned[event.asset_materialization_planned_data.asset_key] = entry.step_key
            case Event.ASSET_MATERIALIZATION:
                self.made.add(event.step_materialization_data.materialization.asset_key)
            case Event.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                warns = evaluation.severity is dg.AssetCheckSeverity.WARN
                self.passed[evaluation.asset_check_key] = evaluation.passed or warns
            case Event.STEP_START | Event.STEP_FAILURE:
                self.started.add(entry.step_key)
            case _:
                pass


@dataclass(frozen=True)
class Undone:
    """What a continuation has to do, and for every other asset that was not made the assets that it waits for."""

    assets: frozenset[dg.AssetKey]
    held_back: Mapping[dg.AssetKey, frozenset[dg.AssetKey]]

    def told(self, group: str) -> list[str]:
        """A line for each asset of a group, the first part of its key, that waits for others."""
        return [
            f"{key.to_user_string()} is held back by {', '.join(sorted(one.to_user_string() for one in causes))}"
            for key, causes in sorted(self.held_back.items())
            if key.path[0] == group and key not in causes
        ]


def of_run(instance: dg.DagsterInstance, run_id: str, graph: Any) -> Undone:
    """What a run that has failed left undone; `graph` is Dagster's asset graph."""
    return find(instance.all_logs(run_id, of_type=EVENTS), graph)


def find(entries: Iterable[EventLogEntry], graph: Any) -> Undone:
    """What the run with these entries in its event log left undone."""
    run = Run()
    for entry in entries:
        run.add(entry)
    failed = {
        *(key for key, step in run.planned.items() if key not in run.made and step in run.started),
        *(check.asset_key for check, passed in run.passed.items() if not passed and graph.get(check).blocking),
    }

    @functools.cache
    def causes(key: dg.AssetKey) -> frozenset[dg.AssetKey]:
        """What has failed of an asset and of all that it is made from."""
        if key in failed:
            return frozenset([key])
        if key not in run.planned:
            return frozenset()
        return frozenset().union(*(causes(parent) for parent in graph.get(key).parent_keys))

    undone = [key for key in run.planned if key not in run.made]
    assets = frozenset(key for key in undone if not causes(key))
    return Undone(assets, {key: causes(key) for key in undone if causes(key)})
