"""An AWS server with a PostgreSQL of its own, for this folder's tests, and moto's own server to compare with."""

import base64
import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from sandbox import postgres

REGION = "ap-northeast-1"
DEADLINE_SECONDS = 30
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": REGION}


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(ready: Callable[[], Any]) -> Any:
    """Asks again until the answer is true; the server works in the background."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (answer := ready()):
        assert time.monotonic() < deadline, "no answer in time"
        time.sleep(0.02)
    return answer


class Clients:
    """boto3's clients of one server."""

    def __init__(self, port: int):
        self.url = f"http://127.0.0.1:{port}"
        config = Config(retries={"total_max_attempts": 1})
        self.dynamodb, self.s3, self.rds = (
            boto3.client(name, endpoint_url=self.url, config=config, **CREDENTIALS)
            for name in ("dynamodb", "s3", "rds")
        )

    until = staticmethod(until)

    def bucket(self, name: str) -> str:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def content(self, bucket: str, key: str) -> bytes:
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, method=method)) as response:
            return json.load(response)

    def create_table(self, name: str, hash_key: str = "id:S", range_key: str | None = None, **more: Any) -> str:
        """Makes a table with point-in-time recovery; keys are given as name:type. Returns its ARN."""
        keys = [key.split(":") for key in (hash_key, range_key) if key]
        self.dynamodb.create_table(TableName=name, **definition(keys), BillingMode="PAY_PER_REQUEST", **more)
        self.recovery(name, True)
        return self.dynamodb.describe_table(TableName=name)["Table"]["TableArn"]

    def recovery(self, name: str, enabled: bool) -> None:
        self.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
        )

    def import_table(self, name: str, bucket: str, lines: list[dict[str, Any] | bytes], *keys: str) -> dict[str, Any]:
        """Imports items (or raw lines) into a new table with point-in-time recovery. Returns the finished import."""
        rows = [line if isinstance(line, bytes) else json.dumps({"Item": line}).encode() for line in lines]
        self.s3.put_object(Bucket=bucket, Key=f"seed/{name}/1.json.gz", Body=gzip.compress(b"\n".join(rows)))
        started = self.dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": f"seed/{name}/"},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters={
                "TableName": name,
                **definition([key.split(":") for key in keys]),
                "BillingMode": "PAY_PER_REQUEST",
            },
        )["ImportTableDescription"]
        assert started["ImportStatus"] == "IN_PROGRESS"
        finished = self.finished_import(started["ImportArn"])
        self.recovery(name, True)
        return finished

    def finished_import(self, arn: str) -> dict[str, Any]:
        def look() -> Any:
            description = self.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
            return description["ImportStatus"] != "IN_PROGRESS" and description

        return until(look)

    def export(self, table: str, bucket: str, **request: Any) -> "Export":
        """Exports a table and waits for the end."""
        arn = self.dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
        request = {"S3Prefix": "exports", "ExportFormat": "DYNAMODB_JSON", **request}
        started = self.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, **request)
        return self.finished_export(started["ExportDescription"]["ExportArn"])

    def finished_export(self, arn: str) -> "Export":
        def look() -> Any:
            description = self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            return description["ExportStatus"] != "IN_PROGRESS" and description

        return Export(self, until(look))

    def finished_task(self, identifier: str) -> dict[str, Any]:
        def look() -> Any:
            [task] = self.rds.describe_export_tasks(ExportTaskIdentifier=identifier)["ExportTasks"]
            return task["Status"] in ("COMPLETE", "FAILED", "CANCELED") and task

        return until(look)


@dataclass
class Export:
    """A finished DynamoDB export, read as a consumer reads it."""

    clients: Clients
    description: dict[str, Any]

    def _checked(self, key: str) -> bytes:
        content = self.clients.content(self.description["S3Bucket"], key)
        checksum = self.clients.content(self.description["S3Bucket"], key.replace(".json", ".md5"))
        assert checksum == base64.b64encode(hashlib.md5(content).digest())
        return content

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads(self._checked(self.description["ExportManifest"]))

    @property
    def files(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._checked(self.summary["manifestFilesS3Key"]).splitlines()]

    def intact(self, file: dict[str, Any]) -> bool:
        content = self.clients.content(self.description["S3Bucket"], file["dataFileS3Key"])
        return base64.b64encode(hashlib.md5(content).digest()).decode() == file["md5Checksum"]

    @property
    def lines(self) -> list[dict[str, Any]]:
        found = []
        for file in self.files:
            assert self.intact(file)
            content = gzip.decompress(self.clients.content(self.description["S3Bucket"], file["dataFileS3Key"]))
            rows = [json.loads(line) for line in content.splitlines()]
            assert len(rows) == file["itemCount"]
            found += rows
        return found

    @property
    def items(self) -> list[dict[str, Any]]:
        return [line["Item"] for line in self.lines]


def definition(keys: list[list[str]]) -> dict[str, Any]:
    return {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in keys],
        "KeySchema": [
            {"AttributeName": name, "KeyType": role} for (name, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
    }


@dataclass
class Server:
    """The server under test as a process."""

    data: Path
    dsn: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Clients:
        command = [sys.executable, "-m", "sandbox.aws", "--port", str(self.port), "--data", str(self.data)]
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--postgres", self.dsn], env=os.environ | ENVIRONMENT, stderr=log
            )
        until(self._healthy)
        return Clients(self.port)

    def _healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.data.with_suffix(".log").read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_kura/health") as response:
                return bool(response.status == 200)
        except (OSError, HTTPException):
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=10)


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


@pytest.fixture(scope="session")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running PostgreSQL."""
    data = tmp_path_factory.mktemp("postgres")
    port = unused_port()
    postgres.start(data, port, data / "log")
    yield postgres.dsn(port)
    postgres.stop(data)


@pytest.fixture
def free_port() -> int:
    return unused_port()


@pytest.fixture
def database(dsn: str) -> Iterator[Callable[[str], None]]:
    """Runs SQL in an empty database."""

    def run(sql: str) -> None:
        with postgresql.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in filter(str.strip, sql.split(";")):
                cursor.execute(statement)

    yield run
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS shop CASCADE")


@pytest.fixture(scope="session")
def make_server(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Makes servers with folders of their own; none outlives the tests."""
    made: list[Server] = []

    def make() -> Server:
        made.append(Server(tmp_path_factory.mktemp("aws") / "data", dsn, unused_port()))
        return made[-1]

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def server(make_server: Callable[[], Server]) -> Iterator[Clients]:
    """The server under test, shared: tests use names of their own."""
    running = make_server()
    yield running.start()
    assert running.stop() == 0


@pytest.fixture
def bucket(server: Clients, request: pytest.FixtureRequest) -> str:
    """An empty bucket of the test's own."""
    return server.bucket("b" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:40])


@pytest.fixture(scope="session")
def reference() -> Iterator[Clients]:
    """moto's own server, with its items in memory."""
    running = ThreadedMotoServer("127.0.0.1", unused_port(), verbose=False)
    running.start()
    yield Clients(running.get_host_and_port()[1])
    running.stop()
