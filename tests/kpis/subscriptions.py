"""Who subscribes to what on which day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.kpis.business import Business, Subscription
from tests.kpis.calendar import DAY, days, local_day
from tests.kpis.exchange import reporting
from tests.kpis.numeric import divide

NEVER_BEGUN = ("incomplete", "incomplete_expired")


@dataclass(frozen=True, slots=True)
class SubscriptionDay:
    """A subscription that is active at the day's end."""

    date_day: date
    subscription_id: str
    customer_id: str
    user_id: int
    price_id: str
    plan: str
    currency: str
    monthly_amount: Decimal
    monthly_amount_reporting: Decimal


def subscription_days(business: Business) -> list[SubscriptionDay]:
    found = []
    for subscription in business.subscriptions:
        if subscription.status in NEVER_BEGUN:
            continue
        last = business.last_day if subscription.ended_on is None else subscription.ended_on - DAY
        for day in days(subscription.first_day, min(last, business.last_day)):
            found.append(_on(business, subscription, day))
    return found


def _on(business: Business, subscription: Subscription, day: date) -> SubscriptionDay:
    line = max(
        (one for one in subscription.lines if one.amount >= 0 and local_day(one.begins_at) <= day),
        key=lambda one: one.begins_at,
    )
    price = business.prices[line.price_id]
    monthly = divide(price.unit_amount * line.quantity, price.months)
    assert monthly is not None
    return SubscriptionDay(
        date_day=day,
        subscription_id=subscription.id,
        customer_id=subscription.customer_id,
        user_id=subscription.user_id,
        price_id=line.price_id,
        plan=price.plan,
        currency=price.currency,
        monthly_amount=monthly,
        monthly_amount_reporting=reporting(business, monthly, price.currency, day),
    )


class Subscribers:
    """The users who subscribe, by day; days before the first KPI are in it too."""

    def __init__(self, rows: list[SubscriptionDay]) -> None:
        self.rows: dict[date, list[SubscriptionDay]] = defaultdict(list)
        self.since: dict[int, date] = {}
        """The first day on which each user subscribed."""
        for row in rows:
            self.rows[row.date_day].append(row)
            self.since[row.user_id] = min(self.since.get(row.user_id, row.date_day), row.date_day)

    def on(self, day: date) -> set[int]:
        return {row.user_id for row in self.rows.get(day, [])}

    def new(self, day: date) -> set[int]:
        return {user for user in self.on(day) if self.since[user] == day}

    def retained(self, day: date) -> set[int]:
        return self.on(day) & self.on(day - DAY)

    def churned(self, day: date) -> set[int]:
        return self.on(day - DAY) - self.on(day)

    def resurrected(self, day: date) -> set[int]:
        return self.on(day) - self.on(day - DAY) - self.new(day)
