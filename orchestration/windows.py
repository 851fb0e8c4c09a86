"""Which window a run covers."""

import datetime
from typing import Final

from extract.errors import Terminal
from extract.window import Window, for_date, last_closed

FIRST_DAY: Final = datetime.date(2026, 1, 1)
"""The first partition; days before it cannot be run."""


def chosen(date: str | None, timezone: str) -> Window:
    """The window of a date written `YYYY-MM-DD`, by default the last one that has ended.

    Terminal when it is not a date, is before the first day, or has not ended yet.
    """
    if date is None:
        return last_closed(datetime.datetime.now(datetime.UTC), timezone)
    try:
        day = datetime.datetime.strptime(date, "%Y-%m-%d").date()
    except ValueError:
        raise Terminal(f"{date!r} is not a date; write it as YYYY-MM-DD") from None
    if day < FIRST_DAY:
        raise Terminal(f"{day} is before the first day, {FIRST_DAY}; choose a later one")
    window = for_date(day, timezone)
    window.require_closed()
    return window
