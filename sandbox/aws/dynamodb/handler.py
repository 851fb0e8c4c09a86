"""moto's DynamoDB requests, with imports and exports answered in full."""

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import DynamodbException, MockValidationException
from moto.dynamodb.responses import DynamoHandler

if TYPE_CHECKING:
    from sandbox.aws.dynamodb.backend import DiskBackend


class ImportNotFound(DynamodbException):
    """There is no import of this ARN."""

    def __init__(self, arn: str):
        super().__init__("com.amazonaws.dynamodb.v20120810#ImportNotFoundException", f"Import not found: {arn}")


class Handler(DynamoHandler):
    """Requests are parsed by moto: times are naive UTC datetimes, binary values are bytes."""

    @property
    def _backend(self) -> "DiskBackend":
        return self.dynamodb_backend  # type: ignore[return-value]

    def import_table(self) -> ActionResult:
        """ImportTable, from DYNAMODB_JSON, plain or GZIP."""
        request = self.body
        if request.get("InputFormat") != "DYNAMODB_JSON":
            raise MockValidationException("the sandbox imports DYNAMODB_JSON only: set InputFormat to it")
        if request.get("InputCompressionType", "NONE") not in ("NONE", "GZIP"):
            raise MockValidationException("the sandbox imports NONE or GZIP only: set InputCompressionType to one")
        table = request["TableCreationParameters"]
        billing_mode = table.get("BillingMode", "PROVISIONED")
        self._validate_table_creation(
            billing_mode=billing_mode,
            throughput=table.get("ProvisionedThroughput"),
            key_schema=table["KeySchema"],
            global_indexes=table.get("GlobalSecondaryIndexes"),
            local_secondary_indexes=None,
            attr=table["AttributeDefinitions"],
            warm_throughput=None,
        )
        parameters = {
            "name": table["TableName"],
            "schema": table["KeySchema"],
            "attr": table["AttributeDefinitions"],
            "billing_mode": billing_mode,
            "throughput": table.get("ProvisionedThroughput"),
            "global_indexes": table.get("GlobalSecondaryIndexes"),
            "sse_specification": table.get("SSESpecification"),
        }
        return _import(self._backend.start_import(request, parameters))

    def describe_import(self) -> ActionResult:
        """DescribeImport."""
        arn = self.body["ImportArn"]
        if arn not in self._backend.imports:
            raise ImportNotFound(arn)
        return _import(self._backend.imports[arn].describe())

    def list_imports(self) -> ActionResult:
        """ListImports, all on one page."""
        table_arn = self.body.get("TableArn")
        found = [job.describe() for job in reversed(self._backend.imports.values())]
        summaries = [description for description in found if table_arn in (None, description["TableArn"])]
        return ActionResult({"ImportSummaryList": summaries})

    def export_table_to_point_in_time(self) -> ActionResult:
        """ExportTableToPointInTime."""
        return _export(self._backend.start_export(dict(self.body)).describe())

    def describe_export(self) -> ActionResult:
        """DescribeExport."""
        return _export(self._backend.exports.get(self.body["ExportArn"]).describe())

    def list_exports(self) -> ActionResult:
        """ListExports, with pages."""
        exports = self._backend.exports.of(self.body.get("TableArn"))
        start, size = int(self.body.get("NextToken", 0)), self.body.get("MaxResults", 25)
        page = exports[start : start + size]
        more = {"NextToken": str(start + size)} if start + size < len(exports) else {}
        return ActionResult({"ExportSummaries": [export.describe() for export in page], **more})


def _import(description: dict[str, Any]) -> ActionResult:
    return ActionResult({"ImportTableDescription": description})


def _export(description: dict[str, Any]) -> ActionResult:
    return ActionResult({"ExportDescription": description})
