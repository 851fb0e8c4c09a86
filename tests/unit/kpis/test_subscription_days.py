"""When a subscription is active, and at which price."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.kpis.business import Line
from tests.kpis.subscriptions import Subscribers, subscription_days
from tests.unit.kpis.tiny import LAST, business, march, noon, subscription


def test_a_subscription_is_active_from_its_first_day_to_the_day_before_it_ended() -> None:
    rows = subscription_days(business(subscriptions=[subscription(1, "creator", march(2), march(5))]))
    assert [row.date_day for row in rows] == [march(2), march(3), march(4)]


def test_a_running_subscription_is_active_to_the_last_day() -> None:
    rows = subscription_days(business(subscriptions=[subscription(1, "creator", march(8))]))
    assert [row.date_day for row in rows] == [march(8), march(9), LAST]


def test_a_subscription_that_ends_on_its_first_day_or_begins_later_is_never_active() -> None:
    ended, later = subscription(1, "creator", march(2), march(2)), subscription(2, "creator", LAST + timedelta(days=1))
    assert subscription_days(business(subscriptions=[ended, later])) == []


def test_an_end_that_is_yet_to_come_ends_nothing() -> None:
    rows = subscription_days(business(subscriptions=[subscription(1, "creator", march(9), LAST + timedelta(days=3))]))
    assert [row.date_day for row in rows] == [march(9), LAST]


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_a_subscription_whose_first_payment_never_came_is_never_active(status: str) -> None:
    assert subscription_days(business(subscriptions=[subscription(1, "creator", march(2), status=status)])) == []


def test_a_price_holds_from_the_day_of_its_line_until_the_next_and_a_credit_changes_nothing() -> None:
    changing = subscription(1, "creator", march(2), None, (march(4), "studio"))
    credit = Line(noon(march(6)), "creator", 1, -700)
    rows = subscription_days(
        business(subscriptions=[subscription(1, "creator", march(2), lines=(*changing.lines, credit))])
    )
    assert [(row.date_day.day, row.plan, row.monthly_amount) for row in rows[:6]] == [
        (2, "creator", 1500),
        (3, "creator", 1500),
        (4, "studio", 6000),
        (5, "studio", 6000),
        (6, "studio", 6000),
        (7, "studio", 6000),
    ]


def test_a_yearly_price_counts_a_twelfth_in_its_currency_and_in_yen_at_the_rate_of_each_day() -> None:
    rows = subscription_days(business(subscriptions=[subscription(1, "creator-year-usd", march(4), march(6))]))
    assert [(row.currency, row.monthly_amount, row.monthly_amount_reporting) for row in rows] == [
        ("usd", Decimal("916.666666667"), Decimal("1375.000000001")),  # * 1.5
        ("usd", Decimal("916.666666667"), Decimal("1466.666666667")),  # * 1.6
    ]


def test_subscribers_are_new_once_retained_each_day_churned_the_day_after_and_resurrected_when_they_return() -> None:
    found = Subscribers(
        subscription_days(
            business(
                subscriptions=[
                    subscription(1, "creator", march(2), march(4)),
                    subscription(1, "studio", march(6), march(7)),
                    subscription(2, "creator", march(4)),
                    subscription(2, "studio", march(5), march(6)),
                ]
            )
        )
    )
    told = {
        day: (
            found.new(march(day)),
            found.retained(march(day)),
            found.churned(march(day)),
            found.resurrected(march(day)),
        )
        for day in range(1, 8)
    }
    assert told == {
        1: (set(), set(), set(), set()),
        2: ({1}, set(), set(), set()),
        3: (set(), {1}, set(), set()),
        4: ({2}, set(), {1}, set()),
        5: (set(), {2}, set(), set()),
        6: (set(), {2}, set(), {1}),
        7: (set(), {2}, {1}, set()),
    }
