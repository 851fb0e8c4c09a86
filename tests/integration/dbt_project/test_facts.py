"""Facts of money after amounts, rates and subscriptions of days long past have changed: those days are built again."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.dbt_project.warehouse import Row, Warehouse

FIRST, SECOND = datetime.date(2026, 11, 10), datetime.date(2026, 11, 11)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
FACTS = ("fct_subscription_days", "fct_payments", "fct_campaign_costs")
SELECTED = [argument for fact in FACTS for argument in ("--select", f"+{fact}")]
PRICES = {"small": 1_100, "large": 4_300}


def seconds(day: int, hour: int = 12) -> int:
    """An instant of November 2026 in Tokyo."""
    return int(datetime.datetime(2026, 11, day, hour, tzinfo=TOKYO).timestamp())


def stripe(*objects: Row) -> list[Row]:
    return [{"id": each["id"], "object": each, "deleted": False} for each in objects]


def sheet(*cells: Row) -> list[Row]:
    return [{"row_number": number, "cells": row} for number, row in enumerate(cells, start=2)]


def serial(day: int) -> int:
    """A day of November 2026 as spreadsheets count it."""
    return (datetime.date(2026, 11, day) - datetime.date(1899, 12, 30)).days


def rate(day: int, yen: float) -> Row:
    return {"Date": serial(day), "Currency": "USD", "JPY per unit": yen}


def subscription(name: str, ended_at: int | None = None) -> Row:
    status = "canceled" if ended_at else "active"
    dates = {"start_date": seconds(3), "ended_at": ended_at}
    return {"id": name, "customer": "cus_1", "metadata": {"user_id": "1"}, "status": status, **dates}


def line(name: str, of: str, price: str, day: int) -> Row:
    item = {"subscription_item_details": {"subscription": of}}
    more: Row = {"pricing": {"price_details": {"price": price}}, "parent": item, "period": {"start": seconds(day)}}
    return {"id": name, "invoice": "in_1", "amount": 0, "quantity": 1, **more}


def charge(name: str, day: int, refunded: int = 0) -> Row:
    amounts = {"amount": 1_100, "amount_refunded": refunded, "currency": "usd"}
    return {"id": name, "customer": "cus_1", "status": "succeeded", "created": seconds(day), **amounts}


def deliver(warehouse: Warehouse, day: datetime.date, tables: dict[str, list[Row]]) -> None:
    for table, rows in tables.items():
        warehouse.deliver(f"raw_{table}", day, rows)


BOTH: dict[str, list[Row]] = {
    "stripe.products": stripe({"id": "prod", "created": seconds(1), "metadata": {"plan": "creator"}}),
    "stripe.prices": stripe(
        *(
            {"id": name, "product": "prod", "currency": "usd", "unit_amount": amount, "created": seconds(1)}
            | {"recurring": {"interval": "month", "interval_count": 1}}
            for name, amount in PRICES.items()
        )
    ),
    "stripe.invoices": stripe({"id": "in_1", "created": seconds(3), "customer": "cus_1"}),
}
BEFORE: dict[str, list[Row]] = {
    "stripe.subscriptions": stripe(subscription("upgraded"), subscription("ended")),
    "stripe.invoice_lines": stripe(line("il_1", "upgraded", "small", 3), line("il_2", "ended", "small", 3)),
    "stripe.charges": stripe(charge("ch_1", 3), charge("ch_2", 8)),
    "sheets.exchange_rates": sheet(rate(2, 150), rate(9, 152)),
    "sheets.campaign_costs": sheet(
        {"Date": serial(4), "Code": "007", "Cost (JPY)": 100}, {"Date": serial(5), "Code": "007", "Cost (JPY)": 100}
    ),
}
# One window later: one subscription ended on the 9th, the other has cost more since the 8th, the dollar another rate
# from the 6th until the 8th, a charge was given back, and a cost was put right.
AFTER: dict[str, list[Row]] = {
    "stripe.subscriptions": stripe(subscription("upgraded"), subscription("ended", seconds(9))),
    "stripe.invoice_lines": stripe(
        line("il_1", "upgraded", "small", 3), line("il_2", "ended", "small", 3), line("il_3", "upgraded", "large", 8)
    ),
    "stripe.charges": stripe(charge("ch_1", 3, refunded=1_100), charge("ch_2", 8)),
    "sheets.exchange_rates": sheet(rate(2, 150), rate(6, 160), rate(9, 152)),
    "sheets.campaign_costs": sheet(
        {"Date": serial(4), "Code": "007", "Cost (JPY)": 200}, {"Date": serial(5), "Code": "007", "Cost (JPY)": 100}
    ),
}
PARTITIONS = {"fct_subscription_days": "date_day", "fct_payments": "paid_on", "fct_campaign_costs": "cost_date"}


def run(warehouse: Warehouse, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """The facts after a run of the second window."""
    assert set(warehouse.dbt("run", *SELECTED, *arguments, day=SECOND).values()) == {"success"}
    return {
        fact: warehouse.rows(f"select * from build.{fact} where {day} >= '2000-01-01' order by 1, 2")
        for fact, day in PARTITIONS.items()
    }


def written(warehouse: Warehouse) -> dict[str, list[int]]:
    """The days of November that the last run has written of each fact."""
    labels = {fact: warehouse.client.get_table(f"build.{fact}").labels for fact in FACTS}
    assert all("before" in found for found in labels.values())
    return {
        fact: sorted(
            int(day[-2:]) for name, days in found.items() if name.startswith("days_") for day in days.split("_")
        )
        for fact, found in labels.items()
    }


@pytest.fixture(scope="module")
def after(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """The facts after the windows of two days."""
    deliver(warehouse, FIRST, BOTH | BEFORE)
    deliver(warehouse, SECOND, BOTH | AFTER)
    assert set(warehouse.dbt("run", *SELECTED, day=FIRST).values()) == {"success"}
    found = run(warehouse)
    assert written(warehouse) == {
        "fct_subscription_days": [6, 7, 8, 9, 10, 11],
        "fct_payments": [3, 8],
        "fct_campaign_costs": [4],
    }
    return found


def test_days_long_past_have_the_prices_ends_and_rates_that_are_known_by_now(
    after: dict[str, list[dict[str, Any]]],
) -> None:
    found = {
        (row["subscription_id"], row["date_day"].day): (row["monthly_amount"], row["monthly_amount_reporting"])
        for row in after["fct_subscription_days"]
    }
    rates = dict(zip(range(3, 12), map(Decimal, ["1.5"] * 3 + ["1.6"] * 3 + ["1.52"] * 3), strict=True))
    amounts = {("upgraded", day): 1_100 if day < 8 else 4_300 for day in range(3, 12)}
    amounts |= {("ended", day): 1_100 for day in range(3, 9)}
    assert found == {key: (amount, amount * rates[key[1]]) for key, amount in amounts.items()}


def test_a_charge_that_was_given_back_later_says_so_and_has_the_rate_that_is_known_by_now(
    after: dict[str, list[dict[str, Any]]],
) -> None:
    found = [(row["charge_id"], row["amount_refunded"], row["amount_reporting"]) for row in after["fct_payments"]]
    assert found == [("ch_1", 1_100, 1_650), ("ch_2", 0, 1_760)]


def test_a_cost_that_was_put_right_is_right(after: dict[str, list[dict[str, Any]]]) -> None:
    assert [row["cost_reporting"] for row in after["fct_campaign_costs"]] == [200, 100]


def test_a_run_that_finds_nothing_changed_writes_nothing_and_a_full_refresh_makes_the_same(
    warehouse: Warehouse, after: dict[str, list[dict[str, Any]]]
) -> None:
    statuses = warehouse.dbt("test", "--select", *FACTS, "--indirect-selection", "cautious", day=SECOND)
    assert set(statuses.values()) <= {"pass", "skipped"}
    assert run(warehouse) == after
    assert written(warehouse) == {fact: [] for fact in FACTS}
    assert run(warehouse, "--full-refresh") == after


def test_an_amount_without_a_rate_fails(warehouse: Warehouse, after: dict[str, list[dict[str, Any]]]) -> None:
    unknown = {**charge("ch_3", 9), "currency": "gbp"}
    warehouse.deliver("raw_stripe.charges", SECOND, [*AFTER["stripe.charges"], *stripe(unknown)])
    run(warehouse)
    name = "at_the_days_rate_fct_payments_amount__amount_reporting__paid_on"
    assert warehouse.dbt("test", "--select", name, day=SECOND) == {name: "fail"}
