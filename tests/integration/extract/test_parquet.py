import dataclasses
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract.carrier import Exported, listed
from extract.delivery import RawColumn
from extract.errors import Terminal
from extract.parquet import footer
from sandbox import names
from tests.integration.extract.support import Cloud


def put(cloud: Cloud, content: bytes) -> Exported:
    key = f"{cloud.name('parquet')}.parquet"
    cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=key, Body=content)
    return listed(cloud.s3, names.EXPORT_BUCKET, key)[key]


def written(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (pa.int32(), "INT64"),
        (pa.uint64(), "INT64"),
        (pa.float32(), "FLOAT64"),
        (pa.bool_(), "BOOL"),
        (pa.string(), "STRING"),
        (pa.binary(), "BYTES"),
        (pa.date32(), "DATE"),
        (pa.time64("us"), "TIME"),
        (pa.timestamp("us", "UTC"), "TIMESTAMP"),
        (pa.timestamp("us"), "DATETIME"),
        (pa.decimal128(20, 0), "NUMERIC"),
        (pa.decimal128(38, 9), "NUMERIC"),
        (pa.decimal256(60, 30), "BIGNUMERIC"),
    ],
)
def test_a_parquet_type_becomes_a_raw_type(cloud: Cloud, kind: pa.DataType, raw: str) -> None:
    file = put(cloud, written(pa.table({"value": pa.array([None, None], kind)}), store_schema=False))
    assert footer(cloud.s3, names.EXPORT_BUCKET, file) == (2, (RawColumn("value", raw),))


def test_the_old_timestamps_of_96_bits_are_timestamps(cloud: Cloud) -> None:
    content = written(
        pa.table({"value": pa.array([None], pa.timestamp("ns"))}),
        use_deprecated_int96_timestamps=True,
        store_schema=False,
    )
    assert footer(cloud.s3, names.EXPORT_BUCKET, put(cloud, content))[1] == (RawColumn("value", "TIMESTAMP"),)


def test_a_footer_that_is_longer_than_one_request_is_read_whole(cloud: Cloud) -> None:
    columns = {f"a_column_of_which_the_name_is_long_{number:05}": pa.array([1]) for number in range(3_000)}
    rows, found = footer(cloud.s3, names.EXPORT_BUCKET, put(cloud, written(pa.table(columns))))
    assert (rows, [column.name for column in found]) == (1, list(columns))


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.decimal256(76, 0)])
def test_a_type_that_a_raw_table_cannot_hold_is_terminal(cloud: Cloud, kind: pa.DataType) -> None:
    file = put(cloud, written(pa.table({"value": pa.array([None], kind)})))
    with pytest.raises(Terminal, match=r"column value is of Parquet type .* which a raw table cannot hold"):
        footer(cloud.s3, names.EXPORT_BUCKET, file)


@pytest.mark.parametrize("content", [b"", b"short", b"no Parquet at all" * 100])
def test_a_file_that_is_no_parquet_is_terminal(cloud: Cloud, content: bytes) -> None:
    with pytest.raises(Terminal, match="not a whole Parquet file"):
        footer(cloud.s3, names.EXPORT_BUCKET, put(cloud, content))


def test_a_file_that_was_replaced_after_it_was_listed_is_terminal(cloud: Cloud) -> None:
    file = put(cloud, written(pa.table({"value": [1]})))
    with pytest.raises(Terminal, match="PreconditionFailed"):
        footer(cloud.s3, names.EXPORT_BUCKET, dataclasses.replace(file, etag="0" * 32))
