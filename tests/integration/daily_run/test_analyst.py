"""What an analyst may read on a laptop is what an analyst may read in the cloud."""

import pytest
from google.api_core.exceptions import Forbidden
from google.cloud import bigquery

from sandbox import names
from tests.support import Sandbox

KEYS = ("platform", "masked_analyst")


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


def test_a_masked_analyst_reads_one_hash_for_one_value(daily_run: Sandbox) -> None:
    sql = "SELECT user_id, email FROM marts.dim_users ORDER BY user_id"
    clear, masked = ([tuple(row) for row in daily_run.client(name).query_and_wait(sql)] for name in KEYS)
    pairs = {(one[1], other[1]) for one, other in zip(clear, masked, strict=True)}
    assert [row[0] for row in clear] == [row[0] for row in masked] and len(pairs) > 50
    assert all((email is None) == (digest is None) and email != digest for email, digest in pairs if email)
    assert len({email for email, _ in pairs}) == len(pairs) == len({digest for _, digest in pairs})


def test_a_masked_analyst_is_refused_what_has_no_mask(daily_run: Sandbox) -> None:
    with pytest.raises(Forbidden, match=r"fct_invoices\.total"):
        daily_run.client("masked_analyst").query_and_wait("SELECT total FROM marts.fct_invoices")


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
