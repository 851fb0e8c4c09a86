"""The span of time that the sample business covers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Asia/Tokyo")
USUAL_DAYS = 60
EVENT_DAYS = 30
"""Stripe keeps events for 30 days."""
DAYS_BEFORE_HISTORY = 240
"""The business opened so many days before its usage begins: accounts and bills are older than usage."""

DAY = 86_400
HOUR = 3_600


@dataclass(frozen=True)
class History:
    """Whole days in Asia/Tokyo, the last of them `end_date`. All instants are epoch seconds.

    A longer history is the usual one with its days drawn out: as many people, who come over the longer time, and as
    much work on the last day.
    """

    end_date: date
    days: int = USUAL_DAYS

    @cached_property
    def end(self) -> int:
        """The first instant after the history."""
        return _midnight(self.end_date + timedelta(days=1))

    @cached_property
    def start(self) -> int:
        return self.end - self.days * DAY

    @cached_property
    def launch(self) -> int:
        """When the first account was opened."""
        return self.start - DAYS_BEFORE_HISTORY * DAY

    @cached_property
    def events_start(self) -> int:
        """Events before this instant are no longer kept by Stripe."""
        return self.end - EVENT_DAYS * DAY

    @property
    def dates(self) -> list[date]:
        """The local days of the history, oldest first."""
        return [self.end_date - timedelta(days=days) for days in reversed(range(self.days))]


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time.min, TIMEZONE).timestamp())


def utc(milliseconds: int) -> datetime:
    """Epoch milliseconds as an aware datetime."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def iso_milliseconds(milliseconds: int) -> str:
    """Epoch milliseconds as the product writes instants: `2026-10-01T12:34:56.789Z`."""
    return utc(milliseconds).strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
