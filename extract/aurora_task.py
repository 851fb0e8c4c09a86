"""Export tasks of an Aurora cluster: find one that serves, attach to it, or start one; wait until it is complete.

A task's identifier is unique for ever within an account, so it is made from cluster, day and attempt, and a task that
exists under it is this platform's own. The next attempt is for when the earlier one failed, was cancelled, went to
another bucket, did not ask for a table that is wanted now, or has lost its files.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-data.Considerations.html
"""

import hashlib
import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from extract.aurora_info import Info, read_info
from extract.errors import Terminal, Transient
from extract.outside import aws, aws_code
from extract.polling import ticks
from extract.source import Report
from extract.window import Window

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import ExportTaskTypeDef
    from mypy_boto3_s3 import S3Client

FOLDER: Final = "aurora"
"""Where in the bucket the folders of all tasks are."""

AT_ONCE: Final = 5
"""Export tasks that an account may have in progress; `orchestration/dagster.yaml` limits a pool to as many runs."""

_RUNNING: Final = frozenset({"STARTING", "IN_PROGRESS", "CANCELING"})
_IN_THE_WAY: Final = frozenset({"InvalidExportSourceState", "ExportTaskLimitReached", "ExportTaskLimitReachedFault"})
"""What RDS answers when another task was faster than the look at those that run."""
_LIMIT: Final = 12 * 3600.0  # seconds after which a run leaves the task to the next one


@dataclass(frozen=True)
class Task:
    """A complete export task: `folder` is its place in the bucket, with a slash; `position` is what was exported.

    `attempt` counts from 0.
    """

    id: str
    attempt: int
    folder: str
    position: str
    info: Info


@dataclass(frozen=True)
class Exports:
    """The export tasks of one cluster. `bucket`, `role` (an IAM role's ARN) and `kms_key` are what a task needs."""

    rds: "RDSClient"
    s3: "S3Client"
    cluster: str
    bucket: str
    role: str
    kms_key: str

    def task(self, targets: Collection[str], window: Window, report: Report) -> Task:
        """A complete task for the window that was asked for all `targets`, each `database.schema.table`.

        What is exported is the earliest snapshot taken at or after the window's end, or the live cluster when there is
        none. Terminal when the export fails for a reason that a person must remove, else Transient.
        """
        for attempt in itertools.count():
            identifier = self.identifier(window, attempt)
            found = self._describe(identifier)
            if found is None and self._start(identifier, targets, window, report):
                return self._complete(self._end(identifier, report), attempt)
            found = found or self._end(identifier, report)  # another run was faster; its task may do
            serves = found["S3Bucket"] == self.bucket and _asked_for(found, targets)
            if found["Status"] in _RUNNING:
                # One task at a time is all that a cluster allows, so even a task that does not serve is waited for.
                report(f"aurora: attaching to the running export task {identifier}")
                found = self._end(identifier, report)
                if serves and found["Status"] == "COMPLETE":
                    return self._complete(found, attempt)
            elif serves and found["Status"] == "COMPLETE":
                task = self._complete(found, attempt)
                # A table that it skipped is skipped for good; a later run must be able to get it.
                if all(task.info.exported(target) for target in targets):
                    report(f"aurora: using the complete export task {identifier}")
                    return task
        raise AssertionError("unreachable")

    def identifier(self, window: Window, attempt: int) -> str:
        """`kura-<cluster>-<YYYYMMDD>-<attempt>`, of 60 characters at most; the attempt has two digits, from 00."""
        return f"{stem(self.cluster)}-{window.partition_id}-{attempt:02d}"

    def _describe(self, identifier: str) -> "ExportTaskTypeDef | None":
        with aws(f"aurora: asking for export task {identifier}"):
            try:
                tasks = self.rds.describe_export_tasks(ExportTaskIdentifier=identifier)["ExportTasks"]
            except ClientError as error:
                if aws_code(error) in ("ExportTaskNotFound", "ExportTaskNotFoundFault"):
                    return None
                raise
        return tasks[0] if tasks else None

    def _start(self, identifier: str, targets: Collection[str], window: Window, report: Report) -> bool:
        """Start a task when there is room for one more; false when one of that identifier has come into being."""
        source = self._source(window)
        said = False
        for _ in ticks(_LIMIT):
            if self._has_room_for(source):
                with aws(f"aurora: starting export task {identifier}"):
                    try:
                        self.rds.start_export_task(
                            ExportTaskIdentifier=identifier,
                            SourceArn=source,
                            S3BucketName=self.bucket,
                            S3Prefix=FOLDER,
                            IamRoleArn=self.role,
                            KmsKeyId=self.kms_key,
                            ExportOnly=sorted(targets),
                        )
                    except ClientError as error:
                        if aws_code(error) in ("ExportTaskAlreadyExists", "ExportTaskAlreadyExistsFault"):
                            return False
                        if aws_code(error) not in _IN_THE_WAY:
                            raise
                    else:
                        report(f"aurora: started export task {identifier} of {source}")
                        return True
            if not said:
                said = True
                report(f"aurora: other exports are running; {identifier} waits for its turn")
        raise Transient(f"aurora: no turn for export task {identifier} in {_LIMIT / 3600:.0f} hours; run again later")

    def _has_room_for(self, source: str) -> bool:
        """Whether a task may start: an account has so many at a time, and a cluster or a snapshot has one."""
        with aws("aurora: counting export tasks"):
            pages = self.rds.get_paginator("describe_export_tasks").paginate()
            running = [
                task["SourceArn"] for page in pages for task in page["ExportTasks"] if task["Status"] in _RUNNING
            ]
        return len(running) < AT_ONCE and source not in running

    def _source(self, window: Window) -> str:
        with aws(f"aurora: looking for snapshots of cluster {self.cluster}"):
            pages = self.rds.get_paginator("describe_db_cluster_snapshots").paginate(DBClusterIdentifier=self.cluster)
            snapshots = [
                (snapshot["SnapshotCreateTime"], snapshot["DBClusterSnapshotArn"])
                for page in pages
                for snapshot in page["DBClusterSnapshots"]
                if snapshot["Status"] == "available" and snapshot["SnapshotCreateTime"] >= window.end
            ]
            if snapshots:
                return min(snapshots)[1]
            try:
                clusters = self.rds.describe_db_clusters(DBClusterIdentifier=self.cluster)["DBClusters"]
            except ClientError as error:
                if aws_code(error) in ("DBClusterNotFoundFault", "DBClusterNotFound"):
                    advice = "check the cluster's identifier and the AWS region"
                    raise Terminal(f"aurora: there is no cluster {self.cluster}; {advice}") from error
                raise
        return clusters[0]["DBClusterArn"]

    def _end(self, identifier: str, report: Report) -> "ExportTaskTypeDef":
        said = ""
        for _ in ticks(_LIMIT):
            task = self._describe(identifier)
            if task is None:
                raise Transient(f"aurora: export task {identifier} is not to be seen; run again")
            if task["Status"] not in _RUNNING:
                return task
            if (now := f"{task['Status']} {task.get('PercentProgress', 0)} %") != said:
                said = now
                report(f"aurora: export task {identifier}: {now}")
        raise Transient(f"aurora: {identifier} still runs after {_LIMIT / 3600:.0f} hours; run again to attach to it")

    def _complete(self, task: "ExportTaskTypeDef", attempt: int) -> Task:
        identifier = task["ExportTaskIdentifier"]
        if task["Status"] == "FAILED":
            cause = task.get("FailureCause") or "no cause given"
            said = f"aurora: export task {identifier} failed: {cause}"
            if any(word in cause.lower() for word in ("permission", "access", "kms", "bucket", "role", "denied")):
                raise Terminal(f"{said}; put that right, then run again for a new task")
            raise Transient(f"{said}; run again for a new task")
        if task["Status"] != "COMPLETE":
            raise Terminal(f"aurora: export task {identifier} ended as {task['Status']}; run again for a new task")
        folder = "/".join(part for part in (task.get("S3Prefix"), identifier) if part) + "/"
        taken = task.get("SnapshotTime")
        position = f"{task['SourceArn']} at {taken.isoformat()}" if taken else task["SourceArn"]
        info = read_info(self.s3, self.bucket, folder, task.get("WarningMessage") or "")
        return Task(identifier, attempt, folder, f"{position} by {identifier}", info)


def stem(cluster: str) -> str:
    """What the identifiers of all tasks of a cluster begin with; long names are cut."""
    if len(cluster) > 40:
        cluster = f"{cluster[:31].rstrip('-')}-{hashlib.sha256(cluster.encode()).hexdigest()[:8]}"
    return f"kura-{cluster}"


def _asked_for(task: "ExportTaskTypeDef", targets: Collection[str]) -> bool:
    """Whether a task exports all targets: nothing named is everything, a database or a schema is all that is in it."""
    only = task.get("ExportOnly") or []
    return not only or all(any(f"{target}.".startswith(f"{part}.") for part in only) for target in targets)
