"""Aurora: one export task for all tables of a cluster, carried to the landing bucket as the Parquet that AWS wrote.

    snapshot or cluster ─ StartExportTask ─▶ s3://<bucket>/aurora/<task>/<database>/<schema.table>/ ─ bytes ─▶ landing

AWS states no row counts, so the delivered rows are the sum over the footers of the Parquet files; the raw columns are
those of the footers. A table that the task skipped fails with the reason that the export gives; the others go on. The
files of a table with `carrier: transfer` stay in S3, but for their footers.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

from extract.aurora_task import FOLDER, Exports, Task, stem
from extract.carrier import Exported, carry, left
from extract.contract import Table
from extract.delivery import Delivery, Failure, File, Format, Kind, RawColumn, Transfer, fingerprint
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.parquet import footer
from extract.progress import Progress, size
from extract.source import Report, each
from extract.transfer_config import ATTEMPT, DATE, run_time
from extract.window import Window

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_s3 import S3Client

_AT_ONCE: Final = 4
_FOOTERS_AT_ONCE: Final = 16


class Aurora:
    """The tables of one database of an Aurora cluster; exports are written to `export_bucket`.

    `cluster` is the cluster's identifier, `export_role` the ARN of the IAM role that may write to the bucket, and
    `export_kms_key` the key that the export is encrypted with.
    """

    def __init__(
        self,
        cluster: str,
        database: str,
        export_bucket: str,
        export_role: str,
        export_kms_key: str,
        rds: "RDSClient",
        s3: "S3Client",
    ) -> None:
        self._cluster = cluster
        self._database = database
        self._bucket = export_bucket
        self._s3 = s3
        self._exports = Exports(rds, self._s3, cluster, export_bucket, export_role, export_kms_key)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is the ARN of what was exported, its time, and the task."""
        window.require_closed()
        return self._deliver(tables, window, landing, report)

    def _deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        wanted = []
        for table in tables:
            try:
                # In query mode a window may have landed as changes, which say nothing of the other rows; and what a
                # transfer loads stays in S3, where it may be gone by now.
                found = landing.find(table, window)
                landed = [one for one in found if one.kind is Kind.FULL and not one.transfer]
            except (Terminal, Transient) as error:
                yield Failure(table, error)
                continue
            if landed:
                report(f"{table}: delivery {landed[0].id} lies in the landing bucket already")
                yield landed[0]
            else:
                wanted.append(table)
        if not wanted:
            return
        try:
            task = self._exports.task([self._target(table) for table in wanted], window, report)
        except (Terminal, Transient) as error:
            yield from (Failure(table, error) for table in wanted)
            return
        yield from each(
            wanted, lambda table: self._table(table, task, window, landing, report), lambda table: table, _AT_ONCE
        )

    def _target(self, table: Table) -> str:
        """A table's name in the language of exports: `database.schema.table`."""
        return f"{self._database}.{table.relation}"

    def _table(self, table: Table, task: Task, window: Window, landing: Landing, report: Report) -> Delivery:
        target = self._target(table)
        if not task.info.exported(target):
            raise Terminal(
                f"{table}: export task {task.id} skipped {target} ({task.info.reason(target)}); "
                "remove the reason, then run again for a new task"
            )
        # The files lie in one of several layouts below the table's folder: all that is Parquet belongs to it.
        place = f"{task.folder}{self._database}/{table.relation}/"
        below = [file for key, file in sorted(task.info.files.items()) if key.startswith(place)]
        parquet = [file for file in below if file.key.endswith(".parquet")]
        if not parquet and not any(file.key.endswith("_SUCCESS") for file in below):
            raise Terminal(f"{table}: the files of export task {task.id} are gone from s3://{self._bucket}/{place}")
        counted, columns = self._footers(table, parquet)
        folder = landing.folder(table, window, task.id)
        transfer = None
        if parquet and table.carrier:
            files, kind = left(counted), Format.PARQUET
            path = transfer_path(self._bucket, self._cluster, self._database, table)
            transfer = Transfer(path, run_time(table, window, task.attempt).isoformat())
        elif parquet:
            bytes = sum(file.bytes for file in parquet)
            report(f"{table}: carrying {len(parquet)} files, {size(bytes)}, of export task {task.id}")
            names = [file.key.removeprefix(place) for file in parquet]
            progress = Progress(str(table), report, len(parquet))
            files = carry(self._s3, self._bucket, counted, landing, folder, names, progress)
            kind = Format.PARQUET
        else:
            # A load job needs a file; for a table without rows an export may write none.
            name = f"{folder}empty.json"
            files, kind = (File(name, 0, landing.put(name, BytesIO(), 0), 0),), Format.JSON
            columns = task.info.columns(target)
        delivery = Delivery.of(
            table,
            window,
            id=task.id,
            format=kind,
            files=files,
            columns=columns,
            fingerprint=fingerprint(file.md5 for file in files),
            position=task.position,
            transfer=transfer,
        )
        landing.commit(table, window, delivery)
        return delivery

    def _footers(self, table: Table, files: Sequence[Exported]) -> tuple[list[Exported], tuple[RawColumn, ...]]:
        """The files with their rows, and the columns that they have between them."""
        with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
            footers = list(pool.map(lambda file: footer(self._s3, self._bucket, file), files))
        columns: dict[str, RawColumn] = {}
        for _, found in footers:
            for column in found:
                first = columns.setdefault(column.name, column)
                if first != column:
                    raise Terminal(
                        f"{table}: the export's files disagree on column {column.name}: "
                        f"{first.data_type} and {column.data_type}; delete the export's folder and run again"
                    )
        counted = [replace(file, rows=rows) for file, (rows, _) in zip(files, footers, strict=True)]
        return counted, tuple(columns.values())


def transfer_path(bucket: str, cluster: str, database: str, table: Table) -> str:
    """Where a run of the Data Transfer Service finds a table's files; a run's time stands for an export task."""
    return f"s3://{bucket}/{FOLDER}/{stem(cluster)}-{DATE}-{ATTEMPT}/{database}/{table.relation}/*.parquet"
