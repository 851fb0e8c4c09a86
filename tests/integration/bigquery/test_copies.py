"""Copy jobs and query destinations: what becomes of rows, schemas and policy tags."""

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import bigquery

from tests.integration.bigquery.tables import DAY, create, field, load, select, tags

TRUNCATE, APPEND, DATA = "WRITE_TRUNCATE", "WRITE_APPEND", "WRITE_TRUNCATE_DATA"


@pytest.fixture
def source(client: bigquery.Client, dataset: str) -> str:
    schema = [field("n", "INT64", "REQUIRED", description="A number"), field("secret", tag="pii")]
    create(client, f"{dataset}.source", schema)
    load(client, f"{dataset}.source", [{"n": 1, "secret": "a"}])
    return f"{client.project}.{dataset}.source"


def copy(client: bigquery.Client, source: str, target: str, disposition: str = "WRITE_EMPTY") -> None:
    config = bigquery.CopyJobConfig(write_disposition=disposition)
    client.copy_table(source, f"{client.project}.{target}", job_config=config).result()


def test_a_copy_takes_the_columns_of_its_source_with_their_tags(
    client: bigquery.Client, dataset: str, source: str
) -> None:
    create(client, f"{dataset}.t", [field("other", tag="financial")])
    copy(client, source, f"{dataset}.t", TRUNCATE)
    assert client.get_table(f"{dataset}.t").schema == client.get_table(source).schema
    copy(client, source, f"{dataset}.new")
    assert client.get_table(f"{dataset}.new").schema == client.get_table(source).schema


def test_a_copy_appends_only_rows_that_fit(client: bigquery.Client, dataset: str, source: str) -> None:
    copy(client, source, f"{dataset}.t")
    copy(client, source, f"{dataset}.t", APPEND)
    assert select(client, f"SELECT COUNT(*) FROM {dataset}.t") == [(2,)]
    create(client, f"{dataset}.other", [field("other")])
    with pytest.raises(BadRequest, match="Cannot add fields"):
        copy(client, source, f"{dataset}.other", APPEND)


def test_a_copy_does_not_overwrite_unless_told_so(client: bigquery.Client, dataset: str, source: str) -> None:
    copy(client, source, f"{dataset}.t")
    with pytest.raises(Conflict):
        copy(client, source, f"{dataset}.t")
    with pytest.raises(NotFound):
        copy(client, f"{client.project}.{dataset}.missing", f"{dataset}.t", TRUNCATE)
    assert select(client, f"SELECT n FROM {dataset}.t") == [(1,)]


def test_several_tables_copy_into_one(client: bigquery.Client, dataset: str, source: str) -> None:
    job = client.copy_table([source, source], f"{client.project}.{dataset}.t")
    job.result()
    assert select(client, f"SELECT COUNT(*) FROM {dataset}.t") == [(2,)]


def run(client: bigquery.Client, sql: str, target: str, disposition: str, **options: object) -> bigquery.QueryJob:
    config = bigquery.QueryJobConfig(destination=f"{client.project}.{target}", write_disposition=disposition, **options)
    job = client.query(sql, job_config=config)
    job.result()
    return job


def test_a_query_that_truncates_brings_its_own_schema(client: bigquery.Client, dataset: str, source: str) -> None:
    run(client, "SELECT 'x' AS secret, 2 AS m", f"{dataset}.source", TRUNCATE)
    assert tags(client, f"{dataset}.source") == {}
    assert select(client, f"SELECT * FROM {dataset}.source") == [("x", 2)]


def test_a_query_that_truncates_data_keeps_schema_and_tags(client: bigquery.Client, dataset: str, source: str) -> None:
    before = client.get_table(source).schema
    run(client, "SELECT 'x' AS secret, 2 AS n", f"{dataset}.source", DATA)
    assert client.get_table(source).schema == before
    assert select(client, f"SELECT n, secret FROM {dataset}.source") == [(2, "x")]
    for sql, problem in (
        ("SELECT 'x' AS n", "Field n has changed type from INTEGER to STRING"),
        ("SELECT 1 AS n, 2 AS m", "Cannot add fields"),
        ("SELECT 'x' AS secret", "REQUIRED"),
    ):
        with pytest.raises(BadRequest, match=problem):
            run(client, sql, f"{dataset}.source", DATA)
    assert select(client, f"SELECT n, secret FROM {dataset}.source") == [(2, "x")]


def test_a_query_that_fails_midway_leaves_the_old_rows(client: bigquery.Client, dataset: str, source: str) -> None:
    sql = "SELECT IF(x = 9999, ERROR('midway'), x) AS n FROM UNNEST(GENERATE_ARRAY(1, 20000)) AS x"
    for disposition in (TRUNCATE, DATA, APPEND):
        with pytest.raises(BadRequest, match="midway"):
            run(client, sql, f"{dataset}.source", disposition)
    assert select(client, f"SELECT n, secret FROM {dataset}.source") == [(1, "a")]


def test_ddl_makes_a_table_without_tags(client: bigquery.Client, dataset: str, source: str) -> None:
    client.query_and_wait(f"CREATE OR REPLACE TABLE {dataset}.source AS SELECT * FROM {dataset}.source")
    assert tags(client, f"{dataset}.source") == {}


def test_a_partitioned_table_keeps_its_partitioning_when_a_query_truncates_it(
    client: bigquery.Client, dataset: str
) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64")], DAY)
    run(client, "SELECT 1 AS n", f"{dataset}.t", TRUNCATE)
    assert client.get_table(f"{dataset}.t").time_partitioning == DAY
    assert select(client, f"SELECT _PARTITIONDATE = CURRENT_DATE(), n FROM {dataset}.t") in ([(True, 1)], [(False, 1)])
    with pytest.raises(BadRequest, match="Incompatible table partitioning"):
        run(client, "SELECT CURRENT_DATE() AS d", f"{dataset}.t", TRUNCATE,
            time_partitioning=bigquery.TimePartitioning(field="d"))  # fmt: skip


def test_the_number_of_rows_does_not_count_deleted_ones(client: bigquery.Client, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE {dataset}.t AS SELECT x FROM UNNEST(GENERATE_ARRAY(1, 10)) AS x")
    client.query_and_wait(f"DELETE FROM {dataset}.t WHERE x > 7")
    assert client.get_table(f"{dataset}.t").num_rows == 7


def test_every_statement_names_its_destination(client: bigquery.Client, dataset: str) -> None:
    table = f"{client.project}.{dataset}.t"
    for sql in (
        f"CREATE TABLE {dataset}.t AS SELECT 1 AS n",
        f"INSERT INTO {dataset}.t VALUES (2)",
        f"UPDATE {dataset}.t SET n = 3 WHERE n = 2",
        f"MERGE INTO {dataset}.t USING (SELECT 3 AS n) AS s ON t.n = s.n WHEN MATCHED THEN DELETE",
        f"ALTER TABLE {dataset}.t SET OPTIONS (description = 'x')",
        f"CREATE OR REPLACE VIEW {dataset}.t_view AS SELECT * FROM {dataset}.t",
    ):
        job = client.query(sql)
        assert list(job.result()) == []
        assert str(job.destination) == (f"{table}_view" if "VIEW" in sql else table), sql
    job = client.query(f"SELECT n FROM {dataset}.t")
    assert [tuple(row) for row in job.result()] == [(1,)]
    assert client.get_table(job.destination).num_rows == 1
    script = client.query(f"DECLARE x INT64 DEFAULT 1; INSERT INTO {dataset}.t VALUES (x)")
    script.result()
    assert script.destination is None and script.statement_type == "SCRIPT"
