"""Months, of the days that have KPIs, and what became of those who signed up in one."""

from datetime import date
from decimal import Decimal

from tests.kpis.cohorts import kpi_cohorts
from tests.kpis.daily import Facts, kpi_daily
from tests.kpis.monthly import kpi_monthly
from tests.unit.kpis.tiny import business, march, paid, spoken, subscription, users

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


def february(day: int) -> date:
    return date(2026, 2, day)


def test_a_month_adds_up_its_days_and_ends_with_the_last_of_them() -> None:
    known = business(
        users=users(february(20), february(27), february(28), march(1)),
        generations=[spoken(1, february(27)), spoken(1, february(28)), spoken(2, march(1)), spoken(1, march(4))],
        subscriptions=[subscription(1, "creator", february(28)), subscription(2, "studio", february(27), march(2))],
        charges=[paid(1, february(28), 1_500), paid(2, february(20), 6_000)],
        refunds=[paid(1, march(1), 500)],
        costs=[(february(27), Decimal(1_000)), (february(20), Decimal(50)), (march(3), Decimal(70))],
    )
    facts = Facts(known)
    first, second = kpi_monthly(facts, kpi_daily(facts))
    assert (first.month_start, first.days, first.monthly_active_users) == (FEBRUARY, 2, 1)
    assert (first.signups, first.new_subscribers, first.subscribers, first.mrr, first.arpu) == (2, 2, 2, 7_500, 3_750)
    assert (first.revenue_paid, first.acquisition_cost, first.cost_per_acquisition) == (1_500, 1_000, 500)
    assert (second.month_start, second.days, second.monthly_active_users, second.characters_spoken) == (
        MARCH,
        10,
        2,
        20,
    )
    assert (second.new_subscribers, second.churned_subscribers, second.mrr) == (0, 1, 1_500)
    assert (second.revenue_refunded, second.acquisition_cost, second.cost_per_acquisition) == (500, 70, None)


def test_a_cohort_is_followed_from_its_own_month_to_the_last() -> None:
    known = business(
        users=users(date(2026, 1, 31), february(1), february(10), february(28)),
        generations=[spoken(1, february(3)), spoken(2, march(2)), spoken(3, march(2), status="failed")],
        subscriptions=[subscription(2, "creator", february(5), february(7)), subscription(3, "creator", march(3))],
    )
    rows = kpi_cohorts(Facts(known))
    told = [
        (
            row.cohort_month.month,
            row.month_number,
            row.cohort_users,
            row.active_users,
            row.subscribers,
            row.converted_users,
        )
        for row in rows
    ]
    assert told == [
        (1, 0, 1, None, 0, 0),
        (1, 1, 1, 1, 0, 0),
        (1, 2, 1, 0, 0, 0),
        (2, 0, 3, 0, 1, 1),
        (2, 1, 3, 1, 1, 2),
    ]
    last = rows[-1]
    assert (last.cohort_month, last.month_start) == (FEBRUARY, MARCH)
    third = Decimal("0.333333333")
    assert (last.activity_retention, last.subscription_retention) == (third, third)
    assert last.conversion_rate == Decimal("0.666666667")
    assert rows[0].activity_retention is None
