"""kpi_daily over planted subscriptions and generations: what counts on which day, at which price."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.dbt_project.warehouse import Warehouse

FIRST, LAST = datetime.date(2026, 11, 1), datetime.date(2026, 11, 6)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
PRICES = {"small": (1_500, "month"), "large": (6_000, "month"), "year": (15_000, "year")}


def seconds(day: int, hour: int = 12) -> int:
    """An instant of November 2026 in Tokyo."""
    return int(datetime.datetime(2026, 11, day, hour, tzinfo=TOKYO).timestamp())


def stripe(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": row["id"], "object": row, "deleted": False} for row in rows]


def subscription(name: str, user: int, start: int, end: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "customer": f"cus_{user}",
        "metadata": {"user_id": str(user)},
        "status": "canceled" if end else "active",
        "start_date": start,
        "ended_at": end,
    } | more


def invoice(name: str, bought: str, at: int, *lines: tuple[str, int]) -> dict[str, Any]:
    """An invoice whose lines, (price, amount), begin when it is made."""
    return {
        "id": name,
        "created": at,
        "parent": {"subscription_details": {"subscription": bought}},
        "lines": {
            "data": [
                {
                    "amount": amount,
                    "quantity": 1,
                    "period": {"start": at},
                    "pricing": {"price_details": {"price": price}},
                }
                for price, amount in lines
            ]
        },
    }


SUBSCRIPTIONS = [
    subscription("upgraded", 1, seconds(1)),
    subscription("ends at midnight", 2, seconds(1), seconds(4, 0)),
    subscription("comes back", 2, seconds(6), trial_end=None),
    subscription("yearly, second of its user", 1, seconds(3)),
    subscription("gone within a day", 3, seconds(2, 9), seconds(2, 20)),
    subscription("never paid", 4, seconds(2), status="incomplete"),
    subscription("after the window", 5, seconds(7, 0)),
]
INVOICES = [
    invoice("in_1", "upgraded", seconds(1), ("small", 1_500)),
    invoice("in_2", "upgraded", seconds(5), ("small", -1_300), ("large", 5_200)),
    invoice("in_3", "ends at midnight", seconds(1), ("small", 1_500)),
    invoice("in_4", "comes back", seconds(6), ("small", 1_500)),
    invoice("in_5", "yearly, second of its user", seconds(3), ("year", 15_000)),
    invoice("in_6", "gone within a day", seconds(2, 9), ("small", 1_500)),
]


def generation(name: str, user: int, created_at: str, status: str, characters: int) -> dict[str, Any]:
    item = {"userId": {"N": str(user)}, "generationId": {"S": name}, "createdAt": {"S": created_at}}
    return {"Item": item | {"status": {"S": status}, "characters": {"N": str(characters)}}}


GENERATIONS = [
    generation("a", 1, "2026-11-01T00:00:00.000Z", "succeeded", 10),
    generation("b", 1, "2026-11-01T14:59:59.999Z", "succeeded", 5),
    generation("c", 2, "2026-11-01T15:00:00.000Z", "succeeded", 7),
    generation("d", 2, "2026-11-02T00:00:00.000Z", "failed", 100),
    generation("e", 3, "2026-11-02T00:00:00.000Z", "cancelled", 100),
]


@pytest.fixture(scope="module")
def kpis(warehouse: Warehouse) -> dict[str, list[Any]]:
    """kpi_daily by column, from the first day to the last."""
    prices = [
        {"id": name, "currency": "jpy", "unit_amount": amount, "recurring": {"interval": interval, "interval_count": 1}}
        for name, (amount, interval) in PRICES.items()
    ]
    targets = [{"Date": 46326 + day, "Metric": "mrr", "Target": 1000.5 * day} for day in (1, 2, 30)]
    warehouse.deliver("raw_stripe.prices", LAST, stripe(prices))
    warehouse.deliver("raw_stripe.subscriptions", LAST, stripe(SUBSCRIPTIONS))
    warehouse.deliver("raw_stripe.invoices", LAST, stripe(INVOICES))
    warehouse.deliver("raw_dynamodb.generations", LAST, GENERATIONS)
    rows = [{"row_number": number, "cells": cells} for number, cells in enumerate(targets, start=2)]
    warehouse.deliver("raw_sheets.kpi_targets", LAST, rows)
    statuses = warehouse.dbt("run", "--select", "+kpi_daily", day=LAST)
    assert set(statuses.values()) == {"success"}, statuses
    rows = warehouse.rows("select * from build.kpi_daily order by date_day")
    return {column: [row[column] for row in rows] for column in rows[0]}


def test_there_is_a_row_for_every_day_from_the_first_generation_to_the_window(kpis: dict[str, list[Any]]) -> None:
    assert kpis["date_day"] == [FIRST + datetime.timedelta(days=days) for days in range(6)]


def test_users_and_characters_of_generations_that_succeeded_count_on_their_local_day(
    kpis: dict[str, list[Any]],
) -> None:
    assert kpis["active_users"] == [1, 1, 0, 0, 0, 0]
    assert kpis["characters_spoken"] == [15, 7, 0, 0, 0, 0]


def test_a_subscriber_is_new_once_and_churns_on_the_day_that_no_subscription_outlasts(
    kpis: dict[str, list[Any]],
) -> None:
    assert kpis["new_subscribers"] == [2, 0, 0, 0, 0, 0]
    assert kpis["churned_subscribers"] == [0, 0, 0, 1, 0, 0]


def test_mrr_is_what_each_subscription_cost_at_the_end_of_the_day(kpis: dict[str, list[Any]]) -> None:
    yearly = 15_000 // 12
    assert kpis["mrr"] == [3_000, 3_000, 3_000 + yearly, 1_500 + yearly, 6_000 + yearly, 7_500 + yearly]


def test_a_target_stands_beside_its_figure_on_its_day(kpis: dict[str, list[Any]]) -> None:
    assert kpis["target_mrr"] == [Decimal("1000.5"), Decimal("2001"), None, None, None, None]
    assert kpis["target_active_users"] == [None] * 6
