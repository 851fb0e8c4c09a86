"""`kpi_monthly`: calendar months, of the days that have KPIs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from tests.kpis.calendar import month_of
from tests.kpis.daily import Facts, KpiDay
from tests.kpis.numeric import divide, total


@dataclass(frozen=True, slots=True)
class KpiMonth:
    month_start: date
    days: int
    monthly_active_users: int
    characters_spoken: int
    signups: int
    new_subscribers: int
    churned_subscribers: int
    resurrected_subscribers: int
    subscribers: int
    mrr: Decimal
    arpu: Decimal | None
    revenue_paid: Decimal
    revenue_refunded: Decimal
    acquisition_cost: Decimal
    cost_per_acquisition: Decimal | None


def kpi_monthly(facts: Facts, daily: list[KpiDay]) -> list[KpiMonth]:
    return [_month(facts, month, list(rows)) for month, rows in groupby(daily, key=lambda row: month_of(row.date_day))]


def _month(facts: Facts, month: date, rows: list[KpiDay]) -> KpiMonth:
    last, spent = rows[-1], total(row.acquisition_cost for row in rows)
    new = sum(row.new_subscribers for row in rows)
    return KpiMonth(
        month_start=month,
        days=len(rows),
        monthly_active_users=len(facts.active_within(row.date_day for row in rows)),
        characters_spoken=sum(row.characters_spoken for row in rows),
        signups=sum(row.signups for row in rows),
        new_subscribers=new,
        churned_subscribers=sum(row.churned_subscribers for row in rows),
        resurrected_subscribers=sum(row.resurrected_subscribers for row in rows),
        subscribers=last.subscribers,
        mrr=last.mrr,
        arpu=last.arpu,
        revenue_paid=total(row.revenue_paid for row in rows),
        revenue_refunded=total(row.revenue_refunded for row in rows),
        acquisition_cost=spent,
        cost_per_acquisition=divide(spent, new),
    )
