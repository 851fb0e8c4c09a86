"""Faults that tests may plan: each strikes one export and is gone."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture(autouse=True)
def no_faults_left(server: Any) -> Iterator[None]:
    yield
    server.control("DELETE", "/_kura/faults")


def plan(server: Any, source: str, kind: str, table: str | None = None) -> None:
    server.control("POST", "/_kura/faults", {"source": source, "kind": kind, "table": table})


@pytest.mark.parametrize("kind", ["truncate", "alter"])
def test_a_damaged_data_file_does_not_fit_its_checksum(server: Any, bucket: str, kind: str) -> None:
    server.create_table(kind)
    for number in range(20):
        server.dynamodb.put_item(TableName=kind, Item={"id": {"S": str(number)}})
    plan(server, "dynamodb", kind)
    damaged = server.export(kind, bucket)
    assert damaged.description["ExportStatus"] == "COMPLETED"
    assert [damaged.intact(file) for file in damaged.files].count(False) == 1
    assert len(server.export(kind, bucket).items) == 20


def test_an_export_can_be_made_to_fail(server: Any, bucket: str) -> None:
    server.create_table("failing")
    plan(server, "dynamodb", "fail")
    description = server.export("failing", bucket).description
    assert description["ExportStatus"] == "FAILED"
    assert description["FailureMessage"]
    assert server.export("failing", bucket).description["ExportStatus"] == "COMPLETED"


def test_an_export_can_be_made_empty(server: Any, bucket: str) -> None:
    server.create_table("emptied")
    server.dynamodb.put_item(TableName="emptied", Item={"id": {"S": "1"}})
    plan(server, "dynamodb", "empty")
    export = server.export("emptied", bucket)
    assert (export.items, export.description["ItemCount"]) == ([], 0)
    assert len(server.export("emptied", bucket).items) == 1


def test_a_fault_for_a_table_waits_for_that_table(server: Any, bucket: str) -> None:
    server.create_table("struck")
    server.create_table("spared")
    plan(server, "dynamodb", "fail", "struck")
    assert server.export("spared", bucket).description["ExportStatus"] == "COMPLETED"
    assert server.export("struck", bucket).description["ExportStatus"] == "FAILED"


@pytest.fixture
def export(server: Any, bucket: str, database: Callable[[str], None]) -> Callable[[str], Any]:
    """Exports two tables of a cluster of its own and returns the task."""
    database(
        "CREATE TABLE a (id integer); CREATE TABLE b (id integer); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2)"
    )
    cluster = server.rds.create_db_cluster(
        DBClusterIdentifier=bucket, Engine="aurora-postgresql", MasterUsername="koe", MasterUserPassword="secret-pass"
    )["DBCluster"]

    def run(identifier: str) -> Any:
        server.rds.start_export_task(
            ExportTaskIdentifier=identifier,
            SourceArn=cluster["DBClusterArn"],
            S3BucketName=bucket,
            IamRoleArn="arn:aws:iam::123456789012:role/export",
            KmsKeyId="key",
        )
        return server.finished_task(identifier)

    return run


def tables(server: Any, bucket: str, identifier: str) -> set[str]:
    return {key.split("/")[2] for key in server.keys(bucket, f"{identifier}/koe/") if key.endswith(".parquet")}


def test_a_skipped_table_is_left_out_without_a_word(server: Any, bucket: str, export: Callable[[str], Any]) -> None:
    server.control("POST", "/_kura/rds", {"skip": ["public.b"]})
    task = export("silent")
    assert (task["Status"], task["PercentProgress"]) == ("COMPLETE", 100)
    assert "WarningMessage" not in task
    assert tables(server, bucket, "silent") == {"public.a"}
    server.control("POST", "/_kura/rds", {"skip": []})
    export("whole")
    assert tables(server, bucket, "whole") == {"public.a", "public.b"}


def test_a_task_can_be_made_to_fail(server: Any, export: Callable[[str], Any]) -> None:
    plan(server, "rds", "fail")
    task = export("fails")
    assert task["Status"] == "FAILED"
    assert task["FailureCause"]
    assert export("recovers")["Status"] == "COMPLETE"


def test_one_table_of_a_task_can_be_made_empty(server: Any, bucket: str, export: Callable[[str], Any]) -> None:
    plan(server, "rds", "empty", "public.a")
    export("empty-a")
    assert tables(server, bucket, "empty-a") == {"public.b"}


def test_a_parquet_file_can_be_cut(server: Any, bucket: str, export: Callable[[str], Any]) -> None:
    plan(server, "rds", "truncate", "public.b")
    export("cut")
    [key] = [key for key in server.keys(bucket, "cut/koe/public.b/") if key.endswith(".parquet")]
    with pytest.raises(pa.ArrowInvalid):
        pq.ParquetFile(io.BytesIO(server.content(bucket, key)))


def test_a_fault_that_is_not_known_is_refused(server: Any) -> None:
    with pytest.raises(HTTPError, match="400"):
        plan(server, "dynamodb", "explode")
    assert server.control("GET", "/_kura/faults") == {"faults": [], "skip": []}
