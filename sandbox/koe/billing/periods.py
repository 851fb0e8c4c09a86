"""Billing periods: whole months in UTC."""

from calendar import monthrange
from datetime import UTC, datetime


def months_later(instant: int, months: int) -> int:
    """The same day and time some months later in UTC, or the month's last day where it has no such day."""
    moment = datetime.fromtimestamp(instant, UTC)
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return int(moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1])).timestamp())
