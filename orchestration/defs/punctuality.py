"""How far behind the published tables are, told to the log whether or not anything runs.

The promise to analysts is that by morning all marts hold yesterday. It is broken alike by a run that failed, one that
was never started, and one that hangs, so what is measured is not the run but what it is for: how long ago the window
ended that the most outdated mart holds. A day's window ends at midnight, so this age is under 30 hours as long as marts
follow by six in the morning. The objective in terraform/modules/monitoring counts the looks at which it is.
"""

import datetime
from collections.abc import Callable, Iterable
from typing import Final

import dagster as dg

from extract.window import for_date
from orchestration import published, structured_log
from orchestration.environment import Environment

NAME: Final = "punctuality"
INTERVAL: Final = 900
"""Seconds between two looks."""


def build(
    environment: Environment,
    clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> dg.SensorDefinition:
    """The sensor."""

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the log how far behind the published tables are.",
    )
    def punctuality(_: dg.SensorEvaluationContext) -> dg.SkipReason:
        hours = hours_behind(published.windows(environment), environment.timezone, clock())
        if hours is None:
            return dg.SkipReason("nothing has been published yet")
        message = f"the most outdated published table is {hours:.1f} h behind"
        structured_log.emit(structured_log.PUBLISHED, message, hours_behind=round(hours, 2))
        return dg.SkipReason(message)

    return punctuality


def hours_behind(windows: Iterable[str], timezone: str, now: datetime.datetime) -> float | None:
    """Hours since the end of the oldest of these windows, given by partition id; None where there is none."""
    oldest = min(windows, default=None)
    if oldest is None:
        return None
    day = datetime.datetime.strptime(oldest, "%Y%m%d").date()
    return (now - for_date(day, timezone).end).total_seconds() / 3600
