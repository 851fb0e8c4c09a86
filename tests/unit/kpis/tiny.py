"""Businesses small enough to compute by hand; the last day is 2026-03-10, and a dollar rises to 160 yen on the 5th."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.kpis.business import Business, Generation, Line, Money, Price, Subscription, User

LAST = date(2026, 3, 10)
PRICES = {
    "creator": Price("creator", "jpy", 1_500, 1),
    "studio": Price("studio", "jpy", 6_000, 1),
    "creator-usd": Price("creator", "usd", 1_100, 1),
    "studio-usd": Price("studio", "usd", 4_300, 1),
    "creator-year-usd": Price("creator", "usd", 11_000, 12),
}
RATES = {
    ("usd", date(2025, 12, 1)): Decimal("150.00"),
    ("usd", date(2026, 3, 5)): Decimal("160.00"),
    ("eur", date(2025, 12, 1)): Decimal("165.12"),
}


def march(day: int) -> date:
    return date(2026, 3, day)


def noon(day: date) -> int:
    """Epoch seconds of noon in Tokyo."""
    return int(datetime(day.year, day.month, day.day, 3, tzinfo=UTC).timestamp())


def subscription(
    user: int, price: str, first: date, ended: date | None = None, *changes: tuple[date, str], **fields: Any
) -> Subscription:
    """`changes` are days from which another price holds."""
    lines = tuple(Line(noon(day), name, 1, PRICES[name].unit_amount) for day, name in ((first, price), *changes))
    return Subscription(
        **{
            "id": f"sub-{user}-{first}",
            "customer_id": f"cus-{user}",
            "user_id": user,
            "status": "active" if ended is None else "canceled",
            "first_day": first,
            "ended_on": ended,
            "lines": lines,
        }
        | fields
    )


def spoken(user: int, day: date, characters: int = 10, status: str = "succeeded") -> Generation:
    return Generation(user, day, status, characters, 0 if status == "failed" else characters * 100, characters * 7)


def paid(user: int, day: date, amount: int, currency: str = "jpy", status: str = "succeeded") -> Money:
    return Money(user, day, status, currency, amount)


def business(**fields: Any) -> Business:
    """With a generation on the 1st, so that KPIs begin there."""
    known = {"prices": PRICES, "rates": RATES, "generations": [spoken(1, march(1))]}
    return Business(**{"last_day": LAST} | known | fields)


def users(*signed_up: date) -> dict[int, User]:
    """Users 1, 2, 3 ..."""
    return {number: User("JP", day) for number, day in enumerate(signed_up, start=1)}
