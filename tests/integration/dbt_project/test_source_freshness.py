"""`dbt source freshness` measures what the platform's own check does: the end of the newest loaded window."""

import datetime

from google.cloud import bigquery

from extract import receipts
from tests.integration.bigquery.access_fixtures import PROJECT
from tests.integration.dbt_project.warehouse import Warehouse


def test_the_age_of_a_table_counts_from_its_newest_window_whenever_it_was_loaded(warehouse: Warehouse) -> None:
    now = datetime.datetime.now(datetime.UTC)
    loads = [
        {
            "source": "aurora",
            "table_name": table,
            "window_end": (now - datetime.timedelta(hours=hours)).isoformat(),
            "loaded_at": now.isoformat(),
        }
        for table, hours in (("users", 2), ("users", 99), ("teams", 31), ("team_members", 55))
    ]
    config = bigquery.LoadJobConfig(schema=receipts.SCHEMA, write_disposition="WRITE_APPEND")
    warehouse.client.load_table_from_json(loads, f"{PROJECT}.{receipts.TABLE}", job_config=config).result()
    select = [
        argument
        for table in ("users", "teams", "team_members")
        for argument in ("--select", f"source:raw_aurora.{table}")
    ]
    assert warehouse.dbt("source", "freshness", *select, day=now.date()) == {
        "users": "pass",
        "teams": "warn",
        "team_members": "error",
    }
