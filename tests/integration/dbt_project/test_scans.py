"""`ops.queries` has what was scanned, by day, user and purpose; `kura scans` shows it; no query exceeds the limit."""

import datetime
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.cloud import bigquery
from rich.console import Console

from governance.scans.labels import DASHBOARD, labels
from orchestration import scans
from tests.integration.bigquery.access_fixtures import ANALYST, PLATFORM, Gateway
from tests.integration.dbt_project.warehouse import Warehouse

TEN_MEBIBYTES = 10 * 1024**2  # the least that is billed for a table
CHART = "select n from sales.a join sales.b using (n)"
OPS = ("--select", "path:models/ops")
TODAY = datetime.datetime.now(ZoneInfo("Asia/Tokyo")).date()
USED = "queries, failed_queries, bytes_processed, bytes_billed, cost, currency"


@pytest.fixture(scope="module")
def built(gateway: Gateway, warehouse: Warehouse) -> Warehouse:
    """What an analyst and a dashboard asked, built twice, with the analyst's second question in between."""
    warehouse.client.create_dataset("sales")
    for name in "ab":
        sql = f"create table sales.{name} as select n from unnest(generate_array(1, 1000)) as n"
        warehouse.client.query_and_wait(sql)
    chart = bigquery.QueryJobConfig(labels=labels(DASHBOARD, "Sales: numbers"))
    warehouse.client.query_and_wait(CHART, job_config=chart)
    analyst = gateway.client(ANALYST)
    analyst.query_and_wait("select 1")
    assert set(warehouse.dbt("build", *OPS, day=TODAY).values()) == {"success", "pass"}
    # Rows of days of which BigQuery has no jobs: a run builds yesterday again, and no day that is long past.
    for days in (1, 30, 300):
        warehouse.client.query_and_wait(
            f"insert into ops.queries select date_sub(date_day, interval {days} day), user_email, purpose, name, 7, "
            "* except (date_day, user_email, purpose, name, queries) from ops.queries "
            f"where date_day = '{TODAY}' limit 1"
        )
    analyst.query_and_wait("select 2")
    with pytest.raises(Exception, match="nothing"):
        analyst.query_and_wait("select nothing")
    warehouse.dbt("run", *OPS, "--full-refresh", day=TODAY)
    return warehouse


def used(warehouse: Warehouse, user: str, purpose: str, name: str = "") -> dict[str, Any]:
    [row] = warehouse.rows(
        f"select {USED} from ops.queries where date_day = '{TODAY}' and user_email = '{user}' "
        f"and purpose = '{purpose}' and name = '{name}'"
    )
    return row


def test_a_users_own_queries_are_counted_also_those_that_failed(built: Warehouse) -> None:
    found = used(built, ANALYST, "ad hoc")
    assert (found["queries"], found["failed_queries"], found["bytes_billed"]) == (3, 1, 0)


def test_a_dashboards_query_is_counted_for_it_and_costs_the_price_on_demand(built: Warehouse) -> None:
    assert used(built, PLATFORM, "dashboard", "sales__numbers") == {
        "queries": 1,
        "failed_queries": 0,
        "bytes_processed": 16_000,
        "bytes_billed": 2 * TEN_MEBIBYTES,
        "cost": (Decimal("6.25") * 2 * TEN_MEBIBYTES / 2**40).quantize(Decimal("1e-9")),
        "currency": "USD",
    }


def test_dbts_queries_are_counted_for_the_model_that_they_make(built: Warehouse) -> None:
    assert used(built, PLATFORM, "model", "queries")["queries"] >= 1


def test_a_run_replaces_its_days_and_leaves_the_others_also_those_that_bigquery_forgot(built: Warehouse) -> None:
    days = built.rows("select date_day, sum(queries) as n from ops.queries where date_day < '2999-01-01' group by 1")
    kept = {(TODAY - row["date_day"]).days: row["n"] for row in days if row["date_day"] != TODAY}
    assert kept == {30: 7, 300: 7}
    before = built.rows("select * from ops.queries where date_day < '2999-01-01' order by date_day, purpose, name")
    assert built.dbt("run", "--select", "queries", day=TODAY - datetime.timedelta(days=300)) == {"queries": "success"}
    after = built.rows("select * from ops.queries where date_day < '2999-01-01' order by date_day, purpose, name")
    assert after == before


def test_scans_are_shown_by_user_query_and_model(built: Warehouse) -> None:
    nodes = [
        {"resource_type": "model", "name": name, "config": {"meta": {"scan_budget": "1 MiB"}}}
        for name in ("queries", "never_run")
    ]
    console = Console(width=300)
    with console.capture() as captured:
        for table in scans.tables(built.client, nodes, 7):
            console.print(table)
    shown = " ".join(captured.get().split())
    assert f"{ANALYST} │ ad hoc │ 3 │ 0 B │ 0.0000 USD" in shown
    assert f"{PLATFORM} │ dashboard sales__numbers │ {CHART} │ 20.0 MiB │ 0.0001 USD" in shown
    assert re.search(r"│ queries │ [^│]+ KiB │ 1\.0 MiB │ 0\.\d%", shown)
    assert "never_run" not in shown


def test_dbt_sends_no_query_that_costs_more_than_the_environment_allows(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = ("show", "--inline", "select n from sales.a", "--limit", "1")
    monkeypatch.setenv("KURA_MAXIMUM_BYTES_BILLED", str(TEN_MEBIBYTES - 1))
    with pytest.raises(AssertionError, match="exceeded limit for bytes billed"):
        built.dbt(*show, day=TODAY)
