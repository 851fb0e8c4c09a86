"""What the gateway keeps (parsed statements, columns, numbers of rows) never outlives a change of what it describes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import Conflict, Forbidden, NotFound
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import ANALYST, PLATFORM, Gateway
from tests.integration.bigquery.access_warehouse import grant
from tests.integration.bigquery.tables import create, field, load, select

DRY_RUN = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
NO_TAGS = bigquery.PolicyTagList([])


@pytest.fixture
def analyst(gateway: Gateway, client: bigquery.Client, dataset: str) -> bigquery.Client:
    """The analyst, who may read the dataset."""
    grant(client, dataset, bigquery.AccessEntry("READER", "userByEmail", ANALYST))
    return gateway.client(ANALYST)


def columns(client: bigquery.Client, name: str) -> list[tuple[str, str, str]]:
    return [(one.name, one.field_type, one.mode) for one in client.get_table(f"{client.project}.{name}").schema]


def test_a_tag_that_is_set_holds_for_a_query_that_ran_before(
    client: bigquery.Client, analyst: bigquery.Client, dataset: str
) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64"), field("note")])
    query = f"SELECT note FROM {dataset}.t"
    assert select(analyst, query) == []
    table = client.get_table(f"{client.project}.{dataset}.t")
    for tag, refused in (("pii", True), ("", False), ("restricted", True)):
        table.schema = [field("n", "INT64"), field("note", tag=tag, **({} if tag else {"policy_tags": NO_TAGS}))]
        table = client.update_table(table, ["schema"])
        for config in (None, DRY_RUN):
            if refused:
                with pytest.raises(Forbidden, match="policy tag"):
                    analyst.query(query, job_config=config).result()
            else:
                analyst.query(query, job_config=config).result()


def test_a_query_over_a_view_is_judged_by_what_the_view_says_now(
    client: bigquery.Client, analyst: bigquery.Client, dataset: str
) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64"), field("note", tag="pii")])
    query = f"SELECT * FROM {dataset}.v"
    for column, refused in (("n", False), ("note", True), ("n + 1", False), ("note || 'x'", True)):
        client.query_and_wait(f"CREATE OR REPLACE VIEW {dataset}.v AS SELECT {column} AS value FROM {dataset}.t")
        if refused:
            with pytest.raises(Forbidden, match="policy tag"):
                select(analyst, query)
        else:
            assert select(analyst, query) == []


def test_an_access_list_holds_for_a_query_that_ran_before(
    client: bigquery.Client, analyst: bigquery.Client, dataset: str
) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64")])
    assert select(analyst, f"SELECT n FROM {dataset}.t") == []
    found = client.get_dataset(dataset)
    found.access_entries = [entry for entry in found.access_entries if entry.entity_id != ANALYST]
    client.update_dataset(found, ["access_entries"])
    with pytest.raises(Forbidden):
        select(analyst, f"SELECT n FROM {dataset}.t")


def test_columns_are_those_of_the_moment(client: bigquery.Client, dataset: str) -> None:
    name, query = f"{dataset}.t", f"SELECT * FROM {dataset}.t"
    create(client, name, [field("n", "INT64", "REQUIRED")])
    assert columns(client, name) == [("n", "INTEGER", "REQUIRED")] and select(client, query) == []
    client.query_and_wait(f"ALTER TABLE {name} ADD COLUMN text STRING")
    client.query_and_wait(f"ALTER TABLE {name} ALTER COLUMN n DROP NOT NULL")
    assert columns(client, name) == [("n", "INTEGER", "NULLABLE"), ("text", "STRING", "NULLABLE")]
    assert [one.name for one in client.query(query, job_config=DRY_RUN).schema] == ["n", "text"]
    client.query_and_wait(f"CREATE OR REPLACE TABLE {name} AS SELECT DATE '2026-11-22' AS n")
    assert columns(client, name) == [("n", "DATE", "NULLABLE")]
    assert [one.field_type for one in client.query(query, job_config=DRY_RUN).schema] == ["DATE"]
    client.query_and_wait(f"DROP TABLE {name}")
    with pytest.raises(NotFound):
        client.get_table(f"{client.project}.{name}")
    with pytest.raises(NotFound):
        select(client, query)
    client.create_table(f"{client.project}.{name}")  # without columns
    assert columns(client, name) == []
    client.delete_table(f"{client.project}.{name}")
    with pytest.raises(NotFound):
        client.get_table(f"{client.project}.{name}")


def test_rows_and_bytes_are_those_of_the_moment(client: bigquery.Client, dataset: str) -> None:
    name = f"{dataset}.t"
    create(client, name, [field("n", "INT64")])
    create(client, f"{dataset}.other", [field("n", "INT64")])
    changes = [
        (f"INSERT INTO {name} VALUES (1), (2), (3)", 3),
        (f"INSERT INTO {dataset}.other VALUES (1)", 3),
        (f"DELETE FROM {name} WHERE n = 1", 2),
        (f"UPDATE {name} SET n = 7 WHERE n = 2", 2),
        (f"MERGE INTO {name} t USING (SELECT 8 AS n) s ON t.n = s.n WHEN NOT MATCHED THEN INSERT (n) VALUES (n)", 3),
        (f"TRUNCATE TABLE {name}", 0),
    ]
    for change, rows in changes:
        client.query_and_wait(change)
        assert client.get_table(f"{client.project}.{name}").num_rows == rows
        dry_run = client.query(f"SELECT n FROM {name}", job_config=DRY_RUN)
        assert dry_run.total_bytes_processed == 8 * rows, change
    load(client, name, [{"n": 1}], "WRITE_TRUNCATE_DATA")
    assert client.get_table(f"{client.project}.{name}").num_rows == 1


def test_a_dataset_is_there_at_once_and_gone_at_once(client: bigquery.Client, dataset: str) -> None:
    with pytest.raises(Conflict):
        client.create_dataset(dataset)
    client.create_table(f"{client.project}.{dataset}.t")
    client.delete_dataset(dataset, delete_contents=True)
    with pytest.raises(NotFound):
        client.get_dataset(dataset)
    client.create_dataset(dataset)
    client.query_and_wait(f"DROP SCHEMA {dataset}")
    with pytest.raises(NotFound):
        client.create_table(f"{client.project}.{dataset}.t")


def test_a_job_id_is_taken_at_once(client: bigquery.Client, dataset: str) -> None:
    for index, sql in enumerate(
        ("SELECT 1", "SELECT 1 FROM nowhere.nothing", f"CREATE TABLE {dataset}.t AS SELECT 1 AS n")
    ):
        job_id = f"taken_{dataset}_{index}"
        first = client.query(sql, job_id=job_id, location="US", job_retry=None)
        with pytest.raises(Conflict):
            client.query(sql, job_id=job_id, location="US", job_retry=None)
        assert (first.exception() is None) == ("nowhere" not in sql)


def test_one_of_many_gets_a_job_id(gateway: Gateway, dataset: str) -> None:
    clients = [gateway.client(PLATFORM) for _ in range(8)]

    def insert(client: bigquery.Client) -> bool:
        try:
            client.query("SELECT 1", job_id=f"shared_{dataset}", location="US", job_retry=None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sum(pool.map(insert, clients)) == 1
