"""What the KPIs are made of: the sample business's own records, as of the end of a day."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class User:
    """An account that still exists."""

    country: str | None
    signed_up_on: date


@dataclass(frozen=True, slots=True)
class Generation:
    user_id: int
    created_on: date
    status: str
    characters: int
    duration_ms: int
    cost_micros: int


@dataclass(frozen=True, slots=True)
class Price:
    plan: str
    currency: str
    unit_amount: int
    months: int
    """How many months it pays for."""


@dataclass(frozen=True, slots=True)
class Line:
    """What an invoice charges for a subscription from an instant (epoch seconds) on."""

    begins_at: int
    price_id: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    customer_id: str
    user_id: int
    status: str
    first_day: date
    """When it began, or when its trial ended."""
    ended_on: date | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """A charge or a refund."""

    user_id: int
    day: date
    status: str
    currency: str
    amount: int


@dataclass(frozen=True)
class Business:
    """Everything as of the end of `last_day`."""

    last_day: date
    users: dict[int, User] = field(default_factory=dict)
    project_owners: set[int] = field(default_factory=set)
    """Among them some whose account is gone."""
    generations: list[Generation] = field(default_factory=list)
    prices: dict[str, Price] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    charges: list[Money] = field(default_factory=list)
    refunds: list[Money] = field(default_factory=list)
    costs: list[tuple[date, Decimal]] = field(default_factory=list)
    """Days and yen; rows without a cost are left out."""
    rates: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    """Yen for a unit (a dollar, not a cent) of a currency, where one was published."""
    targets: dict[tuple[date, str], Decimal] = field(default_factory=dict)
    """Targets that were set."""
