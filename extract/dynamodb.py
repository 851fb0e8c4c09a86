"""DynamoDB: full exports to S3 at the window's end, carried to the landing bucket.

    table ─ ExportTableToPointInTime ─▶ s3://<bucket>/<prefix>/AWSDynamoDB/<export id>/ ─ bytes ─▶ landing bucket

An export reads the table as it was at `ExportTime`, so a window has one content however often it is exported. What an
earlier run has begun is used, in this order: a complete delivery in the landing bucket; an export of the same time
that is complete and whose files are there; one that is running. Else a new export is started, with a client token made
from table and window, so that two runs at the same moment start one.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import ClientError

from extract.carrier import Exported, carry
from extract.contract import Table
from extract.delivery import Delivery, Failure, Format, RawColumn, fingerprint
from extract.dynamodb_manifest import read_manifest
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.outside import AWS_CONFIG, aws, aws_code
from extract.polling import ticks
from extract.source import Report, each
from extract.window import Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ExportDescriptionTypeDef
    from mypy_boto3_s3 import S3Client

COLUMNS: Final = (RawColumn("Item", "JSON"),)
"""What a full export fills: one item a line, in DynamoDB's own JSON."""

_AT_ONCE: Final = 8
_LIMIT: Final = 6 * 3600.0  # seconds after which a run leaves its export to the next one


@dataclass(frozen=True)
class _Export:
    """A completed export and its data files."""

    arn: str
    files: tuple[Exported, ...]

    @property
    def id(self) -> str:
        return self.arn.rsplit("/", 1)[-1]


class DynamoDB:
    """The tables of one region whose names begin with `table_prefix`; exports are written to `export_bucket`.

    boto3's own settings give endpoint, region and credentials where no clients are passed.
    """

    def __init__(
        self,
        table_prefix: str,
        export_bucket: str,
        dynamodb: "DynamoDBClient | None" = None,
        s3: "S3Client | None" = None,
    ) -> None:
        self._prefix = table_prefix
        self._bucket = export_bucket
        with aws("preparing DynamoDB's client"):
            self._dynamodb = dynamodb or boto3.client("dynamodb", config=AWS_CONFIG)
            self._s3 = s3 or boto3.client("s3", config=AWS_CONFIG)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is the export's ARN and time."""
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        if landed := landing.find(table, window):
            report(f"{table}: delivery {landed[0].id} lies in the landing bucket already")
            return landed[0]
        export = self._export(table, window, report)
        folder = landing.folder(table, window, export.id)
        report(f"{table}: carrying {len(export.files)} files of export {export.id}")
        names = [file.key.rsplit("/", 1)[-1] for file in export.files]
        files = carry(self._s3, self._bucket, export.files, landing, folder, names)
        delivery = Delivery(
            source=table.source,
            table=table.name,
            relation=table.relation,
            partition_id=window.partition_id,
            id=export.id,
            format=Format.JSON,
            files=files,
            columns=COLUMNS,
            rows=sum(file.rows for file in files),
            fingerprint=fingerprint(file.md5 for file in files),
            position=f"{export.arn} at {window.end.isoformat()}",
            window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
        )
        landing.commit(table, window, delivery)
        return delivery

    def _export(self, table: Table, window: Window, report: Report) -> _Export:
        name = self._prefix + table.relation
        with aws(f"{table}: looking at DynamoDB table {name}"):
            try:
                table_arn = self._dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
            except ClientError as error:
                if aws_code(error) == "ResourceNotFoundException":
                    advice = "check relation in the contract, the table prefix and the AWS region"
                    raise Terminal(f"{table}: DynamoDB has no table {name}; {advice}") from error
                raise
            earlier = self._earlier(table_arn, window)
        unusable = 0
        for export in earlier:
            if export["ExportStatus"] == "COMPLETED":
                if files := read_manifest(self._s3, self._bucket, export["ExportManifest"]):
                    report(f"{table}: using the complete export {export['ExportArn']}")
                    return _Export(export["ExportArn"], files)
            elif export["ExportStatus"] == "IN_PROGRESS":
                report(f"{table}: attaching to the running export {export['ExportArn']}")
                return self._completed(table, export["ExportArn"], report)
            unusable += 1
        arn = self._start(table, name, table_arn, window, unusable)
        report(f"{table}: started export {arn}")
        return self._completed(table, arn, report)

    def _earlier(self, table_arn: str, window: Window) -> "list[ExportDescriptionTypeDef]":
        """The exports of the window's end into our bucket: complete ones first, then running, newest first."""
        found = []
        for arn in self._listed(table_arn):
            # An id begins with the millisecond of its start, and nothing is exported before its time has come.
            began = arn.rsplit("/", 1)[-1].split("-")[0]
            if began.isdigit() and int(began) < window.end.timestamp() * 1000:
                continue
            export = self._dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            if export.get("ExportTime") == window.end and self._is_whole(export):
                found.append(export)
        found.sort(key=lambda export: export["StartTime"], reverse=True)
        return sorted(found, key=lambda export: ["COMPLETED", "IN_PROGRESS", "FAILED"].index(export["ExportStatus"]))

    def _is_whole(self, export: "ExportDescriptionTypeDef") -> bool:
        """Whether an export, which anyone may have started, is of the kind that this module starts."""
        kind = (export.get("ExportType", "FULL_EXPORT"), export.get("ExportFormat", "DYNAMODB_JSON"))
        here = kind == ("FULL_EXPORT", "DYNAMODB_JSON") and export["S3Bucket"] == self._bucket
        return here and not export.get("FilterSpecification")

    def _listed(self, table_arn: str) -> Iterator[str]:
        page = self._dynamodb.list_exports(TableArn=table_arn)
        while True:
            yield from (summary["ExportArn"] for summary in page.get("ExportSummaries", []))
            if "NextToken" not in page:
                return
            page = self._dynamodb.list_exports(TableArn=table_arn, NextToken=page["NextToken"])

    def _start(self, table: Table, name: str, table_arn: str, window: Window, unusable: int) -> str:
        # DynamoDB answers a token it has seen in the last 8 hours with the export it began then; after an export that
        # failed, or whose files are gone, a new one is wanted.
        token = hashlib.sha256(f"kura {table_arn} {window.end.isoformat()} {unusable}".encode()).hexdigest()
        with aws(f"{table}: exporting DynamoDB table {name}"):
            try:
                answer = self._dynamodb.export_table_to_point_in_time(
                    TableArn=table_arn,
                    ExportTime=window.end,
                    ClientToken=token,
                    S3Bucket=self._bucket,
                    S3Prefix=f"dynamodb/{table.name}/{window.partition_id}",
                    ExportFormat="DYNAMODB_JSON",
                )
            except ClientError as error:
                if refused := _refused(table, name, window, error):
                    raise refused from error
                raise
        return answer["ExportDescription"]["ExportArn"]

    def _completed(self, table: Table, arn: str, report: Report) -> _Export:
        said = 0.0
        for waited in ticks(_LIMIT):
            with aws(f"{table}: asking for export {arn}"):
                export = self._dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            if export["ExportStatus"] == "COMPLETED":
                files = read_manifest(self._s3, self._bucket, export["ExportManifest"])
                if files is None:
                    raise Terminal(f"{table}: files of export {arn} are gone from s3://{self._bucket}; run again")
                return _Export(arn, files)
            if export["ExportStatus"] == "FAILED":
                raise _failed(table, export)
            if waited >= said + 10:
                said = waited
                report(f"{table}: export {arn} is running, {waited:.0f} s")
        raise Transient(f"{table}: export {arn} still runs after {_LIMIT / 3600:.0f} hours; run again to attach to it")


def _refused(table: Table, name: str, window: Window, error: ClientError) -> Terminal | Transient | None:
    code, message = aws_code(error), error.response.get("Error", {}).get("Message", "")
    if code == "PointInTimeRecoveryUnavailableException":
        command = (
            f"aws dynamodb update-continuous-backups --table-name {name} "
            "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        )
        return Terminal(f"{table}: point-in-time recovery of DynamoDB table {name} is off; enable it: {command}")
    if code == "InvalidExportTimeException":
        advice = "the last 35 days can be exported, but nothing from before recovery was enabled; choose a later day"
        return Terminal(f"{table}: DynamoDB cannot export {name} as of {window.end.isoformat()} ({message}); {advice}")
    if code == "ExportConflictException":
        return Transient(f"{table}: another export of {name} is in the way ({message}); run again later")
    return None


def _failed(table: Table, export: "ExportDescriptionTypeDef") -> Terminal | Transient:
    code = export.get("FailureCode", "no code")
    said = f"{table}: export {export['ExportArn']} failed ({code}: {export.get('FailureMessage', 'no message')})"
    if code.startswith("S3") or "AccessDenied" in code or "KMS" in code.upper():
        return Terminal(f"{said}; check that the export bucket exists and lets DynamoDB write, then run again")
    return Transient(f"{said}; run again for a new export")
