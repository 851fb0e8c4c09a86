"""Partition decorators as destinations of load, copy and query jobs."""

import datetime

import pytest
from google.api_core.exceptions import BadRequest, Conflict
from google.cloud import bigquery

from tests.integration.bigquery.tables import DAY, ITEMS, create, field, load, select, tags

BY_DAY = "SELECT CAST(_PARTITIONDATE AS STRING), n FROM {}.t WHERE _PARTITIONTIME IS NOT NULL ORDER BY 1, 2"
ONE, TWO = "2026-11-20", "2026-11-21"


@pytest.fixture
def table(client: bigquery.Client, dataset: str) -> str:
    """An ingestion-time table with one row in each of two days, and a protected column."""
    create(client, f"{dataset}.t", partitioning=DAY)
    load(client, f"{dataset}.t$20261120", [{"n": 1, "secret": "a"}])
    load(client, f"{dataset}.t$20261121", [{"n": 2, "secret": "b"}])
    return f"{dataset}.t"


@pytest.mark.parametrize("disposition", ["WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA"])
def test_a_load_into_a_partition_replaces_only_that_partition(
    client: bigquery.Client, dataset: str, table: str, disposition: str
) -> None:
    load(client, f"{table}$20261121", [{"n": 3}, {"n": 4}], disposition)
    assert select(client, BY_DAY.format(dataset)) == [(ONE, 1), (TWO, 3), (TWO, 4)]


def test_a_load_may_append_to_a_partition(client: bigquery.Client, dataset: str, table: str) -> None:
    load(client, f"{table}$20261121", [{"n": 3}])
    assert select(client, BY_DAY.format(dataset)) == [(ONE, 1), (TWO, 2), (TWO, 3)]


def test_write_empty_is_refused_for_a_partition_with_rows_only(
    client: bigquery.Client, dataset: str, table: str
) -> None:
    load(client, f"{table}$20261122", [{"n": 3}], "WRITE_EMPTY")
    with pytest.raises(Conflict):
        load(client, f"{table}$20261121", [{"n": 3}], "WRITE_EMPTY")
    assert select(client, BY_DAY.format(dataset)) == [(ONE, 1), (TWO, 2), ("2026-11-22", 3)]


def test_truncating_data_keeps_policy_tags_and_truncating_drops_them(client: bigquery.Client, table: str) -> None:
    before = tags(client, table)
    load(client, f"{table}$20261121", [{"n": 3}], "WRITE_TRUNCATE_DATA")
    assert tags(client, table) == before != {}
    load(client, f"{table}$20261121", [{"n": 3}], "WRITE_TRUNCATE")
    assert tags(client, table) == {}


def test_a_query_may_write_a_partition(client: bigquery.Client, dataset: str, table: str) -> None:
    config = bigquery.QueryJobConfig(
        destination=f"{client.project}.{table}$20261121", write_disposition="WRITE_TRUNCATE_DATA"
    )
    job = client.query("SELECT 7 AS n, 'c' AS secret", job_config=config)
    assert [row.n for row in job.result()] == [7]
    assert select(client, BY_DAY.format(dataset)) == [(ONE, 1), (TWO, 7)]


def test_a_copy_may_read_and_write_a_partition(client: bigquery.Client, dataset: str, table: str) -> None:
    create(client, f"{dataset}.other", partitioning=DAY)
    config = bigquery.CopyJobConfig(write_disposition="WRITE_TRUNCATE")
    name = f"{client.project}.{dataset}"
    client.copy_table(f"{name}.t$20261121", f"{name}.other$20261101", job_config=config).result()
    rows = select(client, f"SELECT CAST(_PARTITIONDATE AS STRING), n FROM {dataset}.other")
    assert rows == [("2026-11-01", 2)]


def test_a_copy_of_a_whole_table_keeps_its_partitions(client: bigquery.Client, dataset: str, table: str) -> None:
    name = f"{client.project}.{dataset}"
    client.copy_table(f"{name}.t", f"{name}.other").result()
    rows = select(client, f"SELECT CAST(_PARTITIONDATE AS STRING), n FROM {dataset}.other ORDER BY 2")
    assert rows == [(ONE, 1), (TWO, 2)]
    assert client.get_table(f"{name}.other").time_partitioning == client.get_table(f"{name}.t").time_partitioning


def test_a_row_outside_of_the_decorated_partition_of_a_column_is_an_error(
    client: bigquery.Client, dataset: str
) -> None:
    partitioning = bigquery.TimePartitioning(field="day")
    create(client, f"{dataset}.c", [field("day", "DATE"), field("n", "INT64")], partitioning)
    load(client, f"{dataset}.c$20261121", [{"day": TWO, "n": 1}])
    with pytest.raises(BadRequest, match="rows belong to different partitions"):
        load(client, f"{dataset}.c$20261121", [{"day": TWO, "n": 2}, {"day": ONE, "n": 3}], "WRITE_TRUNCATE")
    assert select(client, f"SELECT n FROM {dataset}.c") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "unit", "partition", "inside", "outside"),
    [
        ("TIMESTAMP", "DAY", "20261121", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
        ("TIMESTAMP", "HOUR", "2026112105", "2026-11-21T05:59:59Z", "2026-11-21T06:00:00Z"),
        ("DATETIME", "MONTH", "202611", "2026-11-30T23:59:59", "2026-12-01T00:00:00"),
        ("DATE", "YEAR", "2026", "2026-12-31", "2027-01-01"),
    ],
)
def test_every_unit_of_time_has_its_form_of_decorator(
    client: bigquery.Client, dataset: str, kind: str, unit: str, partition: str, inside: str, outside: str
) -> None:
    partitioning = bigquery.TimePartitioning(field="at", type_=unit)
    create(client, f"{dataset}.c", [field("at", kind)], partitioning)
    load(client, f"{dataset}.c", [{"at": inside}, {"at": outside}])
    load(client, f"{dataset}.c${partition}", [{"at": inside}, {"at": inside}], "WRITE_TRUNCATE_DATA")
    assert select(client, f"SELECT COUNT(*), COUNTIF(at > '{inside}') FROM {dataset}.c") == [(3, 1)]


def test_a_decorator_of_another_unit_is_refused(client: bigquery.Client, table: str) -> None:
    with pytest.raises(BadRequest, match="partitions of this table are by DAY"):
        load(client, f"{table}$202611", [{"n": 1}])


def test_a_decorator_on_a_table_without_partitions_is_refused(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.plain")
    with pytest.raises(BadRequest, match="not partitioned"):
        load(client, f"{dataset}.plain$20261121", [{"n": 1}])


def test_rows_without_decorator_go_to_the_current_day(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", partitioning=DAY)
    before = datetime.datetime.now(datetime.UTC).date()
    load(client, f"{dataset}.t", [{"n": 1}])
    client.query_and_wait(f"INSERT INTO {dataset}.t (n) VALUES (2)")
    after = datetime.datetime.now(datetime.UTC).date()
    days = {row[0] for row in select(client, f"SELECT _PARTITIONDATE FROM {dataset}.t")}
    assert days <= {before, after} and len(select(client, f"SELECT n FROM {dataset}.t")) == 2


def test_the_pseudo_column_is_not_shown(client: bigquery.Client, table: str) -> None:
    assert [column.name for column in client.get_table(f"{client.project}.{table}").schema] == ["n", "secret"]
    for star in ("*", "x.*"):
        rows = list(client.query_and_wait(f"SELECT {star} FROM {table} AS x CROSS JOIN (SELECT 1 AS f) AS y"))
        assert [key for key in rows[0].keys() if key != "f"] == ["n", "secret"]  # noqa: SIM118
    assert [row.keys() for row in client.list_rows(f"{client.project}.{table}")] == [
        dict.fromkeys(["n", "secret"]).keys()
    ] * 2


def test_a_required_partition_filter_is_enforced(client: bigquery.Client, dataset: str) -> None:
    table = bigquery.Table(f"{client.project}.{dataset}.t", list(ITEMS))
    table.time_partitioning, table.require_partition_filter = DAY, True
    client.create_table(table)
    load(client, f"{dataset}.t$20261121", [{"n": 1}])
    with pytest.raises(BadRequest, match="without a filter over column"):
        client.query_and_wait(f"SELECT n FROM {dataset}.t")
    filtered = f"SELECT n FROM {dataset}.t WHERE _PARTITIONTIME = TIMESTAMP('2026-11-21')"
    assert select(client, filtered) == [(1,)]


def test_partitions_are_listed(client: bigquery.Client, dataset: str, table: str) -> None:
    rows = select(client, f"SELECT partition_id, total_rows FROM {dataset}.INFORMATION_SCHEMA.PARTITIONS ORDER BY 1")
    assert rows == [("20261120", 1), ("20261121", 1)]
    assert client.list_partitions(f"{client.project}.{table}") == ["20261120", "20261121"]


def test_a_partition_can_be_deleted(client: bigquery.Client, dataset: str, table: str) -> None:
    client.delete_table(f"{client.project}.{table}$20261120")
    assert select(client, BY_DAY.format(dataset)) == [(TWO, 2)]


def test_a_failed_load_leaves_the_partition_as_it_was(client: bigquery.Client, dataset: str, table: str) -> None:
    with pytest.raises(BadRequest):
        load(client, f"{table}$20261121", [{"n": 3}, {"n": "not a number"}], "WRITE_TRUNCATE_DATA")
    assert select(client, BY_DAY.format(dataset)) == [(ONE, 1), (TWO, 2)]
