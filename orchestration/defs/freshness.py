"""Freshness: how long ago the newest loaded window of each raw table ended, watched whether or not anything runs.

The check `freshness` of a raw table is evaluated with every load, and by a sensor, which looks at the receipts without
a run of its own: one would wait in the queue behind the very run that hangs. It tells Slack when a table has become
late and when that is over. Dagster's own freshness policies ask when an asset was last materialized, and a backfill of
an old day would answer that.
"""

import datetime
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import dagster as dg

from extract.contract import Table
from extract.freshness import Freshness
from orchestration import clients, structured_log
from orchestration.defs import alerts
from orchestration.environment import SLACK_WEBHOOK, Environment, has_secret

FRESHNESS: Final = "freshness"
INTERVAL: Final = 900
"""Seconds between two looks."""

_ORDER: Final = ("", "WARN", "ERROR")
"""From fresh to an error: what the cursor calls a table, after Dagster's severities."""

Ends = Mapping[tuple[str, str], datetime.datetime]
"""The end of the newest loaded window, by source and table."""

Cursor = Mapping[str, Mapping[str, str]]
"""What was told last, by table: `since`, from which its age counts, and `level`, one of _ORDER."""


def key(asset: dg.AssetKey) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(asset, FRESHNESS)


def spec(asset: dg.AssetKey, freshness: Freshness) -> dg.AssetCheckSpec:
    limits = (("late", freshness.warn_after), ("an error", freshness.error_after))
    told = ", ".join(f"{what} after {_hours(limit)}" for what, limit in limits if limit)
    description = f"How long ago the newest loaded window ended: {told}."
    return dg.AssetCheckSpec(FRESHNESS, asset=asset, description=description)


def result(asset: dg.AssetKey, table: Table, ends: Ends, now: datetime.datetime) -> dg.AssetCheckResult:
    """The check in a run, where a late table is a warning at most: a backfill of another day has done its part."""
    end = ends.get((table.source, table.name))
    return dg.AssetCheckResult(
        check_name=FRESHNESS,
        asset_key=asset,
        passed=not _level(table, end or now, now),
        severity=dg.AssetCheckSeverity.WARN,
        description=_text(end, end or now, now),
    )


def build(
    environment: Environment,
    tables: Iterable[Table],
    clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> dg.SensorDefinition:
    """The sensor."""
    watched = [table for table in tables if table.freshness]

    @dg.sensor(
        name=FRESHNESS,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Evaluates the freshness of every raw table, and tells Slack of those that are late.",
    )
    def freshness(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        ends = clients.receipts(environment).window_ends()
        found = look(watched, ends, json.loads(context.cursor or "{}"), clock())
        late = {"tables": len(watched), "late_tables": found.late}
        structured_log.emit(structured_log.FRESHNESS, found.summary, "WARNING" if found.late else "INFO", **late)
        # When this fails, so does the look, and the next one tells it again.
        if found.lines and has_secret(SLACK_WEBHOOK):
            alerts.send("\n".join([f"{environment.name}: freshness of raw tables", *found.lines]))
        return dg.SensorResult(
            skip_reason=found.summary, cursor=json.dumps(found.cursor), asset_events=found.evaluations
        )

    return freshness


@dataclass(frozen=True)
class Look:
    """What a look at all tables found: what is new, as evaluations and as lines for people, and how many are late."""

    evaluations: Sequence[dg.AssetCheckEvaluation]
    lines: Sequence[str]
    cursor: Cursor
    late: int
    summary: str


def look(tables: Sequence[Table], ends: Ends, cursor: Cursor, now: datetime.datetime) -> Look:
    """Compare the tables with what was told of them last. A table never loaded ages from the first look at it."""
    evaluations, lines, told = [], [], {}
    for table in tables:
        before = cursor.get(str(table), {"since": now.isoformat(), "level": ""})
        end = ends.get((table.source, table.name))
        since = end or datetime.datetime.fromisoformat(before["since"])
        level, text = _level(table, since, now), _text(end, since, now)
        told[str(table)] = {"since": since.isoformat(), "level": level}
        if told[str(table)] != cursor.get(str(table)):
            evaluations.append(
                dg.AssetCheckEvaluation(
                    asset_key=dg.AssetKey([table.dataset, table.name]),
                    check_name=FRESHNESS,
                    passed=not level,
                    severity=dg.AssetCheckSeverity(level or "WARN"),
                    description=text,
                )
            )
        if _ORDER.index(level) > _ORDER.index(before["level"]):
            lines.append(f"• {table.dataset}/{table.name}: {text}; run what is missing")
        elif before["level"] and not level:
            lines.append(f"• {table.dataset}/{table.name}: fresh again")
    if len(lines) > alerts.LISTED:
        lines = [*lines[: alerts.LISTED], f"and {len(lines) - alerts.LISTED} more"]
    late = sum(1 for state in told.values() if state["level"])
    return Look(evaluations, lines, told, late, f"{late} of {len(tables)} tables are late")


def _level(table: Table, since: datetime.datetime, now: datetime.datetime) -> str:
    limits = table.freshness or Freshness(None, None)
    for level, limit in (("ERROR", limits.error_after), ("WARN", limits.warn_after)):
        if limit and now - since > limit:
            return level
    return ""


def _text(end: datetime.datetime | None, since: datetime.datetime, now: datetime.datetime) -> str:
    if end is None:
        return f"nothing has been loaded in the {_hours(now - since)} since the first look"
    return f"the newest loaded window ended {end:%F %R} UTC, {_hours(now - since)} ago"


def _hours(span: datetime.timedelta) -> str:
    return f"{span.total_seconds() / 3600:.0f} h"
