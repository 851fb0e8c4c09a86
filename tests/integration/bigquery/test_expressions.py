"""Expressions that the models of this platform need. The expected values come from ZetaSQL's evaluator."""

import decimal

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from tests.integration.bigquery.tables import select

VALUES = '{"a":{"N":"12"},"l":{"L":[{"N":"1"},{"N":"2"}]},"s":{"SS":["x","y"]},"b":{"B":"AQI="},"n":null}'
ITEM = f"PARSE_JSON('{VALUES}')"
AT = "TIMESTAMP '2026-10-01 20:34:56.789+00'"
CASES = {
    "SAFE_CAST('1.5' AS INT64)": None,
    "SAFE_CAST('1e3' AS INT64)": None,
    "SAFE_CAST(' 12 ' AS INT64)": 12,
    "SAFE_CAST('0x1F' AS INT64)": 31,
    "SAFE_CAST('12345678901234567890' AS INT64)": None,
    "SAFE_CAST('t' AS BOOL)": None,
    "SAFE_CAST('TRUE' AS BOOL)": True,
    "SAFE_CAST('1_000' AS FLOAT64)": None,
    "SAFE_CAST('2026-10-01 12:00:00' AS DATE)": None,
    "CAST(SAFE_CAST('2026-1-5' AS DATE) AS STRING)": "2026-01-05",
    "SAFE_CAST('2026-10-01T12:34:56.789Z' AS DATETIME)": None,
    "SAFE_CAST('12:30' AS TIME)": None,
    "CAST(SAFE_CAST('2026-10-01T12:34:56.789Z' AS TIMESTAMP) AS STRING)": "2026-10-01 12:34:56.789+00",
    "SAFE_CAST('2026-10-01 25:00:00' AS TIMESTAMP)": None,
    "SAFE_CAST('12345678901234567890123456789012345678' AS NUMERIC)": None,
    "CAST(SAFE_CAST('1.23456789055' AS NUMERIC) AS STRING)": "1.234567891",
    "CAST(CAST('12345678901234567890.123456789012345678' AS BIGNUMERIC) AS STRING)": (
        "12345678901234567890.123456789012345678"
    ),
    f"FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E*SZ', {AT})": "2026-10-01T20:34:56.789Z",
    "FORMAT_TIMESTAMP('%H:%M:%E*S', TIMESTAMP '2026-10-01 12:34:50+00')": "12:34:50",
    f"FORMAT_TIMESTAMP('%H:%M:%E3S', {AT})": "20:34:56.789",
    f"FORMAT_TIMESTAMP('%F %R', {AT}, 'Asia/Tokyo')": "2026-10-02 05:34",
    "UNIX_MILLIS(PARSE_TIMESTAMP('%Y-%m-%dT%H:%M:%E*SZ', '2026-10-01T12:34:56.789Z'))": 1790858096789,
    "UNIX_MILLIS(PARSE_TIMESTAMP('%Y-%m-%dT%H:%M:%E*SZ', '2026-10-01T12:34:56Z'))": 1790858096000,
    "UNIX_MILLIS(PARSE_TIMESTAMP('%F %H:%M:%E3S', '2026-10-01 12:34:56.789', 'Asia/Tokyo'))": 1790825696789,
    "UNIX_MILLIS(PARSE_TIMESTAMP('%FT%H:%M:%E*S%Ez', '2026-10-01T12:34:56.5+09:00'))": 1790825696500,
    "SAFE.PARSE_TIMESTAMP('%Y-%m-%dT%H:%M:%E*SZ', 'x')": None,
    "SAFE.PARSE_TIMESTAMP('%F %T', t)": None,
    "SAFE.PARSE_DATE('%Y%m%d', t)": None,
    "CAST(PARSE_DATETIME('%F %H:%M:%E*S', '2026-10-01 01:02:03.25') AS STRING)": "2026-10-01 01:02:03.250",
    f"CAST(DATE({AT}, 'Asia/Tokyo') AS STRING)": "2026-10-02",
    f"CAST(DATETIME({AT}, 'Asia/Tokyo') AS STRING)": "2026-10-02 05:34:56.789",
    f"CAST(TIMESTAMP_TRUNC({AT}, DAY, 'Asia/Tokyo') AS STRING)": "2026-10-01 15:00:00+00",
    "CAST(TIMESTAMP(DATE '2026-10-01', 'Asia/Tokyo') AS STRING)": "2026-09-30 15:00:00+00",
    f"EXTRACT(HOUR FROM {AT} AT TIME ZONE 'Asia/Tokyo')": 5,
    "CAST(NUMERIC '1.50' AS STRING)": "1.5",
    "CAST(1e5 AS STRING)": "100000",
    "NUMERIC '0.000000001' * NUMERIC '0.5'": decimal.Decimal("0.000000001"),
    "NUMERIC '-0.000000001' * NUMERIC '0.5'": decimal.Decimal("-0.000000001"),
    "CAST(NUMERIC '916.666666667' * NUMERIC '1.5132' AS STRING)": "1387.100000001",
    "(SELECT SUM(n * NUMERIC '0.5') FROM UNNEST([NUMERIC '0.000000001', NUMERIC '0.000000001']) AS n)": (
        decimal.Decimal("0.000000002")
    ),
    "2 * NUMERIC '1.5' * 3": 9,
    "CAST(NUMERIC '1.1' * NUMERIC '1.1' * 1.1 / 3 * 0.1 AS STRING)": "0.044366667",
    "CAST(CAST(1.5 AS BIGNUMERIC) * NUMERIC '0.000000001' AS STRING)": "0.0000000015",
    "11000 / NUMERIC '12'": decimal.Decimal("916.666666667"),
    "NUMERIC '-1' / 6": decimal.Decimal("-0.166666667"),
    "NUMERIC '3879000' / 23": decimal.Decimal("168652.173913043"),
    "CAST(SAFE_DIVIDE(NUMERIC '123456789012345678.33', 9) AS STRING)": "13717421001371742.036666667",
    "CAST(SAFE_DIVIDE(1, NUMERIC '-3') AS STRING)": "-0.333333333",
    "SAFE_DIVIDE(NUMERIC '1', 0)": None,
    "SAFE_DIVIDE(1, 4)": 0.25,
    "JSON_VALUE(j, '$.a.N')": "12",
    "JSON_VALUE(j.a.N)": "12",
    "JSON_VALUE(v.j.a.N)": "12",
    "JSON_VALUE(j['a']['N'])": "12",
    "JSON_VALUE(j.l.L[1].N)": "2",
    "JSON_VALUE(j.a)": None,
    "SAFE_CAST(JSON_VALUE(j.a.N) AS INT64)": 12,
    "TO_JSON_STRING(JSON_QUERY(j, '$.a'))": '{"N":"12"}',
    "JSON_VALUE_ARRAY(j.s.SS)": ["x", "y"],
    "JSON_VALUE_ARRAY(j.missing)": [],
    "ARRAY(SELECT SAFE_CAST(JSON_VALUE(e.N) AS INT64) FROM UNNEST(JSON_QUERY_ARRAY(j.l.L)) AS e)": [1, 2],
    "j.n IS NULL": False,
    "j.missing IS NULL": True,
    "LAX_INT64(j.a.N)": 12,
    "LAX_STRING(JSON '12')": "12",
    "TO_HEX(FROM_BASE64(JSON_VALUE(j.b.B)))": "0102",
    "SAFE.FROM_BASE64('###')": None,
    "SAFE.PARSE_JSON(t)": None,
    "TO_JSON_STRING(SAFE.PARSE_JSON(CONCAT('{}', SUBSTR(t, 5))))": "{}",
    "SAFE.SUBSTR(SAFE.SUBSTR(t, 2), 1, LENGTH(t) - 2)": "ex",
    """TO_JSON_STRING(PARSE_JSON('{"a":1.10,"b":[1,2]}'))""": '{"a":1.1,"b":[1,2]}',
    "TO_JSON_STRING(PARSE_JSON('[12345678901234567890123]', wide_number_mode=>'round'))": "[1.2345678901234568e22]",
}


@pytest.mark.parametrize("expression", CASES)
def test_an_expression_has_bigquerys_value(client: bigquery.Client, expression: str) -> None:
    ((value,),) = select(client, f"SELECT {expression} FROM (SELECT {ITEM} AS j, 'text' AS t) AS v")
    assert value == CASES[expression]


@pytest.mark.parametrize(
    "expression",
    [
        "CAST('1.5' AS INT64)",
        "CAST('yes' AS BOOL)",
        "PARSE_TIMESTAMP('%Y-%m-%dT%H:%M:%E*SZ', '2026-10-01')",
        "PARSE_JSON('{\"a\":12345678901234567890123}')",
        "SAFE.PARSE_JSON(ERROR('an error of an argument is none of the function'))",
        "SAFE_CAST('12345678901234567890123456789012345678' AS BIGNUMERIC)",  # BigQuery could; DuckDB would lose it
        "SAFE_CAST('0.0000000000000000001' AS BIGNUMERIC)",
    ],
)
def test_what_has_no_exact_value_is_refused(client: bigquery.Client, expression: str) -> None:
    with pytest.raises(BadRequest):
        select(client, f"SELECT {expression}")


def test_types_are_known_behind_a_star(client: bigquery.Client, dataset: str) -> None:
    select(client, f"CREATE TABLE {dataset}.t AS SELECT NUMERIC '1.5' AS n, PARSE_JSON('{VALUES}') AS j")
    query = f"""
    WITH source AS (SELECT *, n AS m FROM {dataset}.t), renamed AS (SELECT s.*, m / 3 AS third FROM source AS s)
    SELECT n / 2 AS half, third, CAST(n AS STRING) AS text, JSON_VALUE(j.l.L[1].N) AS second FROM renamed
    """
    rows = client.query_and_wait(query)
    assert [field.field_type for field in rows.schema] == ["NUMERIC", "NUMERIC", "STRING", "STRING"]
    assert [tuple(row.values()) for row in rows] == [(decimal.Decimal("0.75"), decimal.Decimal("0.5"), "1.5", "2")]


def test_a_script_assigns_the_fields_of_a_struct_to_variables(client: bigquery.Client) -> None:
    script = """
    DECLARE days ARRAY<DATE>; DECLARE low, high INT64;
    SET (days) = (SELECT AS STRUCT ARRAY_AGG(DISTINCT d IGNORE NULLS) FROM UNNEST([DATE '2026-11-21', NULL]) AS d);
    SET (low, high) = (SELECT AS STRUCT MIN(x), MAX(x) FROM UNNEST([3, 1, 2]) AS x);
    SELECT DATE '2026-11-21' IN UNNEST(days), ARRAY_LENGTH(days), low, high;
    """
    assert select(client, script) == [(True, 1, 1, 3)]
    with pytest.raises(BadRequest, match="Number of variables"):
        select(client, "DECLARE a, b INT64; SET (a, b) = (SELECT AS STRUCT 1); SELECT a")


def test_statements_that_change_rows_need_the_required_partition_filter(client: bigquery.Client, dataset: str) -> None:
    table = f"{dataset}.t"
    select(client, f"CREATE TABLE {table} (d DATE, n INT64) PARTITION BY d OPTIONS (require_partition_filter = TRUE)")
    select(client, f"INSERT INTO {table} VALUES (DATE '2026-11-20', 1), (DATE '2026-11-21', 2)")
    source = "(SELECT DATE '2026-11-21' AS d, 3 AS n)"
    merge = f"MERGE INTO {table} AS t USING {source} AS s ON {{}} WHEN NOT MATCHED BY SOURCE {{}} THEN DELETE "
    for statement in (
        f"UPDATE {table} SET n = 0 WHERE n = 1",
        f"DELETE FROM {table} WHERE n = 1",
        merge.format("FALSE", ""),
    ):
        with pytest.raises(BadRequest, match="without a filter over column"):
            select(client, statement)
    select(client, merge.format("FALSE", "AND t.d IN ('2026-11-21')") + "WHEN NOT MATCHED THEN INSERT ROW")
    assert select(client, f"SELECT n FROM {table} WHERE d > '2000-01-01' ORDER BY n") == [(1,), (3,)]


def test_many_paths_of_one_json_column_read_the_same_values_as_one_at_a_time(client: bigquery.Client) -> None:
    paths = ["$.a.N", "$.l.L[1].N", "$.s.SS", "$.n", "$.missing", '$."b"', "$.a.N"]
    read = [f"TO_JSON_STRING(JSON_QUERY(item, '{path}'))" for path in paths]
    source = f"(SELECT {ITEM} AS item)"
    [together] = select(client, f"SELECT {', '.join(read)} FROM {source}")
    assert together == tuple(select(client, f"SELECT {path} FROM {source}")[0][0] for path in read)
    assert together[:2] == ('"12"', '"2"')
