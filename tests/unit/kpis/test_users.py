"""What one user did, on a day and in all."""

from datetime import date

from tests.kpis.business import User
from tests.kpis.daily import Facts
from tests.kpis.users import UserDay, wide_user_days, wide_users
from tests.unit.kpis.tiny import business, march, paid, spoken, subscription

KNOWN = business(
    users={1: User("JP", date(2026, 2, 1)), 2: User(None, march(3))},
    project_owners={2, 8},
    generations=[
        *(spoken(1, march(2), 5), spoken(1, march(2), 7, "failed"), spoken(1, march(2), 11, "cancelled")),
        spoken(2, march(4), 3, "failed"),
    ],
    subscriptions=[
        *(subscription(1, "creator", march(8)), subscription(1, "studio", march(8), march(10))),
        subscription(7, "creator-usd", march(3), march(5)),
    ],
    charges=[paid(7, march(3), 1_100, "usd"), paid(2, march(5), 1_500, status="failed")],
    refunds=[paid(7, march(6), 100, "usd"), paid(7, march(7), 100, "usd", "failed")],
)


def rows() -> dict[tuple[int, int], UserDay]:
    return {(row.user_id, row.date_day.day): row for row in wide_user_days(Facts(KNOWN))}


def test_there_is_a_row_for_each_day_on_which_a_user_did_something_that_counts() -> None:
    assert [*rows()] == [(1, 2), (7, 3), (2, 4), (7, 4), (7, 6), (1, 8), (1, 9), (1, 10)]


def test_a_day_tells_what_was_made_and_what_of_it_succeeded() -> None:
    row = rows()[1, 2]
    assert (row.generations, row.succeeded_generations, row.failed_generations, row.is_active) == (3, 1, 1, True)
    assert (row.characters, row.duration_ms, row.cost_micros) == (5, 500, 23 * 7)
    assert not rows()[2, 4].is_active


def test_the_plan_of_a_day_is_the_highest_of_its_subscriptions() -> None:
    assert {key: row.plan for key, row in rows().items()} == {
        **{(1, 2): "free", (1, 8): "studio", (1, 9): "studio", (1, 10): "creator"},
        **{(2, 4): "free", (7, 3): "creator", (7, 4): "creator", (7, 6): "free"},
    }
    assert [rows()[1, day].mrr_reporting for day in (2, 8, 10)] == [0, 7_500, 1_500]


def test_money_is_counted_in_yen_of_its_day_for_accounts_that_are_gone_too() -> None:
    gone = rows()
    assert (gone[7, 3].paid_reporting, gone[7, 6].refunded_reporting, gone[7, 3].country) == (1_650, 160, None)


def test_a_life_is_the_sum_of_its_days() -> None:
    first, second, gone, never_paid = wide_users(KNOWN, wide_user_days(Facts(KNOWN)))
    assert (first.user_id, first.plan, first.is_subscriber, first.subscribed_days) == (1, "creator", True, 3)
    assert (first.first_active_on, first.last_active_on, first.active_days) == (march(2), march(2), 1)
    assert (first.generations, first.characters, first.days_to_subscribe) == (3, 5, 35)
    assert (second.country, second.signed_up_on, second.first_active_on) == (None, march(3), None)
    assert (second.generations, second.first_subscribed_on, second.days_to_subscribe) == (1, None, None)
    assert (gone.user_id, gone.is_deleted, gone.signed_up_on, gone.days_to_subscribe) == (7, True, None, None)
    assert (gone.first_subscribed_on, gone.is_subscriber, gone.plan) == (march(3), False, "free")
    assert (gone.paid_reporting, gone.refunded_reporting, gone.net_reporting) == (1_650, 160, 1_490)
    assert (never_paid.user_id, never_paid.is_deleted, never_paid.generations) == (8, True, 0)
