"""Tables from a list of columns and a query, REQUIRED columns, MERGE, and required partition filters."""

import uuid

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery, storage

from tests.integration.bigquery.tables import select

FILTER_MISSING = "without a filter over column.* 'day' that can be used for partition elimination"


@pytest.fixture(scope="module")
def plain(client: bigquery.Client) -> str:
    """A dataset with `t`, three rows; its k is REQUIRED."""
    name = f"d_{uuid.uuid4().hex[:12]}"
    client.create_dataset(name)
    client.query_and_wait(
        f"CREATE TABLE {name}.t (k INT64 NOT NULL, v STRING) AS SELECT k, 'v' FROM UNNEST([1, 2, 3]) k"
    )
    return name


def config(dataset: str) -> bigquery.QueryJobConfig:
    return bigquery.QueryJobConfig(default_dataset=f"koe-sandbox.{dataset}")


@pytest.mark.parametrize(
    ("columns", "query", "message"),
    [
        ("a INT64 NOT NULL", "SELECT CAST(NULL AS INT64)", "Required field a cannot be null"),
        (
            "a INT64",
            "SELECT 'x'",
            "column 1 has type STRING which cannot be inserted into column a, which has type INT64",
        ),
        (
            "a STRING",
            "SELECT 1",
            "column 1 has type INT64 which cannot be inserted into column a, which has type STRING",
        ),
        (
            "a ARRAY<STRING>",
            "SELECT 'x'",
            "STRING which cannot be inserted into column a, which has type ARRAY<STRING>",
        ),
        ("a INT64, b INT64", "SELECT 1", "has 2 columns, but the query has 1"),
        ("a INT64", "SELECT DIV(1, k - k) FROM t", "[Dd]ivision by zero"),
    ],
)
def test_a_query_that_does_not_fit_the_columns_leaves_the_former_table(
    client: bigquery.Client, plain: str, columns: str, query: str, message: str
) -> None:
    client.query_and_wait(f"CREATE OR REPLACE TABLE {plain}.former AS SELECT 'former' AS a")
    statement = f"CREATE OR REPLACE TABLE former ({columns}) AS ({query})"
    with pytest.raises(BadRequest, match=message):
        client.query_and_wait(statement, job_config=config(plain))
    assert select(client, f"SELECT a FROM {plain}.former") == [("former",)]


def test_the_columns_of_a_list_are_filled_by_position_and_coerced(client: bigquery.Client, plain: str) -> None:
    columns = (
        "k INT64 NOT NULL OPTIONS(description='The key'), n NUMERIC, f FLOAT64, d DATE, PRIMARY KEY (k) NOT ENFORCED"
    )
    statement = f"CREATE OR REPLACE TABLE listed ({columns}) AS SELECT 1 AS x, 2, 3, '2026-11-01' AS y"
    dry = client.query(statement, bigquery.QueryJobConfig(default_dataset=f"koe-sandbox.{plain}", dry_run=True))
    assert [field.name for field in dry.schema] == ["k", "n", "f", "d"]
    client.query_and_wait(statement, job_config=config(plain))
    assert select(client, f"SELECT CAST(n AS STRING), f, CAST(d AS STRING) FROM {plain}.listed") == [
        ("2", 3.0, "2026-11-01")
    ]
    table = client.get_table(f"{plain}.listed")
    assert (table.schema[0].mode, table.schema[0].description) == ("REQUIRED", "The key")
    assert table.table_constraints.primary_key.columns == ["k"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t (v) VALUES ('x')",
        "UPDATE t SET k = NULL WHERE k = 1",
        "MERGE t USING (SELECT 1 AS k) s ON t.k = s.k WHEN MATCHED THEN UPDATE SET k = NULL",
        "MERGE t USING (SELECT 9 AS k) s ON t.k = s.k WHEN NOT MATCHED THEN INSERT (v) VALUES ('x')",
    ],
)
def test_a_required_column_takes_no_null(client: bigquery.Client, plain: str, statement: str) -> None:
    with pytest.raises(BadRequest, match="Required field k cannot be null"):
        client.query_and_wait(statement, job_config=config(plain))


@pytest.mark.parametrize("action", ["UPDATE SET v = 'x'", "DELETE"])
def test_two_rows_of_the_source_for_one_of_the_target_are_refused(
    client: bigquery.Client, plain: str, action: str
) -> None:
    source = "(SELECT 1 AS k UNION ALL SELECT 1)"
    with pytest.raises(BadRequest, match="at most one source row for each target row"):
        client.query_and_wait(
            f"MERGE t USING {source} s ON t.k = s.k WHEN MATCHED THEN {action}", job_config=config(plain)
        )


def test_the_first_condition_of_a_merge_that_holds_decides(client: bigquery.Client, plain: str) -> None:
    client.query_and_wait(f"CREATE OR REPLACE TABLE {plain}.m AS SELECT k, 'v' AS v FROM UNNEST([1, 2, 3, 4]) AS k")
    client.query_and_wait(
        """MERGE m USING (SELECT k FROM UNNEST([1, 2, 3, 8, 9]) AS k) s ON m.k = s.k
        WHEN MATCHED AND s.k = 1 THEN UPDATE SET v = NULL
        WHEN MATCHED AND s.k < 3 THEN DELETE
        WHEN MATCHED THEN UPDATE SET v = 'third'
        WHEN NOT MATCHED AND s.k = 8 THEN INSERT (k, v) VALUES (k, NULL)
        WHEN NOT MATCHED THEN INSERT (k, v) VALUES (k, 'new')
        WHEN NOT MATCHED BY SOURCE AND m.k > 3 THEN DELETE""",
        job_config=config(plain),
    )
    rows = select(client, f"SELECT k, v FROM {plain}.m ORDER BY k")
    assert rows == [(1, None), (3, "third"), (8, None), (9, "new")]


def test_partitions_have_an_expiration(client: bigquery.Client, plain: str) -> None:
    options = "PARTITION BY d OPTIONS(partition_expiration_days=3)"
    client.query_and_wait(f"CREATE TABLE {plain}.expiring {options} AS SELECT DATE '2026-11-01' AS d")
    assert client.get_table(f"{plain}.expiring").time_partitioning.expiration_ms == 3 * 86_400_000
    client.query_and_wait(f"ALTER TABLE {plain}.expiring SET OPTIONS(partition_expiration_days=NULL)")
    partitioning = client.get_table(f"{plain}.expiring").time_partitioning
    assert (partitioning.field, partitioning.expiration_ms) == ("d", None)


@pytest.fixture(scope="module")
def filtered(client: bigquery.Client, plain: str) -> str:
    """`f` and `g`: tables by day that require a filter, and a view over `f` that has one."""
    options = "PARTITION BY day OPTIONS(require_partition_filter=true)"
    for name in ("f", "g"):
        client.query_and_wait(
            f"CREATE TABLE {plain}.{name} {options} AS SELECT 1 AS k, 'v' AS v, DATE '2026-11-01' AS day"
        )
    client.query_and_wait(f"CREATE VIEW {plain}.seen AS SELECT * FROM {plain}.f WHERE day > DATE '2026-01-01'")
    return plain


MERGED = "WHEN MATCHED THEN UPDATE SET v = 'm'"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT COUNT(*) FROM f WHERE day = '2026-11-01'",
        "SELECT COUNT(*) FROM f WHERE day IS NOT NULL",
        "SELECT COUNT(*) FROM (SELECT * FROM f) WHERE day BETWEEN '2026-11-01' AND '2026-11-02'",
        "WITH a AS (SELECT day, COUNT(*) AS n FROM f GROUP BY day) SELECT * FROM a WHERE day > '2026-01-01'",
        "WITH a AS (SELECT * FROM f) SELECT * FROM a WHERE day > '2026-01-01' "
        "UNION ALL SELECT * FROM a WHERE day < '2026-01-01'",
        "SELECT * FROM t LEFT JOIN f ON f.k = t.k AND f.day > '2026-01-01'",
        "SELECT * FROM f JOIN g USING (k) WHERE f.day > '2026-01-01' AND g.day > '2026-01-01'",
        "SELECT * FROM seen",
        "DECLARE days ARRAY<DATE> DEFAULT [DATE '2026-11-01']; SELECT * FROM f WHERE day IN UNNEST(days)",
        "UPDATE f SET v = 'u' WHERE day > '2026-01-01'",
        "DELETE FROM f WHERE day < '2026-01-01'",
        f"MERGE f USING t s ON f.k = s.k AND f.day > '2026-01-01' {MERGED}",
        "MERGE f USING t s ON FALSE WHEN NOT MATCHED BY SOURCE AND day < '2026-01-01' THEN DELETE",
        "INSERT INTO f (k, v, day) VALUES (2, 'i', DATE '2026-11-02')",
    ],
)
def test_a_partition_filter_is_found_where_it_stands(client: bigquery.Client, filtered: str, statement: str) -> None:
    client.query_and_wait(statement, job_config=config(filtered))


def test_a_copy_an_extract_and_the_preview_need_no_filter(
    client: bigquery.Client, filtered: str, bucket: storage.Bucket
) -> None:
    table = f"koe-sandbox.{filtered}.g"
    client.copy_table(table, f"{table}_copied").result()
    client.extract_table(table, f"gs://{bucket.name}/g.csv").result()
    assert len(list(client.list_rows(client.get_table(table)))) == client.get_table(f"{table}_copied").num_rows == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT COUNT(*) FROM f",
        "SELECT COUNT(*) FROM f WHERE k = 1",
        "SELECT COUNT(*) FROM f WHERE day > '2026-01-01' OR k = 1",
        "SELECT * FROM f JOIN g USING (k) WHERE f.day > '2026-01-01'",
        "SELECT * FROM t LEFT JOIN f ON f.k = t.k WHERE f.day IS NULL",
        "SELECT * FROM f WHERE k IN (SELECT k FROM g WHERE day > '2026-01-01')",
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY k) AS n FROM f) WHERE day > '2026-01-01'",
        "CREATE OR REPLACE VIEW all_of_it AS SELECT * FROM f",
        "UPDATE f SET v = 'u' WHERE k = 1",
        "DELETE FROM f WHERE TRUE",
        f"MERGE f USING t s ON f.k = s.k {MERGED}",
        f"MERGE t USING f s ON t.k = s.k {MERGED}",
        f"MERGE t USING (SELECT * FROM f) s ON t.k = s.k {MERGED}",
        "CREATE OR REPLACE TABLE copied AS SELECT * FROM f",
        "DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM f); SELECT n",
    ],
)
def test_a_missing_partition_filter_is_refused(client: bigquery.Client, filtered: str, statement: str) -> None:
    with pytest.raises(BadRequest, match=FILTER_MISSING):
        client.query_and_wait(statement, job_config=config(filtered))
