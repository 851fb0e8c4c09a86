"""What a source hands over, and what a load did with it."""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from extract.contract import Table
from extract.errors import Terminal, Transient
from extract.window import Window


class Format(StrEnum):
    """How the files of a delivery are written, by BigQuery's names for source formats."""

    JSON = "NEWLINE_DELIMITED_JSON"
    PARQUET = "PARQUET"


class Kind(StrEnum):
    """What a delivery says of its table."""

    FULL = "full"
    """The whole table, as it was at the window's end."""

    CHANGES = "changes"
    """What has changed in the window. The table is the last full delivery and the changes since."""


@dataclass(frozen=True)
class File:
    """One landed file, or one that stays in S3 because the Data Transfer Service loads it from there.

    `name` is the object's name in the landing bucket, or its key in the export bucket; `bytes` its size; `md5` the
    base64 MD5 of its content, or its entity tag in S3; `rows` what the source says it holds.
    """

    name: str
    bytes: int
    md5: str
    rows: int


@dataclass(frozen=True)
class RawColumn:
    """A column of a raw table as delivered: `data_type` is a BigQuery type name, always nullable, never repeated."""

    name: str
    data_type: str


@dataclass(frozen=True)
class Transfer:
    """How the Data Transfer Service finds the files of a delivery: it fills `run_time`, ISO 8601 in UTC, into `path`.

    `path` is a template such as `s3://bucket/folder/{run_time|"%Y%m%d"}/*.parquet`, with one wildcard.
    """

    path: str
    run_time: str


@dataclass(frozen=True)
class Delivery:
    """What a source handed over for one table and window; complete, verified and landed.

    `id` names the delivery's folder in the landing bucket. `rows` is what the source itself states for the whole, and
    equals the sum over `files`. `columns` are the raw columns that the files fill. `fingerprint` is made from the
    content: equal content, equal fingerprint. `position` says in the source's own terms where it was read.

    `kind` says whether it is the whole table or what has changed; `window_start` and `window_end`, in ISO 8601, are
    what it covers. With a `transfer` the files lie in S3, and only this record is in the landing bucket. `warnings` are
    sentences on what a person should put right in the source.
    """

    source: str
    table: str
    relation: str
    partition_id: str
    id: str
    format: Format
    files: tuple[File, ...]
    columns: tuple[RawColumn, ...]
    rows: int
    fingerprint: str
    position: str
    window_start: str
    window_end: str
    kind: Kind = Kind.FULL
    transfer: Transfer | None = None
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        table: Table,
        window: Window,
        *,
        id: str,
        format: Format,
        files: tuple[File, ...],
        columns: tuple[RawColumn, ...],
        fingerprint: str,
        position: str,
        kind: Kind = Kind.FULL,
        transfer: Transfer | None = None,
        warnings: tuple[str, ...] = (),
    ) -> "Delivery":
        """The delivery of a table and window, of all rows of its files."""
        return cls(
            source=table.source,
            table=table.name,
            relation=table.relation,
            partition_id=window.partition_id,
            id=id,
            format=format,
            files=files,
            columns=columns,
            rows=sum(file.rows for file in files),
            fingerprint=fingerprint,
            position=position,
            window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
            kind=kind,
            transfer=transfer,
            warnings=warnings,
        )

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Failure:
    """A table that could not be delivered or loaded. The other tables of the run go on."""

    table: Table
    error: Terminal | Transient


@dataclass(frozen=True)
class Receipt:
    """What one load did: a row of `ops.loads`, field for column.

    `window_start`, `window_end` and `loaded_at` are aware datetimes in UTC; `bytes` and `files` are those of the
    delivery; `seconds` is the time from the call to the verified partition. `schema_changes` are sentences such as
    "added note STRING, restricted". `kind` and `warnings` are those of the delivery.
    """

    source: str
    table_name: str
    partition_id: str
    window_start: datetime.datetime
    window_end: datetime.datetime
    rows_delivered: int
    rows_loaded: int
    bytes: int
    files: int
    job_id: str
    fingerprint: str
    position: str
    schema_changes: tuple[str, ...]
    loaded_at: datetime.datetime
    seconds: float
    kind: str
    warnings: tuple[str, ...] = ()


def fingerprint(parts: Iterable[str]) -> str:
    """20 hexadecimal digits made from the parts, whatever their order; equal parts, equal fingerprint."""
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:20]
