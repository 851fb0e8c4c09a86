"""Arrow in batches, as Parquet files in the landing bucket, with memory bounded by row groups and disk by files.

Compressed with zstd at its lowest level and without dictionaries: of a table of mixed types that makes half the bytes
that Snappy makes in about the same time, where dictionaries would take a quarter more time and make larger files.
"""

import itertools
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from extract.delivery import File
from extract.landing import Landing
from extract.spool import land_file

ROW_GROUP_BYTES: Final = 8 * 2**20
"""How much Arrow a row group is made from."""

FILE_BYTES: Final = 64 * 2**20
"""The size at which a file is complete; the next row group begins another."""

_POOL: Final = pa.system_memory_pool()


def land_batches(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, landing: Landing, folder: str, name: str
) -> tuple[File, ...]:
    """Land all rows as files `<folder><name>-<number>.parquet`; without any rows there are none.

    Equal rows in equal order make equal files.
    """
    files: list[File] = []
    groups = _row_groups(batches)
    for number in itertools.count():
        first = next(groups, None)
        if first is None:
            return tuple(files)
        with tempfile.NamedTemporaryFile() as file:
            rows = _write(itertools.chain([first], groups), schema, file)
            files.append(land_file(landing, f"{folder}{name}-{number:04d}.parquet", file, rows))
    raise AssertionError("unreachable")


def land_empty(schema: pa.Schema, landing: Landing, folder: str) -> File:
    """Land a file of no rows, which still says the columns: a load job needs a file."""
    with tempfile.NamedTemporaryFile() as file:
        return land_file(landing, f"{folder}empty.parquet", file, _write(iter(()), schema, file))


def _write(groups: Iterator[pa.Table], schema: pa.Schema, file: IO[bytes]) -> int:
    """Write row groups until the file is big enough; returns how many rows."""
    rows = 0
    # By its name: through a Python object each write would hold the interpreter's lock.
    with pq.ParquetWriter(
        file.name,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=False,
        write_statistics=False,
        store_schema=False,
        memory_pool=_POOL,
    ) as writer:
        for group in groups:
            writer.write_table(group)
            rows += group.num_rows
            del group
            # What the driver and the writer gave back, the allocator keeps for next time unless it is told.
            _POOL.release_unused()
            if os.path.getsize(file.name) >= FILE_BYTES:
                break
    return rows


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    group: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if batch.num_rows:
            group.append(batch)
            size += batch.nbytes
        if size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(group)
            group, size = [], 0
    if group:
        yield pa.Table.from_batches(group)
