"""A server that was stopped or killed has its tables, clusters and buckets again when it is started."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Restarted:
    """The clients of the second server, and what the first one told before its end."""

    clients: Any
    data: Path
    told: Any
    export: Any


@pytest.fixture(scope="module", params=["stop", "kill"])
def restarted(request: pytest.FixtureRequest, make_server: Any) -> Iterator[Restarted]:
    """A server with some of everything that was ended and started again."""
    server = make_server()
    clients = server.start()
    fill(clients)
    told = described(clients)
    export = clients.export("imported", "kept", ClientToken="day")
    assert getattr(server, request.param)() in (0, None)
    unfinished = server.data / "dynamodb" / "00000000-0000-0000-0000-000000000000"
    unfinished.mkdir()
    (unfinished / "items.sqlite").write_bytes(b"half of a file")
    yield Restarted(server.start(), server.data, told, export)
    assert server.stop() == 0


def fill(clients: Any) -> None:
    clients.bucket("kept")
    clients.import_table("imported", "kept", [{"id": {"S": "a"}, "b": {"B": "AP8="}}], "id:S")
    clients.create_table("made", "pk:N", "sk:S", Tags=[{"Key": "team", "Value": "voice"}])
    for number in range(30):
        clients.dynamodb.put_item(TableName="made", Item={"pk": {"N": "1"}, "sk": {"S": f"{number:02d}"}})
    clients.recovery("made", False)
    clients.create_table("gone")
    clients.dynamodb.delete_table(TableName="gone")
    clients.rds.create_db_cluster(
        DBClusterIdentifier="koe",
        Engine="aurora-postgresql",
        MasterUsername="koe",
        MasterUserPassword="secret-password",
        DatabaseName="koe",
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4},
        Tags=[{"Key": "team", "Value": "voice"}],
    )
    clients.rds.create_db_cluster_snapshot(DBClusterIdentifier="koe", DBClusterSnapshotIdentifier="koe-1")


def described(clients: Any) -> Any:
    """What the server tells of everything that must outlive it."""
    dynamodb, rds = clients.dynamodb, clients.rds
    tables = []
    for name in sorted(dynamodb.list_tables()["TableNames"]):
        table = dynamodb.describe_table(TableName=name)["Table"]
        table.pop("TableSizeBytes")  # how much of the file SQLite has written yet
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        backups["PointInTimeRecoveryDescription"].pop("LatestRestorableDateTime", None)
        tables.append((table, backups, dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]))
    [cluster] = rds.describe_db_clusters()["DBClusters"]
    snapshots = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    for name in ("Status", "EarliestRestorableTime", "LatestRestorableTime"):
        cluster.pop(name)
    buckets = [bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]]
    return tables, cluster, snapshots, buckets


def test_tables_clusters_snapshots_and_buckets_are_there_again(restarted: Restarted) -> None:
    assert described(restarted.clients) == restarted.told
    assert restarted.clients.dynamodb.list_tables()["TableNames"] == ["imported", "made"]
    assert restarted.clients.rds.describe_db_clusters()["DBClusters"][0]["Status"] == "available"


def test_items_are_there_again(restarted: Restarted) -> None:
    dynamodb = restarted.clients.dynamodb
    assert len(dynamodb.scan(TableName="made")["Items"]) == 30
    assert dynamodb.scan(TableName="imported")["Items"] == [{"id": {"S": "a"}, "b": {"B": b"\x00\xff"}}]


def test_exports_are_forgotten_with_their_objects_and_can_be_made_again(restarted: Restarted) -> None:
    former = restarted.export.description["ExportArn"]
    with pytest.raises(restarted.clients.dynamodb.exceptions.ExportNotFoundException):
        restarted.clients.dynamodb.describe_export(ExportArn=former)
    again = restarted.clients.export("imported", "kept", ClientToken="day")
    assert again.description["ExportArn"] != former
    assert again.items == [{"id": {"S": "a"}, "b": {"B": "AP8="}}]


def test_recovery_that_was_off_is_off(restarted: Restarted) -> None:
    with pytest.raises(restarted.clients.dynamodb.exceptions.PointInTimeRecoveryUnavailableException):
        restarted.clients.export("made", "kept")


def test_nothing_is_left_of_deleted_tables_and_interrupted_imports(restarted: Restarted) -> None:
    tables = restarted.clients.dynamodb.list_tables()["TableNames"]
    ids = {restarted.clients.dynamodb.describe_table(TableName=name)["Table"]["TableId"] for name in tables}
    assert {folder.name for folder in (restarted.data / "dynamodb").iterdir()} == ids
