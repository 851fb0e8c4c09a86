"""`wide_user_days` and `wide_users`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.kpis.business import Business, Generation, Money
from tests.kpis.daily import Facts, is_paid, is_refunded
from tests.kpis.exchange import reporting
from tests.kpis.numeric import total

RANK = {"free": 0, "creator": 1, "studio": 2}


@dataclass(frozen=True, slots=True)
class UserDay:
    date_day: date
    user_id: int
    country: str | None
    plan: str
    is_active: bool
    generations: int
    succeeded_generations: int
    failed_generations: int
    characters: int
    duration_ms: int
    cost_micros: int
    is_subscriber: bool
    mrr_reporting: Decimal
    paid_reporting: Decimal
    refunded_reporting: Decimal


@dataclass(frozen=True, slots=True)
class UserLife:
    user_id: int
    is_deleted: bool
    country: str | None
    plan: str
    signed_up_on: date | None
    first_active_on: date | None
    last_active_on: date | None
    active_days: int
    generations: int
    characters: int
    first_subscribed_on: date | None
    subscribed_days: int
    is_subscriber: bool
    days_to_subscribe: int | None
    paid_reporting: Decimal
    refunded_reporting: Decimal
    net_reporting: Decimal


def wide_user_days(facts: Facts) -> list[UserDay]:
    """One row for each user and day on which the user made something, subscribed, paid or was refunded."""
    business = facts.business
    made = defaultdict(list)
    for one in business.generations:
        made[one.created_on, one.user_id].append(one)
    subscribed = defaultdict(list)
    for day, rows in facts.subscribers.rows.items():
        for row in rows:
            subscribed[day, row.user_id].append(row)
    paid = _by_user_and_day(one for one in business.charges if is_paid(one))
    refunded = _by_user_and_day(one for one in business.refunds if is_refunded(one))
    found = []
    for day, user in sorted({*made, *subscribed, *paid, *refunded}):
        generations: list[Generation] = made.get((day, user), [])
        succeeded = [one for one in generations if one.status == "succeeded"]
        rows = subscribed.get((day, user), [])
        found.append(
            UserDay(
                date_day=day,
                user_id=user,
                country=business.users[user].country if user in business.users else None,
                plan=max((row.plan for row in rows), key=RANK.__getitem__, default="free"),
                is_active=bool(succeeded),
                generations=len(generations),
                succeeded_generations=len(succeeded),
                failed_generations=sum(one.status == "failed" for one in generations),
                characters=sum(one.characters for one in succeeded),
                duration_ms=sum(one.duration_ms for one in succeeded),
                cost_micros=sum(one.cost_micros for one in generations),
                is_subscriber=bool(rows),
                mrr_reporting=total(row.monthly_amount_reporting for row in rows),
                paid_reporting=_worth(business, paid.get((day, user), [])),
                refunded_reporting=_worth(business, refunded.get((day, user), [])),
            )
        )
    return found


def wide_users(business: Business, user_days: list[UserDay]) -> list[UserLife]:
    """One row for each account, and for each that is gone and known from what it bought or left behind."""
    lived = defaultdict(list)
    for row in user_days:
        lived[row.user_id].append(row)
    known = {*business.users, *business.project_owners, *(one.user_id for one in business.subscriptions)}
    return [_life(business, user, lived.get(user, [])) for user in sorted(known)]


def _life(business: Business, user_id: int, rows: list[UserDay]) -> UserLife:
    user = business.users.get(user_id)
    active = [row.date_day for row in rows if row.is_active]
    subscribed = [row.date_day for row in rows if row.is_subscriber]
    now = [row.plan for row in rows if row.date_day == business.last_day]
    paid, refunded = total(row.paid_reporting for row in rows), total(row.refunded_reporting for row in rows)
    return UserLife(
        user_id=user_id,
        is_deleted=user is None,
        country=user.country if user else None,
        plan=now[0] if now else "free",
        signed_up_on=user.signed_up_on if user else None,
        first_active_on=min(active, default=None),
        last_active_on=max(active, default=None),
        active_days=len(active),
        generations=sum(row.generations for row in rows),
        characters=sum(row.characters for row in rows),
        first_subscribed_on=min(subscribed, default=None),
        subscribed_days=len(subscribed),
        is_subscriber=business.last_day in subscribed,
        days_to_subscribe=(min(subscribed) - user.signed_up_on).days if user and subscribed else None,
        paid_reporting=paid,
        refunded_reporting=refunded,
        net_reporting=paid - refunded,
    )


def _by_user_and_day(moved: Iterable[Money]) -> dict[tuple[date, int], list[Money]]:
    found = defaultdict(list)
    for one in moved:
        found[one.day, one.user_id].append(one)
    return found


def _worth(business: Business, moved: list[Money]) -> Decimal:
    return total(reporting(business, one.amount, one.currency, one.day) for one in moved)
