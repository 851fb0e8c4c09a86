"""`kpi_cohorts`: what became of those who signed up in the same month."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.kpis.calendar import DAY, days, month_of, next_month
from tests.kpis.daily import Facts
from tests.kpis.numeric import divide


@dataclass(frozen=True, slots=True)
class CohortMonth:
    cohort_month: date
    month_number: int
    month_start: date
    cohort_users: int
    active_users: int | None
    subscribers: int
    converted_users: int
    activity_retention: Decimal | None
    subscription_retention: Decimal | None
    conversion_rate: Decimal | None


def kpi_cohorts(facts: Facts) -> list[CohortMonth]:
    months = {month_of(user.signed_up_on) for user in facts.business.users.values()}
    found = []
    for cohort in sorted(months):
        members = {user_id for user_id, user in facts.business.users.items() if month_of(user.signed_up_on) == cohort}
        month, number = cohort, 0
        while month <= facts.business.last_day:
            found.append(_cohort(facts, cohort, members, month, number))
            month, number = next_month(month), number + 1
    return found


def _cohort(facts: Facts, cohort: date, members: set[int], month: date, number: int) -> CohortMonth:
    span = list(days(month, min(next_month(month) - DAY, facts.business.last_day)))
    active = len(members & facts.active_within(span)) if month >= month_of(facts.days[0]) else None
    subscribers = len(members & {user for day in span for user in facts.subscribers.on(day)})
    converted = sum(user in members and since <= span[-1] for user, since in facts.subscribers.since.items())
    return CohortMonth(
        cohort_month=cohort,
        month_number=number,
        month_start=month,
        cohort_users=len(members),
        active_users=active,
        subscribers=subscribers,
        converted_users=converted,
        activity_retention=divide(active, len(members)),
        subscription_retention=divide(subscribers, len(members)),
        conversion_rate=divide(converted, len(members)),
    )
