"""Exports of a DynamoDB table to S3: find one that serves, attach to one that runs, or start one; await its end.

An export reads the table as it was at a time, or its changes between two times, so the same export has one content
however often it is made. What an earlier run has begun is used, in this order: an export of the same times that is
complete and whose files are there; one that is running. Else a new one is started, with a client token made from
table, times and folder, so that two runs at the same moment start one. Each attempt writes to a folder of its own: the
Data Transfer Service loads all that lies in a folder.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from extract.carrier import Exported
from extract.contract import Table
from extract.dynamodb_manifest import read_manifest
from extract.errors import Terminal, Transient
from extract.outside import aws, aws_code
from extract.polling import ticks
from extract.source import Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ExportDescriptionTypeDef
    from mypy_boto3_s3 import S3Client

_LIMIT: Final = 6 * 3600.0  # seconds after which a run leaves its export to the next one
_VIEW: Final = "NEW_IMAGE"


@dataclass(frozen=True)
class Times:
    """What to export: the table as it was at `end`, or, where there is a `start`, what changed from then to `end`."""

    end: datetime.datetime
    start: datetime.datetime | None = None

    def __str__(self) -> str:
        changes = f"from {self.start.isoformat()} to " if self.start else "as of "
        return f"{changes}{self.end.isoformat()}"

    @property
    def parameters(self) -> dict[str, Any]:
        """The part of the request that says so."""
        if self.start is None:
            return {"ExportTime": self.end}
        window = {"ExportFromTime": self.start, "ExportToTime": self.end, "ExportViewType": _VIEW}
        return {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": window}

    def are_those_of(self, export: "ExportDescriptionTypeDef") -> bool:
        """Whether an export is of these times."""
        if self.start is None:
            return export.get("ExportType", "FULL_EXPORT") == "FULL_EXPORT" and export.get("ExportTime") == self.end
        window = export.get("IncrementalExportSpecification", {})
        found = (window.get("ExportFromTime"), window.get("ExportToTime"), window.get("ExportViewType"))
        return found == (self.start, self.end, _VIEW)


@dataclass(frozen=True)
class Export:
    """A completed export and its data files; `attempt` counts from 0, and is None for one that was not started here."""

    arn: str
    files: tuple[Exported, ...]
    attempt: int | None

    @property
    def id(self) -> str:
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Exports:
    """The exports of the tables of one region into `bucket`."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    bucket: str

    def completed(self, table: Table, name: str, times: Times, folder: str, report: Report) -> Export:
        """A complete export of the DynamoDB table `name` for these times; a new one is written to `<folder>/<attempt>`.

        Terminal when it cannot be made or was altered, Transient when it failed for the moment.
        """
        with aws(f"{table}: looking at DynamoDB table {name}"):
            try:
                table_arn = self.dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
            except ClientError as error:
                if aws_code(error) == "ResourceNotFoundException":
                    advice = "check relation in the contract, the table prefix and the AWS region"
                    raise Terminal(f"{table}: DynamoDB has no table {name}; {advice}") from error
                raise
            earlier = self._earlier(table_arn, times)
        for export in earlier:
            if not times.are_those_of(export) or (table.carrier and _attempt(export, folder) is None):
                continue
            if export["ExportStatus"] == "COMPLETED":
                if (files := read_manifest(self.s3, self.bucket, export["ExportManifest"])) is not None:
                    report(f"{table}: using the complete export {export['ExportArn']}")
                    return Export(export["ExportArn"], files, _attempt(export, folder))
            elif export["ExportStatus"] == "IN_PROGRESS":
                report(f"{table}: attaching to the running export {export['ExportArn']}")
                return self._end(table, export["ExportArn"], folder, report)
        attempts = [attempt for export in earlier if (attempt := _attempt(export, folder)) is not None]
        arn = self._start(table, name, table_arn, times, f"{folder}/{max(attempts, default=-1) + 1:02d}")
        report(f"{table}: started export {arn}")
        return self._end(table, arn, folder, report)

    def _earlier(self, table_arn: str, times: Times) -> "list[ExportDescriptionTypeDef]":
        """The exports into our bucket since the times' end: complete ones first, then running, newest first."""
        found = []
        for arn in self._listed(table_arn):
            # An id begins with the millisecond of its start, and nothing is exported before its time has come.
            began = arn.rsplit("/", 1)[-1].split("-")[0]
            if began.isdigit() and int(began) < times.end.timestamp() * 1000:
                continue
            export = self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            if self._is_ours(export):
                found.append(export)
        found.sort(key=lambda export: export["StartTime"], reverse=True)
        return sorted(found, key=lambda export: ["COMPLETED", "IN_PROGRESS", "FAILED"].index(export["ExportStatus"]))

    def _is_ours(self, export: "ExportDescriptionTypeDef") -> bool:
        """Whether an export, which anyone may have started, is written as this module lets them be written."""
        here = export.get("ExportFormat", "DYNAMODB_JSON") == "DYNAMODB_JSON" and export["S3Bucket"] == self.bucket
        return here and not export.get("FilterSpecification")

    def _listed(self, table_arn: str) -> Iterator[str]:
        page = self.dynamodb.list_exports(TableArn=table_arn)
        while True:
            yield from (summary["ExportArn"] for summary in page.get("ExportSummaries", []))
            if "NextToken" not in page:
                return
            page = self.dynamodb.list_exports(TableArn=table_arn, NextToken=page["NextToken"])

    def _start(self, table: Table, name: str, table_arn: str, times: Times, folder: str) -> str:
        # DynamoDB answers a token it has seen in the last 8 hours with the export it began then; after an export that
        # failed, or whose files are gone, a new one is wanted, and it has another folder.
        token = hashlib.sha256(f"kura {table_arn} {times} {folder}".encode()).hexdigest()
        with aws(f"{table}: exporting DynamoDB table {name}"):
            try:
                answer = self.dynamodb.export_table_to_point_in_time(
                    TableArn=table_arn,
                    ClientToken=token,
                    S3Bucket=self.bucket,
                    S3Prefix=folder,
                    ExportFormat="DYNAMODB_JSON",
                    **times.parameters,
                )
            except ClientError as error:
                if refused := _refused(table, name, times, error):
                    raise refused from error
                raise
        return answer["ExportDescription"]["ExportArn"]

    def _end(self, table: Table, arn: str, folder: str, report: Report) -> Export:
        said = 0.0
        for waited in ticks(_LIMIT):
            with aws(f"{table}: asking for export {arn}"):
                export = self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            if export["ExportStatus"] == "COMPLETED":
                files = read_manifest(self.s3, self.bucket, export["ExportManifest"])
                if files is None:
                    raise Terminal(f"{table}: files of export {arn} are gone from s3://{self.bucket}; run again")
                return Export(arn, files, _attempt(export, folder))
            if export["ExportStatus"] == "FAILED":
                raise _failed(table, export)
            if waited >= said + 10:
                said = waited
                report(f"{table}: export {arn} is running, {waited:.0f} s")
        raise Transient(f"{table}: export {arn} still runs after {_LIMIT / 3600:.0f} hours; run again to attach to it")


def _attempt(export: "ExportDescriptionTypeDef", folder: str) -> int | None:
    """Which attempt an export is by the folder it is written to; None when that is none of `folder`'s."""
    parent, _, name = export.get("S3Prefix", "").rpartition("/")
    return int(name) if parent == folder and name.isdigit() else None


def _refused(table: Table, name: str, times: Times, error: ClientError) -> Terminal | Transient | None:
    code, message = aws_code(error), error.response.get("Error", {}).get("Message", "")
    if code == "PointInTimeRecoveryUnavailableException":
        command = (
            f"aws dynamodb update-continuous-backups --table-name {name} "
            "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        )
        return Terminal(f"{table}: point-in-time recovery of DynamoDB table {name} is off; enable it: {command}")
    if code == "InvalidExportTimeException":
        advice = "the last 35 days can be exported, but nothing from before recovery was enabled; choose a later day"
        return Terminal(f"{table}: DynamoDB cannot export {name} {times} ({message}); {advice}")
    if code == "ExportConflictException":
        return Transient(f"{table}: another export of {name} is in the way ({message}); run again later")
    return None


def _failed(table: Table, export: "ExportDescriptionTypeDef") -> Terminal | Transient:
    code = export.get("FailureCode", "no code")
    said = f"{table}: export {export['ExportArn']} failed ({code}: {export.get('FailureMessage', 'no message')})"
    if code.startswith("S3") or "AccessDenied" in code or "KMS" in code.upper():
        return Terminal(f"{said}; check that the export bucket exists and lets DynamoDB write, then run again")
    return Transient(f"{said}; run again for a new export")
