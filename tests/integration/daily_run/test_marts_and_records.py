"""The KPIs are what plain Python computes from the sample business's own records: every column, every day, exactly."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import Any

import pytest

from sandbox.koe.records import Records
from tests.kpis.cohorts import kpi_cohorts
from tests.kpis.daily import Facts, KpiDay, kpi_daily
from tests.kpis.monthly import kpi_monthly
from tests.kpis.reading import read
from tests.kpis.subscriptions import subscription_days
from tests.kpis.targets import kpi_daily_targets
from tests.kpis.users import wide_user_days, wide_users
from tests.support import Sandbox

Row = dict[str, Any]
EXPECTED: dict[str, tuple[tuple[str, ...], Callable[[Facts], Iterable[Any]]]] = {
    "fct_subscription_days": (("date_day", "subscription_id"), lambda facts: subscription_days(facts.business)),
    "kpi_daily": (("date_day",), kpi_daily),
    "kpi_monthly": (("month_start",), lambda facts: kpi_monthly(facts, kpi_daily(facts))),
    "kpi_cohorts": (("cohort_month", "month_number"), kpi_cohorts),
    "kpi_daily_targets": (("date_day", "metric"), lambda facts: kpi_daily_targets(facts.business, kpi_daily(facts))),
    "wide_user_days": (("date_day", "user_id"), wide_user_days),
    "wide_users": (("user_id",), lambda facts: wide_users(facts.business, wide_user_days(facts))),
}
"""By mart: the columns that name a row, and what its rows should be."""
SHOWN = 50


@pytest.fixture(scope="module")
def facts(daily_run: Sandbox) -> Facts:
    return Facts(read(Records(daily_run.home / "seed"), daily_run.day))


def by_key(rows: Iterable[Row], key: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    listed = list(rows)
    found = {tuple(row[name] for name in key): row for row in listed}
    assert len(found) == len(listed), f"{key} names several rows"
    return found


@pytest.mark.parametrize("mart", EXPECTED)
def test_every_column_of_every_row_of_a_mart_is_what_the_records_say(
    daily_run: Sandbox, facts: Facts, mart: str
) -> None:
    key, compute = EXPECTED[mart]
    expected = by_key(map(asdict, compute(facts)), key)
    client = daily_run.client()
    columns = [field.name for field in client.get_table(f"marts.{mart}").schema]
    partition = f"WHERE {key[0]} >= '2000-01-01'" if columns[0] == "date_day" else ""
    rows = client.query_and_wait(f"SELECT * FROM marts.{mart} {partition}")
    found = by_key((dict(row.items()) for row in rows), key)

    assert sorted(columns) == sorted(next(iter(expected.values())))
    differences = [f"{name}: missing in the mart" for name in expected.keys() - found.keys()]
    differences += [f"{name}: only in the mart" for name in found.keys() - expected.keys()]
    differences += [
        f"{name} {column}: the mart has {found[name][column]}, the records give {expected[name][column]}"
        for name in expected.keys() & found.keys()
        for column in columns
        if found[name][column] != expected[name][column]
    ]
    assert not differences, f"{len(differences)} differences in {mart}\n" + "\n".join(sorted(differences)[:SHOWN])


def test_the_sample_business_moves_every_kpi(facts: Facts) -> None:
    rows = kpi_daily(facts)
    assert len(rows) >= 60
    still = [field.name for field in fields(KpiDay) if not any(getattr(row, field.name) for row in rows)]
    assert still == []
