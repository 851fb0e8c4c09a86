"""moto's RDS requests, with export tasks answered in full."""

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import InvalidParameterValue
from moto.rds.responses import RDSResponse

if TYPE_CHECKING:
    from sandbox.aws.rds.backend import ExportingBackend

PARAMETERS = ("ExportTaskIdentifier", "SourceArn", "S3BucketName", "IamRoleArn", "KmsKeyId", "S3Prefix", "ExportOnly")
FILTERS = {
    "export-task-identifier": "ExportTaskIdentifier",
    "s3-bucket": "S3Bucket",
    "source-arn": "SourceArn",
    "status": "Status",
}


class Handler(RDSResponse):
    """Requests are parsed by moto."""

    @property
    def _backend(self) -> "ExportingBackend":
        return self.backend  # type: ignore[return-value]

    def start_export_task(self) -> ActionResult:
        """StartExportTask."""
        request = {name: self.params[name] for name in PARAMETERS if self.params.get(name) is not None}
        return ActionResult(self._backend.start_task(request).describe())

    def cancel_export_task(self) -> ActionResult:
        """CancelExportTask."""
        return ActionResult(self._backend.cancel_task(self.params["ExportTaskIdentifier"]).describe())

    def describe_export_tasks(self) -> ActionResult:
        """DescribeExportTasks, with filters and pages."""
        backend = self._backend
        if identifier := self.params.get("ExportTaskIdentifier"):
            tasks = [backend.task(identifier).describe()]
        else:
            tasks = [task.describe() for task in backend.tasks.values()]
        wanted = {name: self.params.get(name) for name in ("SourceArn", "SourceType")}
        tasks = [task for task in tasks if all(value in (None, task[name]) for name, value in wanted.items())]
        for chosen in self.params.get("Filters") or []:
            tasks = [task for task in tasks if _passes(task, chosen["Name"], chosen["Values"])]
        start, size = int(self.params.get("Marker") or 0), self.params.get("MaxRecords") or 100
        more = {"Marker": str(start + size)} if start + size < len(tasks) else {}
        return ActionResult({"ExportTasks": tasks[start : start + size], **more})


def _passes(task: dict[str, Any], name: str, values: list[str]) -> bool:
    if name not in FILTERS:
        raise InvalidParameterValue(f"Unrecognized filter name: {name}")
    value = str(task[FILTERS[name]])
    # Statuses are given in lower case here, though they are shown in upper case.
    return (value.lower() if name == "status" else value) in values
