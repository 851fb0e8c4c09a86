"""moto's RDS backend whose clusters and cluster snapshots outlive the process, and whose export tasks write files."""

import re
import threading
import types
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import moto.rds.urls
from moto.rds.exceptions import (
    DBClusterNotFoundError,
    DBClusterSnapshotNotFoundError,
    ExportTaskAlreadyExistsError,
    ExportTaskNotFoundError,
    InvalidExportSourceStateError,
    InvalidParameterValue,
    RDSClientError,
)
from moto.rds.models import DBCluster, DBClusterSnapshot, RDSBackend, rds_backends

from sandbox.aws import journal
from sandbox.aws.faults import Faults
from sandbox.aws.objects import Bucket, NoSuchBucket
from sandbox.aws.rds.handler import Handler
from sandbox.aws.rds.tasks import ACTIVE, ExportTask

MAX_TASKS = 5
IDENTITY = ("db_cluster_resource_id", "url_identifier", "hosted_zone_id")
"""What moto draws at random for a cluster."""
IDENTIFIER = re.compile(r"(?=.{1,60}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")


class ExportingBackend(RDSBackend):
    """The clusters of one account and region, written down in `file`."""

    file: Path
    dsn: str
    faults: Faults

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.tasks: dict[str, ExportTask] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        """How the clusters were asked for, by resource id. Only these are written down: not, say, restored ones."""
        self._starting = threading.Lock()

    @property
    def _url_module(self) -> Any:
        """moto looks for a backend's addresses beside its module; ours are moto's, answered by our handler."""
        return types.SimpleNamespace(url_bases=moto.rds.urls.url_bases, url_paths={"{0}/$": Handler.dispatch})

    def create_db_cluster(self, kwargs: dict[str, Any]) -> DBCluster:
        """As moto's."""
        cluster = super().create_db_cluster(kwargs)
        self.requests[cluster.db_cluster_resource_id] = _plain(kwargs)
        _save()
        return cluster

    def delete_db_cluster(self, *arguments: Any, **named: Any) -> DBCluster:
        """As moto's."""
        cluster = super().delete_db_cluster(*arguments, **named)
        _save()
        return cluster

    def create_db_cluster_snapshot(self, *arguments: Any, **named: Any) -> DBClusterSnapshot:
        """As moto's."""
        snapshot = super().create_db_cluster_snapshot(*arguments, **named)
        _save()
        return snapshot

    def delete_db_cluster_snapshot(self, *arguments: Any, **named: Any) -> DBClusterSnapshot:
        """As moto's."""
        snapshot = super().delete_db_cluster_snapshot(*arguments, **named)
        _save()
        return snapshot

    def start_task(self, request: dict[str, Any]) -> ExportTask:
        """Starts a StartExportTask request. Raises the errors of the API."""
        identifier = request["ExportTaskIdentifier"]
        if not IDENTIFIER.fullmatch(identifier):
            raise InvalidParameterValue(
                "ExportTaskIdentifier has at most 60 letters, digits and single hyphens and begins with a letter"
            )
        if ":" in request.get("S3Prefix", ""):
            raise InvalidParameterValue("S3Prefix must not contain a colon")
        source_type, taken_at = self._source(request["SourceArn"])
        try:
            bucket = Bucket(self.account_id, self.region_name, request["S3BucketName"])
        except NoSuchBucket as error:
            raise RDSClientError("InvalidS3BucketFault", f"The S3 bucket {error} doesn't exist.") from None
        with self._starting:
            if identifier in self.tasks:
                raise ExportTaskAlreadyExistsError(identifier)
            running = [task.request["SourceArn"] for task in self.tasks.values() if task.status in ACTIVE]
            if len(running) >= MAX_TASKS:
                message = f"You have reached the limit of {MAX_TASKS} concurrent export tasks"
                raise RDSClientError("ExportTaskLimitReachedFault", message)
            # One task at a time of a cluster or a snapshot; which error says so is not documented.
            if request["SourceArn"] in running:
                raise InvalidExportSourceStateError("exporting")
            task = ExportTask(request, source_type, taken_at, bucket, self.dsn, self.faults)
            self.tasks[identifier] = task
        task.start()
        return task

    def _source(self, arn: str) -> tuple[str, datetime]:
        """The type of the source, and the time at which its data was taken."""
        kind, _, name = arn.partition(":rds:")[2].partition(":")[2].partition(":")[2].partition(":")
        if kind == "cluster":
            if name not in self.clusters:
                raise DBClusterNotFoundError(name)
            return "CLUSTER", self.clusters[name].created
        if kind == "cluster-snapshot":
            if name not in self.cluster_snapshots:
                raise DBClusterSnapshotNotFoundError(name)
            snapshot = self.cluster_snapshots[name]
            if snapshot.status != "available":
                raise InvalidExportSourceStateError(snapshot.status)
            return "SNAPSHOT", snapshot.created
        raise InvalidParameterValue(f"SourceArn must be that of a cluster or a cluster snapshot: {arn}")

    def task(self, identifier: str) -> ExportTask:
        """Raises ExportTaskNotFound."""
        if identifier not in self.tasks:
            raise ExportTaskNotFoundError(identifier)
        return self.tasks[identifier]

    def cancel_task(self, identifier: str) -> ExportTask:
        """Cancels a running task."""
        task = self.task(identifier)
        if task.status not in ACTIVE:
            message = f"The export task can't be canceled: its status is {task.status}"
            raise RDSClientError("InvalidExportTaskStateFault", message)
        task.cancel()
        return task


def _backends() -> Iterable[ExportingBackend]:
    return [backend for *_, backend in rds_backends.iter_backends() if isinstance(backend, ExportingBackend)]


def _save() -> None:
    found: dict[str, list[dict[str, Any]]] = {"clusters": [], "snapshots": []}
    for backend in _backends():
        for cluster in backend.clusters.values():
            if description := _describe(backend, cluster):
                found["clusters"].append(description)
        for snapshot in backend.cluster_snapshots.values():
            if description := _describe(backend, snapshot.cluster):
                found["snapshots"].append(
                    {
                        "cluster": description,
                        "identifier": snapshot.db_cluster_snapshot_identifier,
                        "type": snapshot.snapshot_type,
                        "tags": _plain(snapshot.tags),
                        "created": snapshot.created.isoformat(),
                    }
                )
    journal.write(ExportingBackend.file, found)


def _plain(value: Any) -> Any:
    """Parameters as a request gives them; moto keeps mappings that answer to names in two styles."""
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value.original_dict() if isinstance(value, Handler.PROTOCOL_PARSER_MAP_TYPE) else value


def _describe(backend: ExportingBackend, cluster: DBCluster) -> dict[str, Any] | None:
    request = backend.requests.get(cluster.db_cluster_resource_id)
    return request and {
        "account_id": backend.account_id,
        "region": backend.region_name,
        "request": request,
        "created": cluster.created.isoformat(),
        "identity": {name: getattr(cluster, name) for name in IDENTITY},
    }


def _restore(description: dict[str, Any]) -> tuple[ExportingBackend, DBCluster]:
    backend = rds_backends[description["account_id"]][description["region"]]
    assert isinstance(backend, ExportingBackend)
    cluster = DBCluster(backend, **Handler.PROTOCOL_PARSER_MAP_TYPE(description["request"]))
    cluster.created = cluster.cluster_create_time = datetime.fromisoformat(description["created"])
    for name, value in description["identity"].items():
        setattr(cluster, name, value)
    cluster.status = "available"
    backend.requests[cluster.db_cluster_resource_id] = description["request"]
    return backend, cluster


def install(file: Path, dsn: str, faults: Faults) -> None:
    """Makes moto remember clusters in `file` and export from the database of `dsn`; brings back what is in the file."""
    ExportingBackend.file, ExportingBackend.dsn, ExportingBackend.faults = file, dsn, faults
    rds_backends.backend = ExportingBackend
    found = journal.read(file, {"clusters": [], "snapshots": []})
    for entry in found["clusters"]:
        backend, cluster = _restore(entry)
        backend.clusters[cluster.db_cluster_identifier] = cluster
    for entry in found["snapshots"]:
        backend, cluster = _restore(entry["cluster"])
        snapshot = DBClusterSnapshot(backend, cluster, entry["identifier"], entry["type"], entry["tags"])
        snapshot.created = datetime.fromisoformat(entry["created"])
        backend.cluster_snapshots[entry["identifier"]] = snapshot
