"""KPIs of businesses that were computed by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.kpis.business import Business, User
from tests.kpis.daily import Facts, KpiDay, kpi_daily
from tests.kpis.targets import kpi_daily_targets
from tests.unit.kpis.tiny import LAST, business, march, paid, spoken, subscription, users

NEW, BACK, MORE, LESS, LEFT, RATE = ("new", "resurrected", "expansion", "contraction", "churned", "exchange")


def daily(known: Business) -> dict[int, KpiDay]:
    return {row.date_day.day: row for row in kpi_daily(Facts(known))}


def moved(row: KpiDay) -> dict[str, Decimal]:
    """The movements that are not 0."""
    values = {name: getattr(row, f"mrr_{name}") for name in (NEW, BACK, MORE, LESS, LEFT, RATE)}
    return {name: value for name, value in values.items() if value}


def assert_movements_add_up(rows: dict[int, KpiDay]) -> None:
    for day in range(2, LAST.day + 1):
        row = rows[day]
        gained = row.mrr_new + row.mrr_resurrected + row.mrr_expansion + row.mrr_exchange
        assert row.mrr == rows[day - 1].mrr + gained - row.mrr_contraction - row.mrr_churned


def test_days_are_counted_from_the_first_generation_whatever_became_of_it() -> None:
    rows = daily(business(generations=[spoken(1, march(3), status="failed"), spoken(1, march(4))]))
    assert list(rows) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert [row.active_users for row in rows.values()] == [0, 1, 0, 0, 0, 0, 0, 0]


def test_only_what_succeeded_makes_a_user_active_and_counts_its_characters() -> None:
    made = [
        *(spoken(1, march(1), 5), spoken(1, march(1), 7), spoken(2, march(1), 11)),
        *(spoken(3, march(1), 100, "failed"), spoken(4, march(1), 100, "cancelled"), spoken(2, march(2), 1)),
    ]
    rows = daily(business(generations=made))
    assert (rows[1].active_users, rows[1].characters_spoken) == (2, 23)
    assert (rows[2].active_users, rows[2].monthly_active_users, rows[2].characters_spoken) == (1, 2, 1)


def test_monthly_active_users_are_those_of_thirty_days() -> None:
    first = date(2026, 2, 8)
    rows = {
        row.date_day: row for row in kpi_daily(Facts(business(generations=[spoken(1, first), spoken(2, march(8))])))
    }
    told = [rows[day].monthly_active_users for day in (first, march(7), march(8), march(9), march(10))]
    assert told == [1, 1, 2, 2, 1], "the 9th of March is 29 days after the 8th of February"


def test_signups_are_of_accounts_that_still_exist() -> None:
    rows = daily(business(users=users(march(1), march(3), march(3), date(2026, 2, 1))))
    assert [rows[day].signups for day in (1, 2, 3)] == [1, 0, 2]


def test_mrr_moves_with_what_each_user_does() -> None:
    rows = daily(
        business(
            subscriptions=[
                subscription(1, "creator", march(2), march(4)),
                subscription(1, "studio", march(7)),
                subscription(2, "studio", date(2026, 1, 15), None, (march(6), "creator")),
                subscription(3, "creator", march(2), None, (march(4), "studio")),
            ]
        )
    )
    assert {day: moved(row) for day, row in rows.items() if moved(row)} == {
        2: {NEW: 3_000},
        4: {LEFT: 1_500, MORE: 4_500},
        6: {LESS: 4_500},
        7: {BACK: 6_000},
    }
    assert [rows[day].mrr for day in (1, 2, 4, 6, 7)] == [6_000, 9_000, 12_000, 7_500, 13_500]
    assert [rows[day].arpu for day in (1, 2, 4)] == [6_000, 3_000, 6_000]
    assert_movements_add_up(rows)


def test_what_happened_on_the_first_day_is_measured_against_the_day_before_it() -> None:
    rows = daily(
        business(
            subscriptions=[
                subscription(1, "creator", date(2026, 2, 1), march(1)),
                subscription(2, "creator", date(2026, 2, 1)),
                subscription(3, "creator", date(2026, 1, 1), date(2026, 2, 1)),
                subscription(3, "studio", march(1)),
            ]
        )
    )
    first = rows[1]
    assert (first.subscribers, first.new_subscribers, first.retained_subscribers) == (2, 0, 1)
    assert (first.churned_subscribers, first.resurrected_subscribers) == (1, 1)
    assert moved(first) == {LEFT: 1_500, BACK: 6_000}


def test_a_rate_that_changes_moves_mrr_apart_from_what_users_do() -> None:
    """1,100 cents are 1,650 yen on the 4th and 1,760 on the 5th, when user 2 goes over to 4,300 cents (6,880 yen)."""
    rows = daily(
        business(
            subscriptions=[
                subscription(1, "creator-usd", march(2)),
                subscription(2, "creator-usd", march(2), None, (march(5), "studio-usd")),
                subscription(3, "creator-usd", march(2), march(5)),
                subscription(4, "creator", march(2)),
                subscription(5, "creator-usd", march(5)),
            ]
        )
    )
    assert rows[4].mrr == 3 * 1_650 + 1_500
    assert moved(rows[5]) == {RATE: 3 * 110, MORE: 6_880 - 1_760, LEFT: 1_760, NEW: 1_760}
    assert rows[5].mrr == 1_760 + 6_880 + 1_500 + 1_760
    assert_movements_add_up(rows)


def test_movements_add_up_to_the_last_digit_where_amounts_have_nine_decimals() -> None:
    rows = daily(business(subscriptions=[subscription(1, "creator-year-usd", march(2), march(8))]))
    assert moved(rows[2]) == {NEW: Decimal("1375.000000001")}
    assert moved(rows[5]) == {RATE: Decimal("91.666666666")}
    assert moved(rows[8]) == {LEFT: Decimal("1466.666666667")}
    assert_movements_add_up(rows)


def test_a_user_who_changes_the_currency_is_retained_and_moves_by_the_difference() -> None:
    rows = daily(
        business(
            subscriptions=[subscription(1, "creator", march(2), march(6)), subscription(1, "creator-usd", march(6))]
        )
    )
    assert (rows[6].retained_subscribers, moved(rows[6])) == (1, {MORE: 260})


def test_two_subscriptions_of_a_user_are_one_subscriber_with_the_sum_of_both() -> None:
    rows = daily(
        business(subscriptions=[subscription(1, "creator", march(2)), subscription(1, "studio", march(4), march(6))])
    )
    assert [(rows[day].subscribers, rows[day].mrr) for day in (3, 4, 6)] == [(1, 1_500), (1, 7_500), (1, 1_500)]
    assert (moved(rows[4]), moved(rows[6])) == ({MORE: 6_000}, {LESS: 6_000})


def test_money_counts_on_its_own_day_at_its_own_rate_where_it_was_moved() -> None:
    rows = daily(
        business(
            charges=[
                *(paid(1, march(4), 1_100, "usd"), paid(1, march(5), 1_100, "usd"), paid(2, march(4), 1_500)),
                *(paid(2, march(4), 6_000, status="failed"), paid(3, march(4), 1_001, "eur")),
            ],
            refunds=[
                *(paid(1, march(5), 550, "usd"), paid(2, march(5), 100, status="pending")),
                *(paid(2, march(5), 7, status="failed"), paid(2, march(5), 9, status="canceled")),
            ],
        )
    )
    assert rows[4].revenue_paid == 1_650 + 1_500 + Decimal("1652.8512")
    assert (rows[5].revenue_paid, rows[5].revenue_refunded) == (1_760, 880 + 100)
    assert (rows[6].revenue_paid, rows[6].revenue_refunded) == (0, 0)


def test_conversion_and_cost_of_acquisition_are_of_thirty_days_of_which_some_may_lie_before_the_first() -> None:
    rows = daily(
        business(
            users={
                **users(date(2026, 2, 1), date(2026, 2, 9), march(1)),
                9: User("JP", date(2026, 1, 1)),
            },
            subscriptions=[subscription(2, "creator", date(2026, 2, 10)), subscription(9, "creator", march(4))],
            costs=[(date(2026, 2, 2), Decimal(300)), (march(2), Decimal("700.5")), (march(2), Decimal(100))],
        )
    )
    assert [rows[day].acquisition_cost for day in (1, 2)] == [0, Decimal("800.5")]
    assert (rows[1].conversion_rate, rows[1].cost_per_acquisition) == (Decimal("0.333333333"), 300)
    assert rows[2].cost_per_acquisition == Decimal("1100.5")
    assert rows[3].conversion_rate == Decimal("0.5"), "who signed up on the 1st of February is out"
    assert rows[4].conversion_rate == 1
    assert rows[4].cost_per_acquisition == Decimal("400.25"), "300 yen of the 2nd of February are out"


def test_without_subscribers_and_signups_there_are_no_ratios() -> None:
    row = daily(business())[1]
    assert (row.mrr, row.arpu, row.conversion_rate, row.cost_per_acquisition) == (0, None, None, None)


def test_attainment_is_the_share_of_the_target_where_one_was_set() -> None:
    targets: dict[tuple[date, str], Any] = {
        (march(1), "active_users"): Decimal(3),
        (march(1), "churned_subscribers"): Decimal(0),
        (march(1), "arpu"): Decimal(2_700),
    }
    known = business(targets=targets)
    rows = {(row.date_day, row.metric): row for row in kpi_daily_targets(known, kpi_daily(Facts(known)))}
    assert len(rows) == 10 * 13
    active, churned, arpu = (rows[march(1), name] for name in ("active_users", "churned_subscribers", "arpu"))
    assert (active.value, active.target, active.attainment) == (1, 3, Decimal("0.333333333"))
    assert (churned.value, churned.target, churned.attainment) == (0, 0, None)
    assert (arpu.value, arpu.target, arpu.attainment) == (None, 2_700, None)
    assert rows[march(2), "active_users"].target is None
    assert {row.metric for row in rows.values() if not row.is_higher_better} == {
        "churned_subscribers",
        "cost_per_acquisition",
    }
