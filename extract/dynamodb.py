"""DynamoDB: exports to S3, carried to the landing bucket.

    table ─ ExportTableToPointInTime ─▶ s3://<bucket>/dynamodb/<table>/<day>/<attempt>/AWSDynamoDB/ ─ bytes ─▶ landing

In mode `full` every window has a full export as of its end. In mode `incremental` a window has the changes between its
start and its end wherever there is a chain of landed deliveries to build on (`extract.chain`), else a full export.
With `carrier: transfer` the files stay in S3, and what lands is the record of them.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

from extract.carrier import carry, left
from extract.chain import links
from extract.contract import Table
from extract.delivery import Delivery, Failure, File, Format, Kind, RawColumn, Transfer, fingerprint
from extract.dynamodb_exports import Export, Exports, Times
from extract.landing import Landing
from extract.progress import Progress, size
from extract.source import Report, each
from extract.transfer_config import ATTEMPT, DATE, run_time
from extract.window import Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

COLUMNS: Final = (RawColumn("Item", "JSON"),)
"""What a full export fills: one item a line, in DynamoDB's own JSON."""

CHANGES: Final = (RawColumn("Metadata", "JSON"), RawColumn("Keys", "JSON"), RawColumn("NewImage", "JSON"))
"""What an incremental export fills: one changed item a line; a change without `NewImage` is a delete."""

LONGEST: Final = datetime.timedelta(hours=24)
"""How much time one incremental export may cover; a day on which clocks are set back has 25 hours."""

_AT_ONCE: Final = 8


class DynamoDB:
    """The tables of one region whose names begin with `table_prefix`; exports are written to `export_bucket`."""

    def __init__(self, table_prefix: str, export_bucket: str, dynamodb: "DynamoDBClient", s3: "S3Client") -> None:
        self._prefix = table_prefix
        self._bucket = export_bucket
        self._s3 = s3
        self._exports = Exports(dynamodb, self._s3, export_bucket)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is each export's ARN and its times."""
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        columns = (*COLUMNS, *CHANGES) if table.mode == "incremental" else COLUMNS
        chain = links(landing, table, window) if table.mode == "incremental" else []
        for landed in landing.find(table, window):
            # Changes are of no use where what they build on is gone.
            if landed.kind is Kind.FULL or chain:
                if not landed.transfer:
                    report(f"{table}: delivery {landed.id} lies in the landing bucket already")
                    return replace(landed, columns=columns)  # the mode may have changed since
                # Files that stay in S3 may be gone, so the export is looked for again.
                chain = [] if landed.kind is Kind.FULL else chain
                break
        times = _changes(window) if chain else [Times(window.end)]
        if table.carrier and len(times) > 1:
            # A transfer loads one export: the day of 25 hours is delivered in full.
            chain, times = [], [Times(window.end)]
        name, folder = self._prefix + table.relation, f"dynamodb/{table.name}/{window.partition_id}"
        exports = [self._exports.completed(table, name, each_time, folder, report) for each_time in times]
        identifier = "+".join(export.id for export in exports)
        transfer = self._transfer(table, window, exports[0]) if table.carrier else None
        if transfer:
            files = left(exports[0].files)
        else:
            files = self._carry(table, exports, landing, landing.folder(table, window, identifier), report)
        delivery = Delivery.of(
            table,
            window,
            id=identifier,
            format=Format.JSON,
            files=files,
            columns=columns,
            fingerprint=fingerprint(file.md5 for file in files),
            position="; ".join(f"{export.arn} {time}" for export, time in zip(exports, times, strict=True)),
            kind=Kind.CHANGES if chain else Kind.FULL,
            transfer=transfer,
        )
        landing.commit(table, window, delivery)
        return delivery

    def _transfer(self, table: Table, window: Window, export: Export) -> Transfer | None:
        """How the Data Transfer Service finds an export; None for one without files, of which there is nothing."""
        if not export.files or export.attempt is None:
            return None
        return Transfer(transfer_path(self._bucket, table), run_time(table, window, export.attempt).isoformat())

    def _carry(
        self, table: Table, exports: Sequence[Export], landing: Landing, folder: str, report: Report
    ) -> tuple[File, ...]:
        files: list[File] = []
        for export in exports:
            bytes = sum(file.bytes for file in export.files)
            report(f"{table}: carrying {len(export.files)} files, {size(bytes)}, of export {export.id}")
            names = [file.key.rsplit("/", 1)[-1] for file in export.files]
            files += carry(
                self._s3,
                self._bucket,
                export.files,
                landing,
                folder,
                names,
                Progress(str(table), report, len(export.files)),
            )
        if not files:
            # A load job needs a file; an export of no changes may have none.
            name = f"{folder}empty.json"
            files.append(File(name, 0, landing.put(name, BytesIO(), 0), 0))
        return tuple(files)


def transfer_path(bucket: str, table: Table) -> str:
    """Where a run of the Data Transfer Service finds a table's export; full and incremental ones differ below it."""
    return f"s3://{bucket}/dynamodb/{table.name}/{DATE}/{ATTEMPT}/AWSDynamoDB/*.json.gz"


def _changes(window: Window) -> list[Times]:
    """What to export for the changes of a window, each as long as an export may be."""
    times, start = [], window.start
    while start < window.end:
        end = min(start + LONGEST, window.end)
        times.append(Times(end, start))
        start = end
    return times
