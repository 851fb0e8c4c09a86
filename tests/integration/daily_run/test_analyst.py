"""What an analyst may read on a laptop is what an analyst may read in the cloud."""

import pytest
from google.api_core.exceptions import Forbidden
from google.cloud import bigquery

from sandbox import names
from tests.support import Sandbox


@pytest.fixture(scope="module")
def analyst(daily_run: Sandbox) -> bigquery.Client:
    return daily_run.client("analyst")


def test_an_analyst_reads_the_open_columns_of_a_mart(analyst: bigquery.Client) -> None:
    rows = list(analyst.query_and_wait("SELECT user_id, plan FROM marts.dim_users"))
    assert len(rows) > 50
    assert {row["plan"] for row in rows} >= {"free", "creator", "studio"}


@pytest.mark.parametrize("query", ["SELECT email FROM marts.dim_users", "SELECT * FROM marts.dim_users"])
def test_an_analyst_is_refused_a_protected_column_by_name(analyst: bigquery.Client, query: str) -> None:
    with pytest.raises(Forbidden) as refusal:
        analyst.query_and_wait(query)
    assert "email" in str(refusal.value)


@pytest.mark.parametrize("dataset", names.PRIVATE_DATASETS)
def test_an_analyst_is_refused_every_table_of_a_private_dataset(
    daily_run: Sandbox, analyst: bigquery.Client, dataset: str
) -> None:
    tables = [table.table_id for table in daily_run.client().list_tables(dataset)]
    assert tables
    for table in tables:
        with pytest.raises(Forbidden):
            analyst.query_and_wait(f"SELECT COUNT(*) FROM {dataset}.{table} WHERE TRUE")


def test_every_protected_column_of_the_marts_has_its_tag(daily_run: Sandbox) -> None:
    client = daily_run.client()
    tagged = {
        (table.table_id, field.name)
        for table in client.list_tables("marts")
        for field in client.get_table(table).schema
        if field.policy_tags and field.policy_tags.names
    }
    assert {
        ("dim_users", "email"),
        ("dim_users", "name"),
        ("dim_voices", "description"),
        ("fct_invoices", "total"),
    } <= tagged
