"""What the footer of a Parquet file says: how many rows, which columns. No data is read.

Footer: https://parquet.apache.org/docs/file-format/ (its length is in the last 8 bytes of the file).
Types: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#parquet_conversions
"""

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from extract.carrier import Exported
from extract.delivery import RawColumn
from extract.errors import Terminal
from extract.outside import aws

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TAIL: Final = 64 * 1024  # bytes; one request is enough for most footers


def footer(s3: "S3Client", bucket: str, file: Exported) -> tuple[int, tuple[RawColumn, ...]]:
    """The rows and the columns of a file in S3, read with one or two range requests.

    Terminal when the file has no Parquet footer, or a column of a type that a raw table cannot hold.
    """
    name = f"s3://{bucket}/{file.key}"
    tail = _last(s3, bucket, file, _TAIL)
    length = int.from_bytes(tail[-8:-4], "little") + 8
    if length > len(tail):
        tail = _last(s3, bucket, file, length)
    try:
        metadata = pq.read_metadata(pa.BufferReader(tail))
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        advice = "delete that export's folder and run again to export anew"
        raise Terminal(f"{name}: not a whole Parquet file ({error}); {advice}") from error
    return metadata.num_rows, raw_columns(schema, name)


def raw_columns(schema: pa.Schema, name: str) -> tuple[RawColumn, ...]:
    """The raw columns of an Arrow schema. Terminal, with the `name` of what has it, for a type that raw cannot hold."""
    return tuple(RawColumn(field.name, _type(field, name)) for field in schema)


def _last(s3: "S3Client", bucket: str, file: Exported, size: int) -> bytes:
    start = max(0, file.bytes - size)
    with aws(f"reading the footer of s3://{bucket}/{file.key}"):
        if not file.bytes:
            return b""  # S3 refuses a range of nothing
        return s3.get_object(Bucket=bucket, Key=file.key, IfMatch=file.etag, Range=f"bytes={start}-")["Body"].read()


def _type(field: pa.Field, name: str) -> str:
    kind = field.type
    if pa.types.is_integer(kind):
        return "INT64"
    if pa.types.is_floating(kind):
        return "FLOAT64"
    if pa.types.is_boolean(kind):
        return "BOOL"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "STRING"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return "BYTES"
    if pa.types.is_date(kind):
        return "DATE"
    if pa.types.is_time(kind):
        return "TIME"
    if pa.types.is_timestamp(kind):
        # Nanoseconds without a zone are the old INT96, which BigQuery loads as TIMESTAMP.
        return "TIMESTAMP" if kind.tz or kind.unit == "ns" else "DATETIME"
    if pa.types.is_decimal(kind):
        whole = kind.precision - kind.scale
        if whole <= 29 and kind.scale <= 9:
            return "NUMERIC"
        if whole <= 38 and kind.scale <= 38:
            return "BIGNUMERIC"
    raise Terminal(f"{name}: column {field.name} is of Parquet type {kind}, which a raw table cannot hold")
