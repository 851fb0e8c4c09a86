"""Why MRR is another than the day before."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.kpis.business import Business
from tests.kpis.calendar import DAY
from tests.kpis.exchange import reporting
from tests.kpis.numeric import total
from tests.kpis.subscriptions import Subscribers, SubscriptionDay


@dataclass
class Movements:
    new: Decimal = field(default_factory=Decimal)
    resurrected: Decimal = field(default_factory=Decimal)
    expansion: Decimal = field(default_factory=Decimal)
    contraction: Decimal = field(default_factory=Decimal)
    churned: Decimal = field(default_factory=Decimal)
    exchange: Decimal = field(default_factory=Decimal)


def movements(business: Business, subscribers: Subscribers, day: date) -> Movements:
    """For each user and currency: what yesterday's amount is worth at today's rate, and what the amount changed by.

    Yesterday's amount is converted at both rates before they are compared: so the parts add up in spite of rounding.
    """
    found = Movements()
    new, resurrected, churned = subscribers.new(day), subscribers.resurrected(day), subscribers.churned(day)
    for user in subscribers.on(day) | subscribers.on(day - DAY):
        before = [row for row in subscribers.rows.get(day - DAY, []) if row.user_id == user]
        now = [row for row in subscribers.rows.get(day, []) if row.user_id == user]
        carried = total(reporting(business, _amount(before, name), name, day) for name in _currencies(before))
        found.exchange += carried - _mrr(before)
        change = _mrr(now) - carried
        if user in new:
            found.new += change
        elif user in resurrected:
            found.resurrected += change
        elif user in churned:
            found.churned -= change
        elif change > 0:
            found.expansion += change
        else:
            found.contraction -= change
    return found


def _currencies(rows: list[SubscriptionDay]) -> set[str]:
    return {row.currency for row in rows}


def _amount(rows: list[SubscriptionDay], currency: str) -> Decimal:
    return total(row.monthly_amount for row in rows if row.currency == currency)


def _mrr(rows: list[SubscriptionDay]) -> Decimal:
    return total(row.monthly_amount_reporting for row in rows)
