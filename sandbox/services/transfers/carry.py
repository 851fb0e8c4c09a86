"""One run: the files of S3 that its path matches, moved to a bucket of its own and loaded by one job.

The load is BigQuery's, with the table's own columns as its schema, and in the name of the configuration's service
account. What does not match is not moved here, though the real service moves all that begins like the path.
"""

import datetime
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import names
from sandbox.services import oauth
from sandbox.services.transfers import configs, paths
from sandbox.services.transfers.errors import (
    FAILED_PRECONDITION,
    INVALID_ARGUMENT,
    NOT_FOUND,
    PERMISSION_DENIED,
    TransferError,
)

MOST_FILES = {False: 10_000_000, True: 10_000}  # by whether the path has more than one wildcard
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True)
class Upstream:
    """The addresses of the servers that a run talks to."""

    aws: str
    bigquery: str
    storage: str


@dataclass(frozen=True)
class Task:
    """What a run has to do. `since` is when the last good run began; the newest `unseen` files are not there yet."""

    dataset: str
    owner: str
    params: dict[str, Any]
    run_time: datetime.datetime
    since: datetime.datetime | None
    unseen: int


def carry(task: Task, upstream: Upstream) -> list[str]:
    """Does it, and returns what the run's log says. Raises TransferError when the run fails."""
    params = {**configs.DEFAULTS, **task.params}
    uri = paths.render(params["data_path"], task.run_time)
    bucket, path = paths.split(uri)
    s3 = boto3.client(
        "s3",
        endpoint_url=upstream.aws,
        region_name="us-east-1",
        aws_access_key_id=params["access_key_id"],
        aws_secret_access_key=params["secret_access_key"],
        config=Config(s3={"addressing_style": "path"}),
    )
    warehouse = _Warehouse(task, upstream.bigquery)
    table = paths.render(params["destination_table_name_template"], task.run_time)
    warehouse.require_table(table.partition("$")[0])
    try:
        keys = _keys(s3, bucket, path, task, params["write_disposition"])
        said = [f"Moving data from Amazon S3 to Google Cloud complete: Moved {len(keys)} object(s)."]
        if not keys:
            return [*said, f"No new files found matching {uri}."]
        with _Bucket(upstream.storage, f"transfer-{uuid.uuid4().hex}") as staged:
            uris = [staged.put(key, s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
            return [*said, warehouse.load(uris, table, params)]
    except ClientError as error:
        raise TransferError(PERMISSION_DENIED, error.response["Error"].get("Message", str(error))) from error


def _keys(s3: Any, bucket: str, path: str, task: Task, disposition: str) -> list[str]:
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=paths.prefix(path)):
        for item in page.get("Contents", []):
            if disposition == "WRITE_APPEND" and task.since and item["LastModified"] <= task.since:
                continue
            if paths.matches(path, item["Key"]):
                found.append((item["LastModified"], item["Key"]))
    most = MOST_FILES[path.count("*") > 1]
    if len(found) > most:
        raise TransferError(FAILED_PRECONDITION, f"Number of files in transfer exceeds limit of {most:,}.")
    found.sort()
    return [key for _, key in found[: max(0, len(found) - task.unseen)]]


class _Bucket:
    """A bucket of Cloud Storage that is there for one run."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._objects: list[str] = []

    def __enter__(self) -> "_Bucket":
        requests.post(f"{self._url}/storage/v1/b", json={"name": self._name}, timeout=60).raise_for_status()
        return self

    def __exit__(self, *_: object) -> None:
        bucket = f"{self._url}/storage/v1/b/{self._name}"
        for name in self._objects:
            requests.delete(f"{bucket}/o/{quote(name, safe='')}", timeout=60).raise_for_status()
        requests.delete(bucket, timeout=60).raise_for_status()

    def put(self, name: str, content: bytes) -> str:
        """Keeps an object; returns its address."""
        address = f"{self._url}/upload/storage/v1/b/{self._name}/o"
        query = {"uploadType": "media", "name": name}
        requests.post(address, params=query, data=content, timeout=600).raise_for_status()
        self._objects.append(name)
        return f"gs://{self._name}/{name}"


class _Warehouse:
    """BigQuery's REST API, as the configuration's service account."""

    def __init__(self, task: Task, url: str) -> None:
        self._task = task
        self._project = f"{url}/bigquery/v2/projects/{names.PROJECT}"
        self._session = requests.Session()
        token = oauth.unsigned_token(task.owner, SCOPE, int(time.time()))
        self._session.headers["Authorization"] = f"Bearer {token}"

    def require_table(self, table: str) -> None:
        """Raises TransferError when there is no such table: a transfer makes none."""
        self._ask("GET", f"{self._project}/datasets/{self._task.dataset}/tables/{table}")

    def load(self, uris: list[str], table: str, params: dict[str, str]) -> str:
        """Loads the files into a table or partition by one job; returns what the log says of it."""
        reference = {"projectId": names.PROJECT, "jobId": f"bqts_{uuid.uuid4()}"}
        target = {"projectId": names.PROJECT, "datasetId": self._task.dataset, "tableId": table}
        load = {
            "sourceUris": uris,
            "sourceFormat": configs.FORMATS[params["file_format"]],
            "destinationTable": target,
            "writeDisposition": params["write_disposition"],
            "createDisposition": "CREATE_NEVER",
            "maxBadRecords": int(params["max_bad_records"]),
            "ignoreUnknownValues": params["ignore_unknown_values"] == "true",
        }
        job = self._ask("POST", f"{self._project}/jobs", {"jobReference": reference, "configuration": {"load": load}})
        while job["status"]["state"] != "DONE":
            time.sleep(0.05)
            job = self._ask("GET", f"{self._project}/jobs/{reference['jobId']}")
        if problem := job["status"].get("errorResult"):
            raise TransferError(INVALID_ARGUMENT, f"Job {reference['jobId']} failed: {problem['message']}")
        rows = job["statistics"]["load"]["outputRows"]
        return f"Job {reference['jobId']} (table {table}) completed successfully. Number of records: {rows}."

    def _ask(self, method: str, url: str, body: Any = None) -> Any:
        answer = self._session.request(method, url, json=body, timeout=600)
        if answer.ok:
            return answer.json()
        code = {404: NOT_FOUND, 401: PERMISSION_DENIED, 403: PERMISSION_DENIED}.get(
            answer.status_code, INVALID_ARGUMENT
        )
        raise TransferError(code, answer.json()["error"]["message"])
