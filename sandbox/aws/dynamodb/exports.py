"""ExportTableToPointInTime: full and incremental exports of a table, each in the background."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from moto.core.utils import utcnow
from moto.dynamodb.exceptions import DynamodbException, MockValidationException, PointInTimeRecoveryUnavailable

from sandbox.aws.dynamodb.export_files import Layout
from sandbox.aws.dynamodb.table import DiskTable
from sandbox.aws.faults import Faults, Kind
from sandbox.aws.objects import Bucket, NoSuchBucket

SHORTEST, LONGEST = 15 * 60, 24 * 3600
"""The window of an incremental export, in seconds."""


class InvalidExportTime(DynamodbException):
    """The time to export lies outside of what can be recovered."""

    def __init__(self, message: str):
        super().__init__("com.amazonaws.dynamodb.v20120810#InvalidExportTimeException", message)


class ExportConflict(DynamodbException):
    """A client token was used again with other parameters."""

    def __init__(self) -> None:
        message = "Export with the same client token but different parameters exists"
        super().__init__("com.amazonaws.dynamodb.v20120810#ExportConflictException", message)


class ExportNotFound(DynamodbException):
    """There is no export of this ARN."""

    def __init__(self, arn: str):
        super().__init__("com.amazonaws.dynamodb.v20120810#ExportNotFoundException", f"Export not found: {arn}")


class TableExport:
    """One export. `describe` says how far it is."""

    def __init__(self, request: dict[str, Any], table: DiskTable, faults: Faults):
        """Raises the errors of the API for a request that cannot be met."""
        self.request, self.table, self._faults = request, table, faults
        if table.recovery_since is None:
            raise PointInTimeRecoveryUnavailable(name=table.name)
        if request.get("ExportFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
            raise MockValidationException("the sandbox exports DYNAMODB_JSON only: set ExportFormat to it")
        if "FilterSpecification" in request:
            raise MockValidationException("the sandbox knows no FilterSpecification: leave it out")
        self.type = request.get("ExportType", "FULL_EXPORT")
        self._requested = time.time()
        if self.type == "INCREMENTAL_EXPORT":
            self._from, self._to, self._view = self._window(request.get("IncrementalExportSpecification", {}))
        else:
            self._to = self._time(request.get("ExportTime"))
        self._id = f"{time.time_ns() // 1_000_000:014d}-{uuid.uuid4().hex[:8]}"
        self.arn = f"{table.table_arn}/export/{self._id}"
        self.status = "IN_PROGRESS"
        self.ended: datetime | None = None
        self._started = utcnow()
        self._failure: tuple[str, str] | None = None
        self._items = self._bytes = 0
        self._manifest: str | None = None

    def _time(self, given: datetime | None) -> float:
        """Seconds since 1970 of a time in the request; without one the time of the request."""
        at = self._requested if given is None else given.replace(tzinfo=UTC).timestamp()
        if not self.table.earliest <= at <= self._requested:
            earliest = datetime.fromtimestamp(self.table.earliest, UTC).isoformat()
            raise InvalidExportTime(f"the time to export must lie between {earliest} and now")
        return at

    def _window(self, window: dict[str, Any]) -> tuple[float, float, str]:
        if "ExportFromTime" not in window:
            raise MockValidationException("IncrementalExportSpecification needs ExportFromTime")
        start, end = self._time(window["ExportFromTime"]), self._time(window.get("ExportToTime"))
        if not SHORTEST <= end - start <= LONGEST:
            raise InvalidExportTime("the export period must be between 15 minutes and 24 hours")
        return start, end, window.get("ExportViewType", "NEW_AND_OLD_IMAGES")

    def start(self) -> None:
        """Exports in the background; a failure is told by `describe`."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        struck = self._faults.take("dynamodb", {self.table.name})
        fault = struck.kind if struck else None
        try:
            if fault == "fail":
                raise RuntimeError("this export was made to fail")
            self._export(fault)
        except NoSuchBucket:
            self._failure = ("S3NoSuchBucket", "The specified bucket does not exist")
        except Exception as error:
            self._failure = ("InternalServerError", f"{type(error).__name__}: {error}")
        self.ended = self.ended or utcnow()
        self.status = "FAILED" if self._failure else "COMPLETED"

    def _export(self, fault: Kind | None) -> None:
        encryption = {"encryption": self._algorithm, "kms_key_id": self.request.get("S3SseKmsKeyId")}
        bucket = Bucket(self.table.account_id, self.table.region_name, self.request["S3Bucket"])
        prefix = self.request.get("S3Prefix") or ""
        layout = Layout(bucket, prefix, self._id, self.type == "INCREMENTAL_EXPORT", encryption)
        layout.start()
        lines = self._changes() if self.type == "INCREMENTAL_EXPORT" else self._state()
        size = (self.table.folder / "items.sqlite").stat().st_size
        files = layout.write_data(() if fault == "empty" else lines, size, fault)
        self._items = sum(file["itemCount"] for file in files)
        self.ended = utcnow()
        layout.write_manifests(files, self._summary())
        self._manifest = layout.summary_key

    def _state(self) -> Iterator[tuple[bytes, bytes]]:
        for hash_key, item in self.table.store.as_of(_micros(self._to)):
            self._bytes += len(item)
            yield hash_key, b'{"Item":%b}\n' % item

    def _changes(self) -> Iterator[tuple[bytes, bytes]]:
        names = self.table.table_key_attrs
        for key, at, old, new in self.table.store.changes(_micros(self._from), _micros(self._to)):
            item = orjson.loads(new or old or b"{}")
            parts = [
                b'"Metadata":{"WriteTimestampMicros":{"N":"%d"}}' % at,
                b'"Keys":%b' % orjson.dumps({name: item[name] for name in names}),
            ]
            if old is not None and self._view == "NEW_AND_OLD_IMAGES":
                parts.append(b'"OldImage":%b' % old)
            if new is not None:
                parts.append(b'"NewImage":%b' % new)
            line = b"{%b}\n" % b",".join(parts)
            self._bytes += len(line)
            yield key[0], line

    @property
    def _algorithm(self) -> str:
        return str(self.request.get("S3SseAlgorithm", "AES256"))

    def _summary(self) -> dict[str, Any]:
        """What manifest-summary.json says, but for the key of the files manifest."""
        summary = {
            "version": "2020-06-30" if self.type == "FULL_EXPORT" else "2023-08-01",
            "exportArn": self.arn,
            "startTime": _iso(self._started),
            "endTime": _iso(self.ended or utcnow()),
            "tableArn": self.table.table_arn,
            "tableId": self.table.table_id,
            "exportTime": _iso(datetime.fromtimestamp(self._to, UTC)),
            "s3Bucket": self.request["S3Bucket"],
            "s3Prefix": self.request.get("S3Prefix"),
            "s3SseAlgorithm": self._algorithm,
            "s3SseKmsKeyId": self.request.get("S3SseKmsKeyId"),
            "billedSizeBytes": self._bytes,
            "itemCount": self._items,
            "outputFormat": "DYNAMODB_JSON",
            "exportType": self.type,
        }
        if self.type == "INCREMENTAL_EXPORT":
            del summary["exportTime"]
            summary |= {
                "exportFromTime": _iso(datetime.fromtimestamp(self._from, UTC)),
                "exportToTime": _iso(datetime.fromtimestamp(self._to, UTC)),
                "outputView": self._view,
            }
        return summary

    def describe(self) -> dict[str, Any]:
        """An ExportDescription; what is not known yet is left out."""
        code, message = self._failure or (None, None)
        done = self.status == "COMPLETED"
        window = None
        if self.type == "INCREMENTAL_EXPORT":
            start, end = (datetime.fromtimestamp(at, UTC) for at in (self._from, self._to))
            window = {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": self._view}
        return {
            "ExportArn": self.arn,
            "ExportStatus": self.status,
            "StartTime": self._started,
            "EndTime": self.ended if self.status != "IN_PROGRESS" else None,
            "ExportManifest": self._manifest if done else None,
            "TableArn": self.table.table_arn,
            "TableId": self.table.table_id,
            "ExportTime": datetime.fromtimestamp(self._to, UTC) if window is None else None,
            "ClientToken": self.request.get("ClientToken"),
            "S3Bucket": self.request["S3Bucket"],
            "S3BucketOwner": self.request.get("S3BucketOwner"),
            "S3Prefix": self.request.get("S3Prefix"),
            "S3SseAlgorithm": self._algorithm,
            "S3SseKmsKeyId": self.request.get("S3SseKmsKeyId"),
            "FailureCode": code,
            "FailureMessage": message,
            "ExportFormat": "DYNAMODB_JSON",
            "BilledSizeBytes": self._bytes if done else None,
            "ItemCount": self._items if done else None,
            "ExportType": self.type,
            "IncrementalExportSpecification": window,
        }


class Exports:
    """The exports of a region by ARN, and by client token for the 8 hours in which a token stands for one request."""

    TOKEN_SECONDS = 8 * 3600

    def __init__(self, faults: Faults):
        self._faults = faults
        self._lock = threading.Lock()
        self._exports: dict[str, TableExport] = {}
        self._tokens: dict[str, tuple[str, TableExport]] = {}

    def start(self, request: dict[str, Any], table: DiskTable) -> TableExport:
        """Starts an export, or returns the one that the same request with the same token has started."""
        token, parameters = request.get("ClientToken"), json.dumps(request, sort_keys=True, default=str)
        with self._lock:
            if token in self._tokens:
                former, export = self._tokens[token]
                expired = export.ended and (utcnow() - export.ended).total_seconds() > self.TOKEN_SECONDS
                if not expired:
                    if former != parameters:
                        raise ExportConflict
                    return export
            export = TableExport(request, table, self._faults)
            self._exports[export.arn] = export
            if token:
                self._tokens[token] = (parameters, export)
        export.start()
        return export

    def get(self, arn: str) -> TableExport:
        """Raises ExportNotFound."""
        if arn not in self._exports:
            raise ExportNotFound(arn)
        return self._exports[arn]

    def of(self, table_arn: str | None) -> list[TableExport]:
        """The exports of one table or of all, newest first."""
        found = [export for export in self._exports.values() if table_arn in (None, export.table.table_arn)]
        return found[::-1]


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
