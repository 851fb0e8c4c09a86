"""`kpi_daily`, and what its rows are made of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.kpis.business import Business, Money
from tests.kpis.calendar import days, thirty_days
from tests.kpis.exchange import reporting
from tests.kpis.movements import movements
from tests.kpis.numeric import divide, total
from tests.kpis.subscriptions import Subscribers, subscription_days


@dataclass(frozen=True, slots=True)
class KpiDay:
    date_day: date
    active_users: int
    monthly_active_users: int
    characters_spoken: int
    signups: int
    subscribers: int
    new_subscribers: int
    retained_subscribers: int
    churned_subscribers: int
    resurrected_subscribers: int
    mrr: Decimal
    mrr_new: Decimal
    mrr_resurrected: Decimal
    mrr_expansion: Decimal
    mrr_contraction: Decimal
    mrr_churned: Decimal
    mrr_exchange: Decimal
    arpu: Decimal | None
    revenue_paid: Decimal
    revenue_refunded: Decimal
    acquisition_cost: Decimal
    conversion_rate: Decimal | None
    cost_per_acquisition: Decimal | None


class Facts:
    """The business's records, gathered by day."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.subscribers = Subscribers(subscription_days(business))
        self.active: dict[date, set[int]] = defaultdict(set)
        self.characters: dict[date, int] = defaultdict(int)
        for one in business.generations:
            if one.status == "succeeded":
                self.active[one.created_on].add(one.user_id)
                self.characters[one.created_on] += one.characters
        self.signed_up: dict[date, int] = defaultdict(int)
        for user in business.users.values():
            self.signed_up[user.signed_up_on] += 1

    @property
    def days(self) -> list[date]:
        """From the first day with a generation to the last of the business."""
        first = min(one.created_on for one in self.business.generations)
        return list(days(first, self.business.last_day))

    def active_within(self, span: Iterable[date]) -> set[int]:
        return {user for day in span for user in self.active.get(day, ())}

    def paid(self, day: date) -> Decimal:
        return self._worth(one for one in self.business.charges if is_paid(one) and one.day == day)

    def refunded(self, day: date) -> Decimal:
        return self._worth(one for one in self.business.refunds if is_refunded(one) and one.day == day)

    def spent(self, day: date) -> Decimal:
        return total(reporting(self.business, cost, "jpy", on) for on, cost in self.business.costs if on == day)

    def _worth(self, moved: Iterable[Money]) -> Decimal:
        return total(reporting(self.business, one.amount, one.currency, one.day) for one in moved)


def is_paid(charge: Money) -> bool:
    return charge.status == "succeeded"


def is_refunded(refund: Money) -> bool:
    return refund.status not in ("failed", "canceled")


def kpi_daily(facts: Facts) -> list[KpiDay]:
    return [_day(facts, day) for day in facts.days]


def _day(facts: Facts, day: date) -> KpiDay:
    subscribers, moved = facts.subscribers, movements(facts.business, facts.subscribers, day)
    mrr = total(row.monthly_amount_reporting for row in subscribers.rows.get(day, []))
    month = list(thirty_days(day))
    new_of_month = sum(len(subscribers.new(one)) for one in month)
    return KpiDay(
        date_day=day,
        active_users=len(facts.active.get(day, ())),
        monthly_active_users=len(facts.active_within(month)),
        characters_spoken=facts.characters.get(day, 0),
        signups=facts.signed_up.get(day, 0),
        subscribers=len(subscribers.on(day)),
        new_subscribers=len(subscribers.new(day)),
        retained_subscribers=len(subscribers.retained(day)),
        churned_subscribers=len(subscribers.churned(day)),
        resurrected_subscribers=len(subscribers.resurrected(day)),
        mrr=mrr,
        mrr_new=moved.new,
        mrr_resurrected=moved.resurrected,
        mrr_expansion=moved.expansion,
        mrr_contraction=moved.contraction,
        mrr_churned=moved.churned,
        mrr_exchange=moved.exchange,
        arpu=divide(mrr, len(subscribers.on(day))),
        revenue_paid=facts.paid(day),
        revenue_refunded=facts.refunded(day),
        acquisition_cost=facts.spent(day),
        conversion_rate=divide(new_of_month, sum(facts.signed_up.get(one, 0) for one in month)),
        cost_per_acquisition=divide(total(facts.spent(one) for one in month), new_of_month),
    )
