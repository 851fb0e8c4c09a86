"""One table as Parquet files in S3, read and written in batches.

User guide, "File naming conventions for exports": `<batch>/part-<partition>-<uuid>.gz.parquet`. A table with an integer
key is read in ranges: one batch, several partitions. Another table: several batches of one partition. A range without
rows makes no file, so an empty table leaves nothing but the marker `_SUCCESS`.
"""

import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi

from sandbox.aws.faults import Kind, damage
from sandbox.aws.objects import Bucket
from sandbox.aws.rds.tables import Table

BATCH_BYTES = 4 * 2**20
FILE_BYTES = 8 * 2**20
COMPRESSION_LEVEL = 4
UNSAFE_IN_KEYS = re.compile(r'[\\`" ]')


def write(
    cursor: dbapi.Cursor,
    table: Table,
    query: str,
    bucket: Bucket,
    prefix: str,
    fault: Kind | None,
    check: Callable[[], None],
) -> tuple[int, int]:
    """Writes the rows of `query` below `prefix`; returns the bytes and the number of files.

    `check` is called between batches and may raise to end the work. A fault strikes the first file.
    """
    base = f"{prefix}/{UNSAFE_IN_KEYS.sub('_', table.full_name)}"
    written = 0
    numbers = [0]
    for number, path in enumerate(_files(cursor, table, query, check)):
        numbers.append(number)
        content = path.read_bytes()
        path.unlink()
        written += len(content)
        batch, partition = (1, number) if table.divisible else (number + 1, 0)
        key = f"{base}/{batch}/part-{partition:05d}-{uuid.uuid4()}-c000.gz.parquet"
        bucket.put(key, damage(fault, content) if number == 0 else content)
    for batch in {1} if table.divisible else {number + 1 for number in numbers}:
        bucket.put(f"{base}/{batch}/_SUCCESS", b"")
    return written, len(numbers) - 1


def _files(cursor: dbapi.Cursor, table: Table, query: str, check: Callable[[], None]) -> Iterator[Path]:
    """Parquet files of about FILE_BYTES; the caller removes each before it asks for the next."""
    path = Path(tempfile.mkstemp(suffix=".parquet")[1])
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _batches(cursor, table, query):
            check()
            if writer is None:
                writer = pq.ParquetWriter(
                    path,
                    table.arrow_schema,
                    compression="gzip",
                    compression_level=COMPRESSION_LEVEL,
                    store_schema=False,
                )
            writer.write_batch(batch)
            if path.stat().st_size >= FILE_BYTES:
                writer.close()
                writer = None
                yield path
        if writer is not None:
            writer.close()
            writer = None
            yield path
    finally:
        if writer is not None:
            writer.close()
        path.unlink(missing_ok=True)


def _batches(cursor: dbapi.Cursor, table: Table, query: str) -> Iterator[pa.RecordBatch]:
    cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
    cursor.execute(query)
    for batch in cursor.fetch_record_batch():
        if batch.num_rows:
            yield batch.cast(table.arrow_schema)
