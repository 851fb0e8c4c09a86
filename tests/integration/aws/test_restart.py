"""A server that was stopped or killed has its tables, clusters and buckets again when it is started."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_tables_clusters_and_buckets_outlive_the_server(own_server: Any, end: str) -> None:
    clients = own_server.start()
    clients.bucket("kept")
    clients.import_table("imported", "kept", [{"id": {"S": "a"}, "b": {"B": "AP8="}}], "id:S")
    clients.create_table("made", "pk:N", "sk:S", Tags=[{"Key": "team", "Value": "voice"}])
    for number in range(30):
        clients.dynamodb.put_item(TableName="made", Item={"pk": {"N": "1"}, "sk": {"S": f"{number:02d}"}})
    clients.recovery("made", False)
    clients.rds.create_db_cluster(
        DBClusterIdentifier="koe",
        Engine="aurora-postgresql",
        MasterUsername="koe",
        MasterUserPassword="secret-password",
        DatabaseName="koe",
    )
    clients.rds.create_db_cluster_snapshot(DBClusterIdentifier="koe", DBClusterSnapshotIdentifier="koe-1")
    before = described(clients)

    assert getattr(own_server, end)() in (0, None)
    clients = own_server.start()

    assert described(clients) == before
    assert clients.dynamodb.describe_table(TableName="made")["Table"]["ItemCount"] == 30
    assert clients.dynamodb.scan(TableName="imported")["Items"] == [{"id": {"S": "a"}, "b": {"B": b"\x00\xff"}}]
    assert clients.export("imported", "kept").items == [{"id": {"S": "a"}, "b": {"B": "AP8="}}]
    with pytest.raises(clients.dynamodb.exceptions.PointInTimeRecoveryUnavailableException):
        clients.export("made", "kept")


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
    names = ("DBClusterIdentifier", "DbClusterResourceId", "DBClusterArn", "ClusterCreateTime", "DatabaseName")
    buckets = [bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]]
    return tables, {name: cluster[name] for name in names}, snapshots, buckets


def test_a_deleted_table_stays_deleted_and_leaves_no_file(own_server: Any, tmp_path: Path) -> None:
    clients = own_server.start()
    clients.create_table("gone")
    clients.dynamodb.delete_table(TableName="gone")
    own_server.kill()
    clients = own_server.start()
    assert clients.dynamodb.list_tables()["TableNames"] == []
    assert list((tmp_path / "data" / "dynamodb").iterdir()) == []


def test_an_import_that_was_killed_leaves_nothing(own_server: Any, tmp_path: Path) -> None:
    clients = own_server.start()
    clients.create_table("other")
    unfinished = tmp_path / "data" / "dynamodb" / "00000000-0000-0000-0000-000000000000"
    own_server.kill()
    unfinished.mkdir()
    (unfinished / "items.sqlite").write_bytes(b"half of a file")
    clients = own_server.start()
    assert clients.dynamodb.list_tables()["TableNames"] == ["other"]
    assert not unfinished.exists()


def test_exports_are_forgotten_with_their_objects(own_server: Any, database: Callable[[str], None]) -> None:
    clients = own_server.start()
    clients.bucket("exports")
    clients.create_table("table")
    first = clients.export("table", "exports", ClientToken="day")
    own_server.kill()
    clients = own_server.start()
    assert clients.keys("exports") == []
    with pytest.raises(clients.dynamodb.exceptions.ExportNotFoundException):
        clients.dynamodb.describe_export(ExportArn=first.description["ExportArn"])
    again = clients.export("table", "exports", ClientToken="day")
    assert again.description["ExportStatus"] == "COMPLETED"
