"""Local days of the platform's time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)


def local_day(instant: int | str | datetime) -> date:
    """The day of an instant: epoch seconds, or text with its offset from UTC."""
    if isinstance(instant, int):
        instant = datetime.fromtimestamp(instant, UTC)
    elif isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return instant.astimezone(TIMEZONE).date()


def days(first: date, last: date) -> Iterator[date]:
    """Both ends are in it."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def thirty_days(last: date) -> Iterator[date]:
    return days(last - 29 * DAY, last)


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return month_of(month + 31 * DAY)
