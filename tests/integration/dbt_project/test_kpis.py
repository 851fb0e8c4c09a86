"""KPIs after a window that changes days of the past: the days that they depend on are built again, and no others."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.dbt_project.warehouse import Row, Warehouse

FIRST, SECOND = datetime.date(2026, 11, 10), datetime.date(2026, 11, 11)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
KPIS = {
    "kpi_daily": "date_day",
    "kpi_monthly": "month_start",
    "kpi_cohorts": "cohort_month, month_number",
    "kpi_daily_targets": "date_day, metric",
    "wide_user_days": "date_day, user_id",
    "wide_users": "user_id",
}
BY_DAYS = ("wide_user_days", "int_user_months", "int_daily_usage", "int_daily_subscribers", "int_daily_revenue")
SELECTED = [argument for name in KPIS for argument in ("--select", f"+{name}")]


def seconds(day: int) -> int:
    """Noon in Tokyo of a day of November 2026."""
    return int(datetime.datetime(2026, 11, day, 12, tzinfo=TOKYO).timestamp())


def stripe(*objects: Row) -> list[Row]:
    return [{"id": each["id"], "object": each, "deleted": False} for each in objects]


def generation(user: int, day: str) -> Row:
    values = {"generationId": {"S": day}, "createdAt": {"S": f"{day}T03:00:00.000Z"}, "status": {"S": "succeeded"}}
    return {"userId": {"N": str(user)}, "characters": {"N": "10"}} | values


def change(user: int, day: str) -> Row:
    item = generation(user, day)
    keys = {name: item[name] for name in ("userId", "generationId")}
    return {"Metadata": {"WriteTimestampMicros": {"N": "0"}}, "Keys": keys, "NewImage": item}


def subscription(user: int, start: int, end: int | None = None) -> Row:
    dates = {"start_date": seconds(start), "ended_at": end and seconds(end)}
    named = {"id": f"sub_{user}", "customer": f"cus_{user}", "metadata": {"user_id": str(user)}}
    return named | {"status": "canceled" if end else "active"} | dates


def line(user: int, day: int) -> Row:
    item = {"subscription_item_details": {"subscription": f"sub_{user}"}}
    priced: Row = {"pricing": {"price_details": {"price": "monthly"}}, "period": {"start": seconds(day)}}
    return {"id": f"il_{user}", "invoice": "in_1", "amount": 1_500, "quantity": 1, "parent": item} | priced


def charge(name: str, user: int, day: int) -> Row:
    paid = {"amount": 1_500, "amount_refunded": 0, "currency": "jpy", "status": "succeeded"}
    return {"id": name, "customer": f"cus_{user}", "created": seconds(day)} | paid


def account(user: int, created_at: str) -> Row:
    return {"id": user, "created_at": created_at, "updated_at": created_at, "country": "JP"}


BOTH: dict[str, list[Row]] = {
    "aurora.users": [account(user, f"2026-10-2{user} 00:00:00+00") for user in (1, 2, 3)],
    "stripe.products": stripe({"id": "prod", "created": seconds(1), "metadata": {"plan": "creator"}}),
    "stripe.prices": stripe(
        {"id": "monthly", "product": "prod", "currency": "jpy", "unit_amount": 1_500, "created": seconds(1)}
        | {"recurring": {"interval": "month", "interval_count": 1}}
    ),
    "stripe.invoices": stripe({"id": "in_1", "created": seconds(3), "customer": "cus_1"}),
    "stripe.invoice_lines": stripe(line(1, 3), line(2, 4), line(3, 11)),
}
BEFORE = {
    "stripe.subscriptions": stripe(subscription(1, 3), subscription(2, 4)),
    "stripe.charges": stripe(charge("ch_1", 1, 3), charge("ch_2", 2, 4)),
}
# One window later: user 2's subscription has ended on the 9th, and user 3 has subscribed.
AFTER = {
    "stripe.subscriptions": stripe(subscription(1, 3), subscription(2, 4, end=9), subscription(3, 11)),
    "stripe.charges": stripe(charge("ch_1", 1, 3), charge("ch_2", 2, 4), charge("ch_3", 3, 11)),
}
# A generation of the 12th of October counts in the monthly users of the 10th of November, and not of the 11th.
GENERATIONS = [generation(1, "2026-10-12"), generation(2, "2026-11-09"), generation(1, "2026-11-10")]
CHANGES = [change(3, "2026-11-11"), change(3, "2026-11-08")]


def run(warehouse: Warehouse, day: datetime.date, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """The KPIs and wide tables after a run."""
    assert set(warehouse.dbt("run", *SELECTED, *arguments, day=day).values()) == {"success"}
    filters = {name: "where date_day >= '2000-01-01'" if name == "wide_user_days" else "" for name in KPIS}
    return {
        name: warehouse.rows(f"select * from build.{name} {filters[name]} order by {key}") for name, key in KPIS.items()
    }


def written(warehouse: Warehouse) -> dict[str, list[str]]:
    """The days that the last run has written of each table that is built by days."""
    labels = {name: warehouse.client.get_table(f"build.{name}").labels for name in BY_DAYS}
    assert all("before" in found for found in labels.values()), labels
    return {
        name: sorted(day[5:] for label, days in found.items() if label.startswith("days_") for day in days.split("_"))
        for name, found in labels.items()
    }


@pytest.fixture(scope="module")
def after(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """The KPIs after the windows of two days."""
    warehouse.deliver_with_receipt("raw_dynamodb.generations", FIRST, "full", [{"Item": one} for one in GENERATIONS])
    warehouse.deliver_with_receipt("raw_dynamodb.generations", SECOND, "changes", CHANGES)
    for day, tables in ((FIRST, BOTH | BEFORE), (SECOND, BOTH | AFTER)):
        for table, rows in tables.items():
            warehouse.deliver(f"raw_{table}", day, rows)
    run(warehouse, FIRST)
    return run(warehouse, SECOND)


def test_only_days_that_the_window_has_changed_or_that_depend_on_such_are_written(
    warehouse: Warehouse, after: dict[str, list[dict[str, Any]]]
) -> None:
    assert written(warehouse) == {
        "wide_user_days": ["11-08", "11-09", "11-10", "11-11"],
        "int_user_months": ["11-01"],
        "int_daily_usage": ["11-08", "11-09", "11-10", "11-11"],
        "int_daily_subscribers": ["11-09", "11-10", "11-11"],
        "int_daily_revenue": ["11-11"],
    }


def test_days_of_the_past_have_the_figures_that_are_known_by_now(after: dict[str, list[dict[str, Any]]]) -> None:
    days = {row["date_day"]: row for row in after["kpi_daily"]}
    assert min(days) == datetime.date(2026, 10, 12)
    columns = ("active_users", "monthly_active_users", "subscribers", "new_subscribers", "churned_subscribers", "mrr")
    found = {day.day: tuple(row[name] for name in columns) for day, row in days.items() if day.month == 11}
    assert {day: found[day] for day in (3, 4, 8, 9, 10, 11)} == {
        3: (0, 1, 1, 1, 0, 1_500),
        4: (0, 1, 2, 1, 0, 3_000),
        8: (1, 2, 2, 0, 0, 3_000),
        9: (1, 3, 1, 0, 1, 1_500),
        10: (1, 3, 1, 0, 0, 1_500),
        11: (1, 3, 2, 1, 0, 3_000),
    }
    assert days[SECOND]["conversion_rate"] == Decimal(1)


def test_a_run_that_goes_on_from_the_day_before_ends_as_one_that_builds_everything(
    warehouse: Warehouse, after: dict[str, list[dict[str, Any]]]
) -> None:
    assert run(warehouse, SECOND, "--full-refresh") == after
