"""Windows: the half-open interval of time that a run covers.

A daily partition is one window. Its day is a day of the platform's time zone, so a window is 24 hours long except on
the two days of the year on which that zone changes its clocks.
"""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from extract.errors import Terminal


@dataclass(frozen=True)
class Window:
    """The interval `[start, end)`.

    `start` and `end` are aware datetimes in UTC; `date` is the local day that they span. An interval that is empty,
    runs backwards, or has no time zone is a `ValueError`.
    """

    start: datetime.datetime
    end: datetime.datetime
    date: datetime.date

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window's start and end need a time zone")
        if self.start >= self.end:
            raise ValueError(f"a window starts before it ends, not {self.start.isoformat()} to {self.end.isoformat()}")

    @property
    def partition_id(self) -> str:
        """`YYYYMMDD`, as BigQuery writes a daily partition after the `$`."""
        return self.date.strftime("%Y%m%d")

    def require_closed(self, now: datetime.datetime | None = None) -> None:
        """Raise Terminal unless the window has ended: a window that is still open has no final content."""
        if self.end > (now or datetime.datetime.now(datetime.UTC)):
            raise Terminal(
                f"the window of {self.date} is in the future: it ends at {self.end.isoformat()}; "
                "choose a day that has ended in the platform's time zone"
            )


def for_date(date: datetime.date, timezone: str) -> Window:
    """The window of one day in a time zone of the IANA database, such as `Asia/Tokyo`.

    Terminal when the zone is unknown, or has no such day (Samoa left out 2011-12-30).
    """
    start, end = _midnight(date, timezone), _midnight(date + datetime.timedelta(days=1), timezone)
    if start >= end:
        raise Terminal(f"there is no {date} in {timezone}: that zone's calendar leaves the day out; choose another day")
    return Window(start, end, date)


def last_closed(now: datetime.datetime, timezone: str) -> Window:
    """The newest daily window that has ended at `now` (aware). Terminal when the zone is unknown."""
    day = now.astimezone(_zone(timezone)).date()
    while True:
        day -= datetime.timedelta(days=1)
        # Two midnights are the same instant when a zone leaves a day out; that day is nobody's window.
        if _midnight(day, timezone) < _midnight(day + datetime.timedelta(days=1), timezone):
            return for_date(day, timezone)


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        advice = "use a name of the IANA database, such as Asia/Tokyo"
        raise Terminal(f"unknown time zone {timezone!r}; {advice}") from error


def _midnight(date: datetime.date, timezone: str) -> datetime.datetime:
    # fold=0 is right in both odd cases: a midnight that the clocks skip becomes the instant of the change, and of a
    # midnight that comes twice it is the first (PEP 495).
    local = datetime.datetime.combine(date, datetime.time(), _zone(timezone))
    return local.astimezone(datetime.UTC)
