"""Authentication and dataset access lists: who is asked for, and what a dataset's readers and writers may do."""

import time
from pathlib import Path

import pytest
import requests
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import ANALYST, PROJECT, Gateway, token
from tests.integration.bigquery.access_warehouse import grant

pytest_plugins = ["tests.integration.bigquery.access_warehouse"]

UNREADABLE = {
    "a table": "SELECT plan FROM raw.users",
    "a count": "SELECT COUNT(*) FROM raw.users",
    "a table in a CTE": "WITH u AS (SELECT user_id FROM raw.users) SELECT * FROM u",
    "a table in a CTE that nobody uses": "WITH u AS (SELECT user_id FROM raw.users) SELECT 1",
    "a table in a subquery": "SELECT 1 WHERE EXISTS (SELECT 1 FROM raw.users)",
    "a table in a join": "SELECT p.plan FROM marts.plans AS p JOIN raw.users AS u ON u.plan = p.plan",
    "a view over an unreadable table": "SELECT plan FROM marts.over_raw",
    "a wildcard": "SELECT plan FROM `raw.us*`",
    "a table that does not exist": "SELECT plan FROM raw.nothing",
    "a table's past": "SELECT plan FROM raw.users FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
    "a schema": "SELECT table_name FROM raw.INFORMATION_SCHEMA.TABLES",
    "a list of tables": "SELECT table_id FROM raw.__TABLES__",
    "other people's jobs": "SELECT query FROM `region-us`.INFORMATION_SCHEMA.JOBS",
    "an export": "EXPORT DATA OPTIONS (uri = 'gs://none/*.csv', format = 'CSV') AS SELECT plan FROM raw.users",
    "a script": "DECLARE n INT64; SET n = (SELECT COUNT(*) FROM raw.users); SELECT n",
    "a table's shape": "CREATE TABLE scratch.like_raw LIKE raw.users",
    "a table into another": "CREATE TABLE scratch.from_raw AS SELECT plan FROM raw.users",
}
UNWRITABLE = {
    "a new table": "CREATE TABLE marts.mine AS SELECT 1 AS x",
    "a replaced table": "CREATE OR REPLACE TABLE marts.plans AS SELECT 1 AS x",
    "a new view": "CREATE VIEW marts.mine AS SELECT 1 AS x",
    "a new function": "CREATE FUNCTION marts.mine() AS (1)",
    "a new JavaScript function": "CREATE FUNCTION marts.mine() RETURNS FLOAT64 LANGUAGE js AS 'return 1'",
    "a new procedure": "CREATE PROCEDURE marts.mine() BEGIN SELECT 1; END",
    "an insert": "INSERT INTO marts.plans VALUES ('x', 1, 'x')",
    "an update": "UPDATE marts.plans SET price = 1 WHERE TRUE",
    "a delete": "DELETE FROM marts.plans WHERE TRUE",
    "a merge": "MERGE marts.plans AS p USING (SELECT 1 AS x) AS s ON FALSE WHEN NOT MATCHED BY SOURCE THEN DELETE",
    "a truncation": "TRUNCATE TABLE marts.plans",
    "a changed table": "ALTER TABLE marts.plans ADD COLUMN x INT64",
    "a dropped table": "DROP TABLE marts.plans",
    "a dropped view": "DROP VIEW marts.user_plans",
    "a dropped procedure": "DROP PROCEDURE marts.show_emails",
    "a dataset": "CREATE SCHEMA mine",
    "a dropped dataset": "DROP SCHEMA scratch CASCADE",
    "a row access policy": "CREATE ROW ACCESS POLICY p ON scratch.kept GRANT TO ('allUsers') FILTER USING (TRUE)",
    "an insert where nothing may be read": "INSERT INTO raw.users (user_id) VALUES (1)",
}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {token({'email': 'stranger@example.com'})}"},
        {"Authorization": f"Bearer {token({'email': ANALYST, 'exp': time.time() - 1})}"},
        {"Authorization": f"Basic {token({'email': ANALYST})}"},
    ],
    ids=["no token", "no JWT", "a stranger", "expired", "another scheme"],
)
def test_who_is_not_known_is_refused(warehouse: Gateway, headers: dict[str, str]) -> None:
    answer = requests.get(f"{warehouse.url}/bigquery/v2/projects/{PROJECT}/datasets", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("sql", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_not_granted_can_not_be_read(analyst: bigquery.Client, sql: str) -> None:
    with pytest.raises(Forbidden, match="User does not have permission to query table koe-sandbox:") as refusal:
        analyst.query_and_wait(sql)
    assert "or perhaps it does not exist" in str(refusal.value)


@pytest.mark.parametrize("sql", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_what_is_not_granted_can_not_be_written(analyst: bigquery.Client, sql: str) -> None:
    with pytest.raises(Forbidden, match=r"bigquery\.\w+\.\w+"):
        analyst.query_and_wait(sql)


def test_a_missing_table_of_a_readable_dataset_is_not_found(analyst: bigquery.Client) -> None:
    with pytest.raises(NotFound, match=r"koe-sandbox:marts\.nothing"):
        analyst.query_and_wait("SELECT x FROM marts.nothing")


def test_only_granted_datasets_are_listed(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    assert [dataset.dataset_id for dataset in analyst.list_datasets()] == ["marts", "scratch"]
    assert [dataset.dataset_id for dataset in platform.list_datasets()] == ["marts", "raw", "scratch"]
    rows = analyst.query_and_wait("SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1")
    assert [row.schema_name for row in rows] == ["marts", "scratch"]
    rows = analyst.query_and_wait("SELECT DISTINCT table_schema FROM `region-us`.INFORMATION_SCHEMA.COLUMNS ORDER BY 1")
    assert [row.table_schema for row in rows] == ["marts", "scratch"]


def test_the_rest_methods_of_an_ungranted_dataset_are_refused(analyst: bigquery.Client) -> None:
    for call in (
        lambda: analyst.get_dataset("raw"),
        lambda: list(analyst.list_tables("raw")),
        lambda: analyst.get_table("raw.users"),
        lambda: list(analyst.list_rows("raw.users", selected_fields=[bigquery.SchemaField("plan", "STRING")])),
        lambda: analyst.insert_rows_json("raw.users", [{"user_id": 1}]),
        lambda: analyst.copy_table("raw.users", f"{PROJECT}.scratch.copied").result(),
        lambda: analyst.extract_table("raw.users", "gs://none/users.csv").result(),
        lambda: analyst.load_table_from_json([{"user_id": 1}], "raw.users").result(),
        lambda: analyst.load_table_from_json([{"user_id": 1}], "raw.users$20261101").result(),
        lambda: analyst.create_table(bigquery.Table(f"{PROJECT}.raw.mine")),
        lambda: analyst.delete_table("raw.users"),
        lambda: analyst.delete_dataset("raw", delete_contents=True),
        lambda: list(analyst.list_routines("raw")),
    ):
        with pytest.raises(Forbidden):
            call()


def test_a_reader_reads_and_does_not_write(analyst: bigquery.Client) -> None:
    assert analyst.get_table("marts.plans").num_rows == 1
    assert "dim_users" in [table.table_id for table in analyst.list_tables("marts")]
    for call in (
        lambda: analyst.insert_rows_json("marts.plans", [{"plan": "x"}]),
        lambda: analyst.copy_table("marts.plans", f"{PROJECT}.marts.copied").result(),
        lambda: analyst.load_table_from_json([{"plan": "x"}], "marts.plans").result(),
        lambda: analyst.delete_table("marts.plans"),
        lambda: analyst.create_dataset("mine"),
        lambda: grant(analyst, "marts", bigquery.AccessEntry("OWNER", "userByEmail", ANALYST)),
        lambda: analyst.query_and_wait(
            "SELECT 1 AS x", job_config=bigquery.QueryJobConfig(destination=f"{PROJECT}.marts.mine")
        ),
    ):
        with pytest.raises(Forbidden):
            call()


def test_a_destination_of_a_query_needs_a_writer(analyst: bigquery.Client) -> None:
    config = bigquery.QueryJobConfig(destination=f"{PROJECT}.scratch.chosen")
    assert [row.plan for row in analyst.query("SELECT plan FROM marts.plans", job_config=config).result()] == ["free"]


def test_a_view_is_read_where_it_is_authorized(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    assert len(list(analyst.query_and_wait("SELECT user_id FROM marts.authorized"))) == 2
    with pytest.raises(Forbidden, match=r"raw\.users"):
        analyst.query_and_wait("SELECT user_id FROM marts.over_raw")
    platform.query_and_wait("CREATE VIEW marts.over_authorized AS SELECT plan FROM marts.authorized")
    assert len(list(analyst.query_and_wait("SELECT plan FROM marts.over_authorized"))) == 2


def test_an_authorized_dataset_authorizes_its_views(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    platform.create_dataset("hidden")
    platform.query_and_wait("CREATE TABLE hidden.numbers AS SELECT 1 AS x")
    platform.query_and_wait("CREATE VIEW marts.numbers AS SELECT x FROM hidden.numbers")
    with pytest.raises(Forbidden, match=r"hidden\.numbers"):
        analyst.query_and_wait("SELECT x FROM marts.numbers")
    dataset = {"dataset": {"projectId": PROJECT, "datasetId": "marts"}, "targetTypes": ["VIEWS"]}
    grant(platform, "hidden", bigquery.AccessEntry(None, "dataset", dataset))
    assert [row.x for row in analyst.query_and_wait("SELECT x FROM marts.numbers")] == [1]
    platform.delete_dataset("hidden", delete_contents=True)


def test_a_withdrawn_grant_ends_at_once(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    platform.create_dataset("lent")
    platform.query_and_wait("CREATE TABLE lent.numbers AS SELECT 1 AS x")
    grant(platform, "lent", bigquery.AccessEntry("roles/bigquery.dataViewer", "userByEmail", ANALYST))
    assert [row.x for row in analyst.query_and_wait("SELECT x FROM lent.numbers")] == [1]
    dataset = platform.get_dataset("lent")
    dataset.access_entries = [entry for entry in dataset.access_entries if entry.entity_id != ANALYST]
    platform.update_dataset(dataset, ["access_entries"])
    with pytest.raises(Forbidden):
        analyst.query_and_wait("SELECT x FROM lent.numbers")
    platform.delete_dataset("lent", delete_contents=True)


def test_files_of_the_machine_are_no_sources(analyst: bigquery.Client, warehouse: Gateway) -> None:
    for uri in (str(warehouse.data / f"{PROJECT}/marts/dim_users/*.parquet"), "file:///none.parquet"):
        config = bigquery.LoadJobConfig(source_format="PARQUET", autodetect=True)
        with pytest.raises(BadRequest, match="gs://"):
            analyst.load_table_from_uri(uri, "scratch.file", job_config=config).result()


def test_files_of_the_machine_are_no_destinations(analyst: bigquery.Client, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="gs://"):
        analyst.extract_table("marts.plans", str(tmp_path / "plans.csv")).result()
    with pytest.raises(BadRequest, match="gs://"):
        analyst.query_and_wait(f"EXPORT DATA OPTIONS (uri = '{tmp_path}/*.csv', format = 'CSV') AS SELECT 1 AS x")
    assert list(tmp_path.iterdir()) == []


def test_the_job_carries_the_callers_address(analyst: bigquery.Client) -> None:
    job = analyst.query("SELECT 1")
    job.result()
    assert job.user_email == ANALYST
    rows = analyst.query_and_wait("SELECT DISTINCT user_email FROM `region-us`.INFORMATION_SCHEMA.JOBS_BY_USER")
    assert [row.user_email for row in rows] == [ANALYST]
