"""Load jobs: from Cloud Storage and from uploads, JSON lines and Parquet."""

import decimal
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import bigquery, storage

from tests.integration.bigquery.tables import DAY, JSON_LINES, create, field, lines, load, packed, select, tags

ITEM = (field("Item", "JSON", tag="restricted"),)
PARQUET = bigquery.SourceFormat.PARQUET


def from_bucket(client: bigquery.Client, uris: str | list[str], table: str, **options: Any) -> bigquery.LoadJob:
    config = bigquery.LoadJobConfig(**{"source_format": JSON_LINES, "write_disposition": "WRITE_APPEND"} | options)
    job = client.load_table_from_uri(uris, f"{client.project}.{table}", job_config=config)
    job.result()
    return job


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def load_parquet(client: bigquery.Client, table: str, data: pa.Table, **options: Any) -> None:
    config = bigquery.LoadJobConfig(source_format=PARQUET, **options)
    client.load_table_from_file(io.BytesIO(parquet(data)), f"{client.project}.{table}", job_config=config).result()


def test_many_compressed_files_of_which_some_are_empty_load_in_one_job(
    client: bigquery.Client, dataset: str, bucket: storage.Bucket
) -> None:
    create(client, f"{dataset}.t", ITEM, DAY)
    for index in range(6):
        rows = [{"Item": {"id": {"N": str(index * 10 + row)}}} for row in range(10)] if index % 3 else []
        bucket.blob(f"export/data/{index}.json.gz").upload_from_string(packed(rows))
    bucket.blob("export/data/nothing.json.gz").upload_from_string(b"")
    bucket.blob("export/manifest.json").upload_from_string(b"not to be loaded")
    job = from_bucket(client, f"gs://{bucket.name}/export/data/*.json.gz", f"{dataset}.t$20261121")
    assert (job.output_rows, job.input_files) == (40, 7)
    total = f"SELECT COUNT(*), COUNT(DISTINCT JSON_VALUE(Item.id.N)) FROM {dataset}.t WHERE _PARTITIONDATE='2026-11-21'"
    assert select(client, total) == [(40, 40)]


def test_a_list_of_objects_loads_all_of_them(client: bigquery.Client, dataset: str, bucket: storage.Bucket) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64")])
    for name in ("a", "b", "c"):
        bucket.blob(f"{name} %.json").upload_from_string(lines([{"n": ord(name)}]))
    from_bucket(client, [f"gs://{bucket.name}/{name} %.json" for name in "ac"], f"{dataset}.t")
    assert select(client, f"SELECT n FROM {dataset}.t ORDER BY n") == [(97,), (99,)]


def test_only_empty_files_make_an_empty_partition(
    client: bigquery.Client, dataset: str, bucket: storage.Bucket
) -> None:
    create(client, f"{dataset}.t", ITEM, DAY)
    load(client, f"{dataset}.t$20261121", [{"Item": {"a": 1}}])
    bucket.blob("empty.json.gz").upload_from_string(packed([]))
    uri = f"gs://{bucket.name}/empty.json.gz"
    job = from_bucket(client, uri, f"{dataset}.t$20261121", write_disposition="WRITE_TRUNCATE_DATA")
    assert job.output_rows == 0 and select(client, f"SELECT COUNT(*) FROM {dataset}.t") == [(0,)]


def test_an_object_that_is_not_there_is_named(client: bigquery.Client, dataset: str, bucket: storage.Bucket) -> None:
    create(client, f"{dataset}.t", ITEM)
    for name in ("missing.json", "missing/*"):
        with pytest.raises(NotFound, match=f"gs://{bucket.name}/missing"):
            from_bucket(client, f"gs://{bucket.name}/{name}", f"{dataset}.t")


VALUES = [
    '{"n":{"N":"12345678901234567890123456789012345678"}}',
    '{"plain":12345678901234567890123456789012345678,"small":-0.000000000000000000001}',
    '{"b":{"B":"AAEC/w=="},"ss":{"SS":["あ","b"]},"null":{"NULL":true},"none":null,"empty":""}',
    '"12"',
    '"text"',
    "12",
    "[1,[2,{}]]",
    "true",
]


def test_json_is_stored_value_for_value(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64"), field("Item", "JSON")])
    data = "".join(f'{{"n":{n},"Item":{value}}}\n' for n, value in enumerate(VALUES))
    config = bigquery.LoadJobConfig(source_format=JSON_LINES)
    client.load_table_from_file(io.BytesIO(data.encode()), f"{client.project}.{dataset}.t", job_config=config).result()
    stored = [row[0] for row in select(client, f"SELECT TO_JSON_STRING(Item) FROM {dataset}.t ORDER BY n")]
    assert stored[:1] + stored[2:] == VALUES[:1] + VALUES[2:]
    assert stored[1].startswith('{"plain":12345678901234567890123456789012345678,"small":-1e-21')


def test_every_type_loads_from_json(client: bigquery.Client, dataset: str) -> None:
    inner = [field("city"), field("codes", "INT64", "REPEATED")]
    kinds = ["INT64", "FLOAT64", "NUMERIC", "BOOL", "BYTES", "DATE", "DATETIME", "TIME", "TIMESTAMP"]
    schema = [field(kind.lower(), kind) for kind in kinds]
    schema += [field("words", mode="REPEATED"), field("address", "RECORD", fields=inner)]
    schema += [field("lines", "RECORD", "REPEATED", fields=[field("price", "NUMERIC")])]
    create(client, f"{dataset}.t", schema)
    row = {
        "int64": "9007199254740993", "float64": 1.5, "numeric": "0.1", "bool": True, "bytes": "AAE=",
        "date": "2026-11-21", "datetime": "2026-11-21T01:02:03", "time": "01:02:03",
        "timestamp": "2026-11-21T01:02:03.5Z", "words": ["a", "b"],
        "address": {"city": "東京", "codes": [1, 2]}, "lines": [{"price": "1.10"}, {"price": 2}],
    }  # fmt: skip
    load(client, f"{dataset}.t", [row, {}])
    query = f"SELECT * EXCEPT (date, datetime, time, timestamp) FROM {dataset}.t ORDER BY int64 DESC"
    full, empty = select(client, query)
    assert full == (
        9007199254740993, 1.5, decimal.Decimal("0.1"), True, b"\x00\x01", ["a", "b"],
        {"city": "東京", "codes": [1, 2]}, [{"price": decimal.Decimal("1.1")}, {"price": decimal.Decimal(2)}],
    )  # fmt: skip
    assert empty == (None, None, None, None, None, [], None, [])


@pytest.mark.parametrize(
    ("row", "options"),
    [({"n": "x"}, {}), ({"n": 1, "unknown": 1}, {}), ({"n": None}, {}), ({"n": 1}, {"max_bad_records": 1})],
)
def test_rows_that_do_not_fit_are_refused_or_skipped(
    client: bigquery.Client, dataset: str, row: dict[str, Any], options: dict[str, Any]
) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64", "REQUIRED")])
    bad = [{"n": 0}, row, *([{"n": "y"}] if options else [])]
    if options:
        assert load(client, f"{dataset}.t", bad, **options).output_rows == 2
        return
    with pytest.raises(BadRequest, match=r"Rows: 2; errors: 1\."):
        load(client, f"{dataset}.t", bad)
    assert select(client, f"SELECT COUNT(*) FROM {dataset}.t") == [(0,)]


def test_unknown_fields_can_be_ignored(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64")])
    load(client, f"{dataset}.t", [{"n": 1, "unknown": 1}], ignore_unknown_values=True)
    assert select(client, f"SELECT * FROM {dataset}.t") == [(1,)]


def test_a_line_that_is_no_json_is_refused(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", ITEM)
    config = bigquery.LoadJobConfig(source_format=JSON_LINES)
    job = client.load_table_from_file(
        io.BytesIO(b'{"Item": 1}\n{"Item": '), f"{client.project}.{dataset}.t", job_config=config
    )
    with pytest.raises(BadRequest, match="Error while reading data"):
        job.result()
    assert select(client, f"SELECT COUNT(*) FROM {dataset}.t") == [(0,)]


def test_a_load_into_a_new_table_needs_a_schema_or_autodetect(client: bigquery.Client, dataset: str) -> None:
    with pytest.raises(BadRequest, match="No schema specified"):
        load(client, f"{dataset}.t", [{"n": 1}])
    load(client, f"{dataset}.t", [{"n": 1}], schema=[field("n", "INT64", "REQUIRED", "pii", description="A number")])
    (column,) = client.get_table(f"{client.project}.{dataset}.t").schema
    assert (column.mode, column.description) == ("REQUIRED", "A number")
    assert set(tags(client, f"{dataset}.t")) == {"n"}
    load(client, f"{dataset}.guessed", [{"n": 1}], autodetect=True)
    assert select(client, f"SELECT n FROM {dataset}.guessed") == [(1,)]


def test_truncating_takes_the_jobs_schema_and_truncating_data_the_tables(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64", tag="pii")])
    load(client, f"{dataset}.t", [{"n": 1}], "WRITE_TRUNCATE_DATA")
    assert set(tags(client, f"{dataset}.t")) == {"n"}
    with pytest.raises(BadRequest, match="Field n has changed type from INTEGER to STRING"):
        load(client, f"{dataset}.t", [{"n": "x"}], "WRITE_TRUNCATE_DATA", schema=[field("n")])
    with pytest.raises(BadRequest, match=r"Cannot add fields \(field: m\)"):
        load(client, f"{dataset}.t", [{"m": "x"}], "WRITE_TRUNCATE_DATA", schema=[field("m")])
    assert select(client, f"SELECT n FROM {dataset}.t") == [(1,)]
    load(client, f"{dataset}.t", [{"m": "x"}], "WRITE_TRUNCATE", schema=[field("m")])
    assert tags(client, f"{dataset}.t") == {} and select(client, f"SELECT * FROM {dataset}.t") == [("x",)]


def test_a_load_may_add_columns_when_it_says_so(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64", tag="pii")])
    options = [bigquery.SchemaUpdateOption.ALLOW_FIELD_ADDITION]
    schema = [field("n", "INT64"), field("m", tag="restricted")]
    load(client, f"{dataset}.t", [{"n": 1, "m": "x"}], schema=schema, schema_update_options=options)
    assert select(client, f"SELECT * FROM {dataset}.t") == [(1, "x")]
    assert set(tags(client, f"{dataset}.t")) == {"n", "m"}


TABLE = pa.table(
    {
        "id": pa.array([1, 2], pa.int64()),
        "name": ["a", None],
        "made": pa.array([0, 1], pa.timestamp("us", "UTC")),
        "words": pa.array([["x", "y"], []], pa.list_(pa.string())),
    },
    pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False),
            pa.field("name", pa.string()),
            pa.field("made", pa.timestamp("us", "UTC")),
            pa.field("words", pa.list_(pa.string())),
        ]
    ),
)


def test_parquet_brings_its_own_schema(client: bigquery.Client, dataset: str) -> None:
    options = bigquery.ParquetOptions()
    options.enable_list_inference = True
    load_parquet(client, f"{dataset}.t", TABLE, parquet_options=options)
    schema = {column.name: (column.field_type, column.mode) for column in client.get_table(f"{dataset}.t").schema}
    assert schema == {
        "id": ("INTEGER", "REQUIRED"),
        "name": ("STRING", "NULLABLE"),
        "made": ("TIMESTAMP", "NULLABLE"),
        "words": ("STRING", "REPEATED"),
    }
    assert select(client, f"SELECT id, name, words FROM {dataset}.t ORDER BY id") == [
        (1, "a", ["x", "y"]),
        (2, None, []),
    ]


def test_parquet_lists_are_records_unless_inference_is_on(client: bigquery.Client, dataset: str) -> None:
    load_parquet(client, f"{dataset}.t", TABLE.select(["words"]))
    rows = [row.words for row in client.list_rows(f"{client.project}.{dataset}.t")]
    assert {"list": [{"element": "x"}, {"element": "y"}]} in rows and len(rows) == 2


def test_parquet_must_fit_the_table(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("id", "INT64", tag="pii"), field("name"), field("extra")], DAY)
    load_parquet(client, f"{dataset}.t$20261121", TABLE.select(["id", "name"]))
    assert select(client, f"SELECT id, name, extra FROM {dataset}.t ORDER BY id") == [(1, "a", None), (2, None, None)]
    assert set(tags(client, f"{dataset}.t")) == {"id"}
    with pytest.raises(BadRequest, match="Field name has changed type from STRING to INTEGER"):
        load_parquet(client, f"{dataset}.t", pa.table({"name": [1]}), write_disposition="WRITE_APPEND")
    with pytest.raises(BadRequest, match=r"Cannot add fields \(field: made\)"):
        load_parquet(client, f"{dataset}.t", TABLE.select(["made"]), write_disposition="WRITE_APPEND")


def test_a_parquet_column_that_may_be_null_does_not_fit_a_required_one(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("name", mode="REQUIRED")])
    with pytest.raises(BadRequest, match="Field name has changed mode from REQUIRED to NULLABLE"):
        load_parquet(client, f"{dataset}.t", TABLE.select(["name"]), write_disposition="WRITE_APPEND")


def test_a_job_id_is_used_up_by_a_failed_job(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("n", "INT64")])
    config = bigquery.LoadJobConfig(source_format=JSON_LINES)
    target, job_id = f"{client.project}.{dataset}.t", f"job_{dataset}"

    def attempt() -> bigquery.LoadJob:
        data = io.BytesIO(b'{"n": "x"}')
        return client.load_table_from_file(data, target, job_id=job_id, location="US", job_config=config)

    with pytest.raises(BadRequest):
        attempt().result()
    with pytest.raises(Conflict):
        attempt()
    found = client.get_job(job_id, location="US")
    assert found.state == "DONE" and found.error_result["reason"] == "invalid"
    assert job_id in {job.job_id for job in client.list_jobs(state_filter="done", max_results=50)}
    assert job_id not in {job.job_id for job in client.list_jobs(state_filter="running")}
