"""What `kura run` shows: progress while it works, and a table at the end."""

import time
from types import TracebackType
from typing import Final, Self

from dagster import AssetCheckSeverity, EventLogEntry
from dagster import DagsterEventType as Event
from rich.console import Console, Group
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from extract.errors import one_line
from extract.progress import size
from orchestration.results import Results

_INFO: Final = 20
_REMARKS: Final = ("A dbt subsetted execution", "Logging an `AssetObservation`")
"""How remarks of dagster-dbt on its own work begin, which tell a user nothing."""
_STYLES: Final = {30: "yellow", 40: "red"}


class Progress:
    """Shows a run's event log: a line for each thing done and, on a terminal, what every step does now."""

    def __init__(self, console: Console) -> None:
        self.results: Final = Results()
        self._console = console
        self._began = time.monotonic()
        self._now: dict[str, str] = {}
        self._live = Live(console=console, refresh_per_second=4, transient=True, get_renderable=self._status)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, entry: EventLogEntry) -> None:
        self.results.add(entry)
        step, event = entry.step_key, entry.dagster_event
        if step is None:
            return
        if event is None:
            # Of a step that does not work there are only Dagster's own remarks, which say what the table says.
            if int(entry.level) >= _INFO and step in self._now and not entry.user_message.startswith(_REMARKS):
                self._now[step] = one_line(entry.user_message)
                self._line(step, self._now[step], _STYLES.get(int(entry.level), ""))
            return
        match event.event_type:
            case Event.STEP_START:
                self._now[step] = "started"
                self._line(step, "started")
            case Event.ASSET_MATERIALIZATION:
                asset = self.results.assets[event.step_materialization_data.materialization.asset_key.to_user_string()]
                self._now[step] = asset.key
                rows = "" if asset.rows is None else f"  {asset.rows:,} rows"
                self._line(step, f"{asset.key}{rows}", "green")
            case Event.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                if not evaluation.passed:
                    reason = f": {evaluation.description}" if evaluation.description else ""
                    name = f"{evaluation.check_name} of {evaluation.asset_key.to_user_string()}"
                    if evaluation.severity is AssetCheckSeverity.WARN:
                        self._line(step, f"{name}{reason}", "yellow")
                    else:
                        self._line(step, f"failed check {name}{reason}", "red")
            case Event.STEP_UP_FOR_RETRY:
                self._now[step] = "waits to try again"
                self._line(step, "failed for the moment; it will be tried again", "yellow")
            case Event.STEP_FAILURE:
                self._now.pop(step, None)
                self._line(step, "failed", "red")
            case Event.STEP_SUCCESS:
                self._now.pop(step, None)
                self._line(step, "done")
            case _:
                pass

    def _line(self, step: str, message: str, style: str = "") -> None:
        seconds = time.monotonic() - self._began
        self._console.print(Text(f"{seconds:6.1f} s  {step:<9}  ") + Text(message, style), soft_wrap=True)

    def _status(self) -> Group:
        seconds = time.monotonic() - self._began
        working = [Text(f"{seconds:6.1f} s  {step:<9}  {message}", "dim") for step, message in self._now.items()]
        return Group(*working or [Text(f"{seconds:6.1f} s  starting", "dim")])


def summary(results: Results, seconds: float) -> Table:
    """The table of all assets."""
    table = Table(Column("asset", no_wrap=True), title=f"{seconds:.0f} s", title_justify="left")
    for column in ("rows", "bytes", "seconds", "checks"):
        table.add_column(column, justify="right")
    for key, asset in sorted(results.assets.items(), key=lambda item: (_ORDER.get(item[0].split("/")[0], 0), item)):
        total = asset.checks_passed + len(asset.checks_failed)
        failed = asset in results.failed
        state = "" if asset.materialized else " failed" if failed else " not run"
        table.add_row(
            f"{key}{state}",
            "-" if asset.rows is None else f"{asset.rows:,}",
            "-" if asset.bytes is None else size(asset.bytes),
            "-" if asset.seconds is None else f"{asset.seconds:.1f}",
            f"{asset.checks_passed}/{total}" if total else "-",
            style="red" if failed else "" if asset.materialized else "dim",
        )
    return table


def warnings(results: Results) -> list[str]:
    """A line for each check that warns."""
    return [f"warning for {asset.key}: {warning}" for asset in results.assets.values() for warning in asset.warnings]


def failures(results: Results) -> list[str]:
    """A line for each failed step and check, one for the failed assets and one for those that were not run."""
    lines = [f"step {step} failed: {error}" for step, error in results.errors.items()]
    lines += [f"check {check} of {asset.key} failed" for asset in results.failed for check in asset.checks_failed]
    for what, assets in (
        ("failed assets", [asset for asset in results.failed if not asset.materialized]),
        ("not run because of that", results.not_run),
    ):
        if assets:
            lines.append(f"{what}: {', '.join(sorted(asset.key for asset in assets))}")
    return lines


_ORDER: Final = {"staging": 1, "build": 2, "marts": 3}
