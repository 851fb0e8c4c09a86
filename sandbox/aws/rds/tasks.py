"""StartExportTask: writes the tables of the PostgreSQL database in the background.

A snapshot is, in the sandbox, a name for the cluster: its export holds the data of the time of the export. All tables
of a task are read in one transaction, so that they fit together.
"""

import json
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow

from sandbox.aws.faults import Faults, Kind
from sandbox.aws.objects import Bucket

if TYPE_CHECKING:
    from adbc_driver_postgresql import dbapi

    from sandbox.aws.rds import tables

ACTIVE = ("STARTING", "IN_PROGRESS", "CANCELING")


class Canceled(Exception):
    """The task was canceled."""


class ExportTask:
    """One task. `describe` says how far it is."""

    def __init__(
        self,
        request: dict[str, Any],
        source_type: str,
        snapshot_time: datetime,
        bucket: Bucket,
        dsn: str,
        faults: Faults,
    ):
        self.request, self.source_type = request, source_type
        self.identifier: str = request["ExportTaskIdentifier"]
        self._stage = "STARTING"
        self._bucket, self._dsn, self._faults = bucket, dsn, faults
        self._snapshot_time = snapshot_time
        self._prefix = "/".join(filter(None, (request.get("S3Prefix"), self.identifier)))
        self._started: datetime | None = None
        self._ended: datetime | None = None
        self._percent = self._bytes = 0
        self._failure: str | None = None
        self._warning: str | None = None
        self._canceled = threading.Event()

    @property
    def status(self) -> str:
        """One of the API's."""
        ended = self._stage not in ("STARTING", "IN_PROGRESS")
        return self._stage if ended or not self._canceled.is_set() else "CANCELING"

    def cancel(self) -> None:
        """Asks the task to end; what it has written stays."""
        self._canceled.set()

    def start(self) -> None:
        """Exports in the background; a failure is told by `describe`."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        # These take a second to import; no start of the server should wait for them.
        from adbc_driver_postgresql import dbapi

        self._started = utcnow()
        try:
            with dbapi.connect(self._dsn) as connection, connection.cursor() as cursor:
                self._export(cursor)
            self._percent = 100
            self._finish("COMPLETE")
        except Canceled:
            self._finish("CANCELED")
        except Exception as error:
            self._failure = f"{type(error).__name__}: {error}"
            self._finish("FAILED")

    def _finish(self, status: str) -> None:
        self._ended = utcnow()
        if status == "COMPLETE":
            self._bucket.put(f"{self._prefix}/export_info_{self.identifier}.json", self._information(status))
        self._stage = status

    def _check(self) -> None:
        if self._canceled.is_set():
            raise Canceled

    def _export(self, cursor: "dbapi.Cursor") -> None:
        from sandbox.aws.rds import tables

        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT current_database()")
        database = cursor.fetchone()[0]
        chosen = self._choose(database, tables.read(cursor))
        fault = self._faults.take("rds", {table.full_name for table in chosen})
        if fault is not None and fault.kind == "fail":
            raise RuntimeError("this export was made to fail")
        self._check()
        self._stage = "IN_PROGRESS"
        reports = []
        for number, table in enumerate(chosen):
            strikes = fault is not None and fault.table in (None, table.full_name)
            reports.append(self._table(cursor, database, table, fault.kind if fault and strikes else None))
            self._check()
            self._percent = 99 * (number + 1) // len(chosen)
        name = f"export_tables_info_{self.identifier}_from_1_to_{len(reports)}.json"
        self._bucket.put(f"{self._prefix}/{name}", json.dumps({"perTableStatus": reports}).encode())

    def _choose(self, database: str, found: Sequence["tables.Table"]) -> list["tables.Table"]:
        """The tables that the request names and an export supports."""
        only = self.request.get("ExportOnly") or []
        for name in only:
            if not any(_covers(name, database, table) for table in found):
                raise ValueError(f"there is no {name} to export: change ExportOnly")
        asked = [table for table in found if not only or any(_covers(name, database, table) for name in only)]
        skipped = [f"{table.full_name} ({table.unsupported})" for table in asked if table.unsupported]
        if skipped:
            self._warning = "The following tables were skipped: " + ", ".join(skipped)
        silent = self._faults.skipped_tables
        return [table for table in asked if not table.unsupported and table.full_name not in silent]

    def _table(
        self, cursor: "dbapi.Cursor", database: str, table: "tables.Table", fault: Kind | None
    ) -> dict[str, Any]:
        from sandbox.aws.rds import parquet

        begun = utcnow()
        query = f"{table.query} WHERE false" if fault == "empty" else table.query
        size, files = parquet.write(
            cursor, table, query, self._bucket, f"{self._prefix}/{database}", fault, self._check
        )
        self._bytes += size
        return {
            "tableStatistics": {
                "extractionStartTime": _text(begun),
                "extractionEndTime": _text(utcnow()),
                "partitioningInfo": {"numberOfPartitions": max(files, 1), "numberOfCompletedPartitions": max(files, 1)},
            },
            "schemaMetadata": {"originalTypeMappings": [column.describe() for column in table.columns]},
            "status": "COMPLETE",
            "sizeGB": size / 2**30,
            "target": f"{database}.{table.full_name}",
        }

    def _information(self, status: str) -> bytes:
        """What export_info_<task>.json says."""
        information = {
            "exportTaskIdentifier": self.identifier,
            "sourceArn": self.request["SourceArn"],
            "exportOnly": self.request.get("ExportOnly") or [],
            "snapshotTime": _text(self._snapshot_time),
            "taskStartTime": _text(self._started),
            "taskEndTime": _text(self._ended),
            "s3Bucket": self._bucket.name,
            "s3Prefix": self.request.get("S3Prefix") or "",
            "exportedFilesPath": self._prefix,
            "iamRoleArn": self.request["IamRoleArn"],
            "kmsKeyId": self.request["KmsKeyId"],
            "status": status,
            "percentProgress": 100,
            "totalExportedDataInGB": self._bytes / 2**30,
        }
        if self._warning:
            information["warningMessage"] = self._warning
        return json.dumps(information).encode()

    def describe(self) -> dict[str, Any]:
        """An ExportTask."""
        return {
            "ExportTaskIdentifier": self.identifier,
            "SourceArn": self.request["SourceArn"],
            "SourceType": self.source_type,
            "ExportOnly": self.request.get("ExportOnly") or [],
            "SnapshotTime": self._snapshot_time,
            "TaskStartTime": self._started,
            "TaskEndTime": self._ended,
            "S3Bucket": self._bucket.name,
            "S3Prefix": self.request.get("S3Prefix") or "",
            "IamRoleArn": self.request["IamRoleArn"],
            "KmsKeyId": self.request["KmsKeyId"],
            "Status": self.status,
            "PercentProgress": self._percent,
            "TotalExtractedDataInGB": self._bytes // 2**30,
            "FailureCause": self._failure,
            "WarningMessage": self._warning,
        }


def _covers(name: str, database: str, table: "tables.Table") -> bool:
    """Whether an entry of ExportOnly (database, database.schema or database.schema.table) names the table."""
    return name in (database, f"{database}.{table.schema}", f"{database}.{table.full_name}")


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%b %-d, %Y %-I:%M:%S %p")
