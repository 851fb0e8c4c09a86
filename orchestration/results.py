"""What a run did, asset by asset, read from Dagster's event log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import dagster as dg
from dagster import DagsterEventType as Event
from dagster import EventLogEntry

from extract.errors import one_line

EVENTS: Final = {
    Event.ASSET_MATERIALIZATION_PLANNED,
    Event.ASSET_MATERIALIZATION,
    Event.ASSET_CHECK_EVALUATION,
    Event.STEP_FAILURE,
    Event.RUN_FAILURE,
}


@dataclass
class Asset:
    """One asset of a run. Rows, bytes and seconds are None where it was not materialized, or does not say."""

    key: str
    step: str
    materialized: bool = False
    rows: int | None = None
    bytes: int | None = None
    seconds: float | None = None
    checks_passed: int = 0
    warnings: list[str] = field(default_factory=list)
    checks_failed: list[str] = field(default_factory=list)


@dataclass
class Results:
    """All assets of a run by key, and the errors of the steps that failed."""

    assets: dict[str, Asset] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def add(self, entry: EventLogEntry) -> None:
        """Take in one entry of the event log; those that say nothing of an asset change nothing."""
        event = entry.dagster_event
        if event is None:
            return
        match event.event_type:
            case Event.ASSET_MATERIALIZATION_PLANNED:
                self._asset(event.asset_materialization_planned_data.asset_key, entry.step_key)
            case Event.ASSET_MATERIALIZATION:
                materialization = event.step_materialization_data.materialization
                asset = self._asset(materialization.asset_key, entry.step_key)
                asset.materialized = True
                asset.rows = _number(materialization.metadata.get("dagster/row_count"))
                asset.bytes = _number(materialization.metadata.get("bytes"))
                asset.seconds = _number(materialization.metadata.get("seconds"))
            case Event.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                asset = self._asset(evaluation.asset_key, entry.step_key)
                if evaluation.passed:
                    asset.checks_passed += 1
                elif evaluation.severity is dg.AssetCheckSeverity.WARN:
                    asset.checks_passed += 1
                    reason = f": {one_line(evaluation.description)}" if evaluation.description else ""
                    asset.warnings.append(f"{evaluation.check_name}{reason}")
                else:
                    asset.checks_failed.append(evaluation.check_name)
            case Event.STEP_FAILURE:
                self.errors[str(event.step_key)] = error_of(entry)
            case Event.RUN_FAILURE if not self.errors:
                self.errors["run"] = one_line(entry.message)

    @property
    def interrupted(self) -> bool:
        """Whether somebody ended the run, rather than a failure of its own."""
        return any(error.endswith(dg.DagsterExecutionInterruptedError.__name__) for error in self.errors.values())

    @property
    def failed(self) -> list[Asset]:
        """Assets that a failed step should have made but did not, and those with a failed check."""
        return [
            asset
            for asset in self.assets.values()
            if asset.checks_failed or (not asset.materialized and asset.step in self.errors)
        ]

    @property
    def not_run(self) -> list[Asset]:
        """Assets whose step was never started, because of an earlier failure."""
        return [asset for asset in self.assets.values() if not asset.materialized and asset.step not in self.errors]

    def _asset(self, key: dg.AssetKey, step: str | None) -> Asset:
        name = key.to_user_string()
        return self.assets.setdefault(name, Asset(name, step or ""))


def of_run(instance: dg.DagsterInstance, run_id: str) -> Results:
    """The results of a run that has ended."""
    return collect(instance.all_logs(run_id, of_type=EVENTS))


def collect(entries: Iterable[EventLogEntry]) -> Results:
    results = Results()
    for entry in entries:
        results.add(entry)
    return results


def error_of(entry: EventLogEntry) -> str:
    """Why a step failed, in one line: what our own code or the library said, without Dagster's wrapping."""
    event = entry.get_dagster_event()
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return one_line(data.user_failure_data.description)
    error = data.error
    while error and error.cause:
        error = error.cause
    return one_line(error.message) if error else "no reason given"


def _number(value: dg.MetadataValue[Any] | None) -> Any:
    return value.value if value else None
