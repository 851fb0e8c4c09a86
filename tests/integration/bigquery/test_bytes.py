"""Bytes processed and billed: by column, type and partition; the limit; and INFORMATION_SCHEMA.JOBS."""

import datetime
from decimal import Decimal

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, InternalServerError
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import ANALYST, PLATFORM, Gateway
from tests.integration.bigquery.tables import DAY, load

MEBIBYTE = 1024 * 1024
TEN_MEBIBYTES = 10 * MEBIBYTE

# A column of every type with one value, and the bytes that BigQuery counts for it.
TYPES = [
    ("INT64", "1", 8),
    ("FLOAT64", "1.5", 8),
    ("NUMERIC", "NUMERIC '1.5'", 16),
    ("BIGNUMERIC", "BIGNUMERIC '1.5'", 32),
    ("BOOL", "TRUE", 1),
    ("DATE", "DATE '2026-11-01'", 8),
    ("DATETIME", "DATETIME '2026-11-01 00:00:00'", 8),
    ("TIME", "TIME '12:00:00'", 8),
    ("TIMESTAMP", "TIMESTAMP '2026-11-01 00:00:00+00'", 8),
    ("STRING", "'蔵'", 2 + 3),
    ("BYTES", "b'abc'", 2 + 3),
    ("JSON", """JSON '{"a":1}'""", 2 + 7),
    ("ARRAY<INT64>", "[1, 2, 3]", 24),
    ("ARRAY<STRING>", "['a', 'bc']", 3 + 4),
    ("STRUCT<a INT64, b STRING>", "(1, 'x')", 8 + 3),
    ("ARRAY<STRUCT<a INT64, b BOOL>>", "[STRUCT(1, TRUE), STRUCT(2, FALSE)]", 18),
    ("STRING", "NULL", 0),
    ("INT64", "NULL", 0),
]

# Ten days with 100 rows each, 16 bytes a row (a date and a number).
FILTERS = {
    "day = '2026-11-01'": 1,
    "day = DATE '2026-11-01'": 1,
    "DATE '2026-11-01' = day": 1,
    "day IN ('2026-11-01', '2026-11-03')": 2,
    "day BETWEEN '2026-11-02' AND '2026-11-04'": 3,
    "day < '2026-11-03'": 2,
    "day <= '2026-11-03'": 3,
    "day > '2026-11-09'": 1,
    "day >= '2026-11-09' AND n > 5": 2,
    "day = DATE_SUB(DATE '2026-11-05', INTERVAL 1 DAY)": 1,
    "day >= DATE_ADD(DATE('2026-11-05'), INTERVAL 2 DAY)": 4,
    "day = '2026-11-01' OR day = '2026-11-02'": 2,
    "(day = '2026-11-01' AND n = 1) OR day = '2026-11-02'": 10,
    "day = PARSE_DATE('%Y%m%d', '20261101')": 1,
    "day > CURRENT_DATE()": 0,
    "day IS NULL": 0,
    "day IS NOT NULL": 10,
    "NOT day = '2026-11-01'": 10,
    "EXTRACT(DAY FROM day) = 1": 10,
    "day = (SELECT DATE '2026-11-01')": 10,
    "n = 1": 10,
}


@pytest.fixture(scope="module")
def sales(client: bigquery.Client) -> str:
    """`days`: ten partitions by a column. `hours`: by a timestamp. `arrivals`: by ingestion time."""
    client.create_dataset("sales")
    client.query_and_wait("CREATE TABLE sales.days (day DATE, n INT64, text STRING) PARTITION BY day")
    client.query_and_wait(
        "INSERT INTO sales.days SELECT DATE_ADD(DATE '2026-11-01', INTERVAL MOD(i, 10) DAY), i, 'abc' "
        "FROM UNNEST(GENERATE_ARRAY(0, 999)) AS i"
    )
    client.query_and_wait("CREATE TABLE sales.times (at TIMESTAMP, n INT64) PARTITION BY DATE(at)")
    client.query_and_wait(
        "INSERT INTO sales.times SELECT TIMESTAMP_ADD(TIMESTAMP '2026-11-01 00:00:00+00', INTERVAL i HOUR), i "
        "FROM UNNEST(GENERATE_ARRAY(0, 47)) AS i"
    )
    schema = [bigquery.SchemaField("n", "INT64"), bigquery.SchemaField("text", "STRING")]
    ranges = bigquery.Table("koe-sandbox.sales.ranges", schema)
    ranges.range_partitioning = bigquery.RangePartitioning(bigquery.PartitionRange(0, 100, 10), "n")
    client.create_table(ranges)
    client.query_and_wait("INSERT INTO sales.ranges SELECT i, 'abc' FROM UNNEST(GENERATE_ARRAY(0, 99)) AS i")
    arrivals = bigquery.Table("koe-sandbox.sales.arrivals", [bigquery.SchemaField("n", "INT64")])
    arrivals.time_partitioning = DAY
    client.create_table(arrivals)
    for day in ("20261101", "20261102"):
        load(client, f"sales.arrivals${day}", [{"n": n} for n in range(10)])
    client.query_and_wait("CREATE VIEW sales.recent AS SELECT day AS sold_on, n FROM sales.days")
    return "sales"


def processed(client: bigquery.Client, sql: str, **options: object) -> int:
    job = client.query(sql, job_config=bigquery.QueryJobConfig(dry_run=True, **options))
    return int(job.total_bytes_processed)


def test_every_type_has_its_width(client: bigquery.Client, dataset: str) -> None:
    columns = ", ".join(f"c{index} {kind}" for index, (kind, _, _) in enumerate(TYPES))
    client.query_and_wait(f"CREATE TABLE {dataset}.t ({columns})")
    client.query_and_wait(f"INSERT INTO {dataset}.t VALUES ({', '.join(value for _, value, _ in TYPES)})")
    measured = [processed(client, f"SELECT c{index} FROM {dataset}.t") for index in range(len(TYPES))]
    assert measured == [width for _, _, width in TYPES]
    assert processed(client, f"SELECT * FROM {dataset}.t") == sum(width for _, _, width in TYPES)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", 0),
        ("SELECT COUNT(*) FROM sales.days", 0),
        ("SELECT n FROM sales.days", 8_000),
        ("SELECT n FROM (SELECT * FROM sales.days)", 8_000),
        ("SELECT text FROM sales.days WHERE n = 1", 13_000),
        ("SELECT * FROM sales.days", 21_000),
        ("SELECT * FROM sales.days LIMIT 1", 21_000),
        ("SELECT a.n FROM sales.days AS a JOIN sales.days AS b USING (n)", 8_000),
        ("SELECT n FROM sales.days UNION ALL SELECT n FROM sales.times", 8_000 + 48 * 8),
        ("SELECT table_name FROM sales.INFORMATION_SCHEMA.TABLES", 0),
    ],
)
def test_only_the_columns_that_are_read_count(client: bigquery.Client, sales: str, sql: str, expected: int) -> None:
    assert processed(client, sql) == expected


@pytest.mark.parametrize(("condition", "days"), FILTERS.items())
def test_only_the_partitions_that_the_filter_keeps_count(
    client: bigquery.Client, sales: str, condition: str, days: int
) -> None:
    assert processed(client, f"SELECT day, n FROM sales.days WHERE {condition}") == days * 100 * 16


def test_parameters_are_constants(client: bigquery.Client, sales: str) -> None:
    named = bigquery.ScalarQueryParameter("day", "DATE", datetime.date(2026, 11, 1))
    sql = "SELECT n FROM sales.days WHERE day = @day"
    assert processed(client, sql, query_parameters=[named]) == 1_600
    unnamed = [
        bigquery.ScalarQueryParameter(None, "INT64", 5),
        bigquery.ScalarQueryParameter(None, "DATE", "2026-11-01"),
    ]
    sql = "SELECT n FROM sales.days WHERE n > ? AND day = ?"
    assert processed(client, sql, query_parameters=unnamed) == 1_600


def test_a_filter_reaches_the_table_through_subqueries_and_views(client: bigquery.Client, sales: str) -> None:
    for sql in (
        "SELECT n FROM sales.recent WHERE sold_on = '2026-11-01'",
        "SELECT n FROM (SELECT * FROM sales.days) WHERE day = '2026-11-01'",
        "WITH d AS (SELECT * FROM sales.days WHERE day = '2026-11-01') SELECT n FROM d",
        "WITH d AS (SELECT * FROM sales.days) SELECT n FROM d WHERE day = '2026-11-01'",
        "SELECT d.n FROM sales.days AS d JOIN sales.times AS t ON d.day = '2026-11-01'",
    ):
        assert processed(client, sql) == 1_600, sql


def test_a_filter_on_one_mention_of_a_table_does_not_hide_another(client: bigquery.Client, sales: str) -> None:
    sql = "WITH d AS (SELECT * FROM sales.days) SELECT (SELECT MAX(n) FROM d WHERE day = '2026-11-01') + MAX(n) FROM d"
    assert processed(client, sql) == 100 * 8 + 8_000 - 100 * 8 + 1_000 * 8
    assert processed(client, "SELECT n FROM (SELECT * FROM sales.days LIMIT 5) WHERE day = '2026-11-01'") == 16_000


def test_partitions_by_timestamp_are_whole_days(client: bigquery.Client, sales: str) -> None:
    day = 24 * 16
    for condition, days in {
        "at = TIMESTAMP '2026-11-01 10:00:00+00'": 1,
        "at > TIMESTAMP '2026-11-01 23:00:00+00'": 2,
        "at >= TIMESTAMP '2026-11-02 00:00:00+00'": 1,
        "at < TIMESTAMP '2026-11-02 00:00:00+00'": 1,
        "DATE(at) = '2026-11-02'": 1,
        "TIMESTAMP_TRUNC(at, DAY) = TIMESTAMP('2026-11-02')": 1,
        "DATE(at, 'Asia/Tokyo') = '2026-11-02'": 2,
    }.items():
        assert processed(client, f"SELECT at, n FROM sales.times WHERE {condition}") == days * day, condition


def test_partitions_by_ingestion_time_and_by_range_are_pruned(client: bigquery.Client, sales: str) -> None:
    for condition in (
        "_PARTITIONTIME = TIMESTAMP('2026-11-01')",
        "_PARTITIONTIME >= '2026-11-02'",
        "_PARTITIONDATE = DATE '2026-11-01'",
        "DATE(_PARTITIONTIME) = '2026-11-01'",
        "_PARTITIONTIME > TIMESTAMP('2026-11-01')",
    ):
        assert processed(client, f"SELECT n FROM sales.arrivals WHERE {condition}") == 80, condition
    assert processed(client, "SELECT n FROM sales.ranges WHERE n BETWEEN 15 AND 24") == 2 * 10 * 8
    assert processed(client, "SELECT n FROM sales.ranges WHERE n = 15") == 10 * 8


def test_an_update_counts_all_columns_of_the_partitions_it_rewrites(client: bigquery.Client, sales: str) -> None:
    assert processed(client, "UPDATE sales.days SET n = 1 WHERE day = '2026-11-01'") == 2_100
    assert processed(client, "DELETE FROM sales.days WHERE day = '2026-11-01'") == 2_100
    assert processed(client, "INSERT INTO sales.days (n) SELECT n FROM sales.times") == 48 * 8


def test_a_merge_counts_its_source_and_the_partitions_of_its_target(client: bigquery.Client, dataset: str) -> None:
    client.query_and_wait(
        f"CREATE TABLE {dataset}.t (day DATE, n INT64) PARTITION BY day OPTIONS (require_partition_filter = TRUE); "
        f"INSERT INTO {dataset}.t VALUES ('2026-11-01', 1), ('2026-11-02', 2); "
        f"CREATE TABLE {dataset}.s AS SELECT DATE '2026-11-02' AS day, 3 AS n"
    )
    merge = (
        "MERGE {0}.t AS t USING (SELECT day, n FROM {0}.s) AS s ON {1} WHEN NOT MATCHED BY SOURCE AND {2} THEN DELETE "
    )
    merge += "WHEN NOT MATCHED THEN INSERT (day, n) VALUES (day, n)"
    assert processed(client, merge.format(dataset, "FALSE", "t.day IN ('2026-11-02')")) >= 16 + 16
    with pytest.raises(BadRequest, match="without a filter over column"):
        processed(client, merge.format(dataset, "FALSE", "t.n = 1"))
    with pytest.raises(BadRequest, match="missing"):
        processed(client, merge.replace("n FROM", "missing FROM").format(dataset, "FALSE", "t.day IN ('2026-11-02')"))
    assert client.query_and_wait(f"SELECT n FROM {dataset}.t WHERE day > '2000-01-01'").total_rows == 2


def test_the_sizes_are_those_of_the_table_now(client: bigquery.Client, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE {dataset}.t (n INT64)")
    sizes = [processed(client, f"SELECT n FROM {dataset}.t")]
    for statement in (
        f"INSERT INTO {dataset}.t VALUES (1), (2), (3)",
        f"DELETE FROM {dataset}.t WHERE n = 1",
        f"CREATE OR REPLACE TABLE {dataset}.t AS SELECT 1 AS n",
        f"TRUNCATE TABLE {dataset}.t",
    ):
        client.query_and_wait(statement)
        sizes.append(processed(client, f"SELECT n FROM {dataset}.t"))
    assert sizes == [0, 24, 16, 8, 0]


def test_a_job_is_billed_whole_mebibytes_and_ten_for_every_table(client: bigquery.Client, sales: str) -> None:
    job = client.query("SELECT n FROM sales.days")
    job.result()
    assert (job.total_bytes_processed, job.total_bytes_billed) == (8_000, TEN_MEBIBYTES)
    job = client.query("SELECT n FROM sales.days UNION ALL SELECT n FROM sales.times")
    job.result()
    assert job.total_bytes_billed == 2 * TEN_MEBIBYTES
    client.query_and_wait(
        "CREATE OR REPLACE TABLE sales.large AS SELECT REPEAT('x', 998) AS text FROM UNNEST(GENERATE_ARRAY(1, 20000))"
    )
    job = client.query("SELECT MAX(text) FROM sales.large")
    job.result()
    assert (job.total_bytes_processed, job.total_bytes_billed) == (20_000_000, 20 * MEBIBYTE)


def test_a_dry_run_bills_nothing(client: bigquery.Client, sales: str) -> None:
    job = client.query("SELECT n FROM sales.days", job_config=bigquery.QueryJobConfig(dry_run=True))
    assert (job.total_bytes_processed, job.total_bytes_billed) == (8_000, 0)


def test_the_query_response_has_the_bytes(client: bigquery.Client, sales: str) -> None:
    assert client.query_and_wait("SELECT n FROM sales.days").total_bytes_processed == 8_000


def test_a_script_has_the_bytes_of_its_statements(client: bigquery.Client, sales: str) -> None:
    job = client.query(
        "DECLARE most INT64 DEFAULT (SELECT MAX(n) FROM sales.times); "
        "SELECT text FROM sales.days WHERE n = most; SELECT n FROM sales.days;"
    )
    job.result()
    children = sorted(child.total_bytes_processed for child in client.list_jobs(parent_job=job.job_id))
    assert children == [8_000, 13_000]
    assert job.total_bytes_processed == 48 * 8 + 13_000 + 8_000


def test_a_query_beyond_the_limit_does_not_run(client: bigquery.Client, sales: str) -> None:
    limited = bigquery.QueryJobConfig(maximum_bytes_billed=TEN_MEBIBYTES - 1)
    message = f"Query exceeded limit for bytes billed: {TEN_MEBIBYTES - 1}. {TEN_MEBIBYTES} or higher required."
    with pytest.raises(BadRequest, match=message):
        client.query_and_wait("SELECT n FROM sales.days", job_config=limited)
    job = client.query("CREATE TABLE sales.never AS SELECT n FROM sales.days", job_config=limited)
    with pytest.raises(InternalServerError, match=message):  # how the client reads the reason of a failed job
        job.result()
    assert job.error_result is not None
    assert job.error_result["reason"] == "bytesBilledLimitExceeded"
    assert "never" not in [table.table_id for table in client.list_tables("sales")]


def test_a_query_within_the_limit_runs(client: bigquery.Client, sales: str) -> None:
    config = bigquery.QueryJobConfig(maximum_bytes_billed=TEN_MEBIBYTES)
    assert client.query_and_wait("SELECT n FROM sales.days", job_config=config).total_rows == 1_000
    unbilled = bigquery.QueryJobConfig(maximum_bytes_billed=1)
    assert client.query_and_wait("SELECT COUNT(*) FROM sales.days", job_config=unbilled).total_rows == 1


def test_the_limit_does_not_tell_the_size_of_what_may_not_be_read(gateway: Gateway, sales: str) -> None:
    config = bigquery.QueryJobConfig(maximum_bytes_billed=1)
    with pytest.raises(Forbidden):
        gateway.client(ANALYST).query_and_wait("SELECT n FROM sales.days", job_config=config)


def test_jobs_are_listed_with_their_bytes(client: bigquery.Client, sales: str) -> None:
    config = bigquery.QueryJobConfig(labels={"of": "test", "a-b": "c"})
    job = client.query("SELECT n FROM sales.days WHERE text = 'listed'", job_config=config)
    job.result()
    (row,) = client.query_and_wait(f"SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE job_id = '{job.job_id}'")
    assert (row.job_type, row.statement_type, row.state, row.user_email) == ("QUERY", "SELECT", "DONE", PLATFORM)
    assert (row.total_bytes_processed, row.total_bytes_billed, row.cache_hit) == (13_000, TEN_MEBIBYTES, False)
    assert row.creation_time <= row.start_time <= row.end_time
    assert row.query == "SELECT n FROM sales.days WHERE text = 'listed'"
    assert {label["key"]: label["value"] for label in row.labels} == {"of": "test", "a-b": "c"}
    assert row.referenced_tables == [{"project_id": "koe-sandbox", "dataset_id": "sales", "table_id": "days"}]
    assert row.destination_table["project_id"] == "koe-sandbox"
    assert row.error_result is None


def test_failed_jobs_are_listed_with_their_error(client: bigquery.Client, sales: str) -> None:
    job = client.query("SELECT missing FROM sales.days")
    with pytest.raises(BadRequest):
        job.result()
    (row,) = client.query_and_wait(
        f"SELECT error_result.reason AS reason, error_result.message AS message "
        f"FROM INFORMATION_SCHEMA.JOBS_BY_PROJECT WHERE job_id = '{job.job_id}'"
    )
    assert row.reason == "invalidQuery"
    assert "missing" in row.message


def test_the_bytes_of_all_jobs_can_be_added_up(client: bigquery.Client, sales: str) -> None:
    client.query_and_wait("SELECT n FROM sales.days")
    (row,) = client.query_and_wait(
        "SELECT user_email, SUM(total_bytes_billed) AS billed, CAST(COUNT(*) AS NUMERIC) AS jobs "
        "FROM `koe-sandbox`.`region-us`.INFORMATION_SCHEMA.JOBS WHERE job_type = 'QUERY' "
        "AND creation_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY) GROUP BY user_email "
        "HAVING user_email = 'platform@koe-sandbox.iam.gserviceaccount.com'"
    )
    assert row.billed >= TEN_MEBIBYTES
    assert row.jobs >= Decimal(1)
