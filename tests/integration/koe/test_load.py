"""Seed files in the stores: loaded twice, by the real clients, into the real stand-ins."""

import gzip
import socket
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
import stripe

from sandbox import names, postgres, provision
from sandbox.koe import seed
from sandbox.koe.load_aws import SNAPSHOT
from sandbox.koe.records import Records

END_DATE = date(2026, 11, 21)
START_SECONDS = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def server(name: str, data: Path, *arguments: str) -> Iterator[str]:
    """A server of the sandbox on a free port; its address."""
    port = free_port()
    command = [sys.executable, "-m", f"sandbox.{name}", "--port", str(port), "--data", str(data), *arguments]
    with (data.parent / f"{name}.log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _await(f"{address}/_kura/health")
            yield address
        finally:
            process.terminate()


def _await(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise TimeoutError(f"{address} did not answer within {START_SECONDS} s")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("seed")
    seed.write(directory, seed=7, scale=0.004, end_date=END_DATE, progress=lambda line: None)
    return directory


@pytest.fixture(scope="module")
def stores(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses of stores into which the seed has been loaded twice."""
    data = tmp_path_factory.mktemp("stores")
    port = free_port()
    postgres.start(data / "postgres", port, data / "postgres.log")
    with ExitStack() as stack:
        stack.callback(postgres.stop, data / "postgres")
        aws = stack.enter_context(server("aws", data / "aws", "--postgres", postgres.dsn(port)))
        services = stack.enter_context(server("services", data / "services"))
        provision.aws_session().client("s3", endpoint_url=aws).create_bucket(
            Bucket=names.SEED_BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
        )
        for _ in range(2):
            loaded: list[str] = []
            seed.load(
                directory,
                postgres_dsn=postgres.dsn(port),
                session=provision.aws_session(),
                endpoint_url=aws,
                seed_bucket=names.SEED_BUCKET,
                services_url=services,
                progress=loaded.append,
            )
            assert sorted(loaded) == ["DynamoDB loaded", "PostgreSQL loaded", "Stripe and Sheets loaded"]
        yield {"aws": aws, "services": services}


def comparable(attribute: dict[str, Any], *, encoded: bool) -> Any:
    """An attribute with sets without order and bytes as bytes."""
    ((kind, value),) = attribute.items()
    match kind:
        case "B":
            return kind, b64decode(value) if encoded else value
        case "BS":
            return kind, frozenset(map(b64decode, value)) if encoded else frozenset(value)
        case "SS" | "NS":
            return kind, frozenset(value)
        case "L":
            return kind, [comparable(one, encoded=encoded) for one in value]
        case "M":
            return kind, {name: comparable(one, encoded=encoded) for name, one in value.items()}
        case _:
            return kind, value


@pytest.mark.parametrize("table", ["koe-voices", "koe-generations"])
def test_dynamodb_holds_every_item_value_for_value(table: str, directory: Path, stores: dict[str, str]) -> None:
    dynamodb = provision.aws_session().client("dynamodb", endpoint_url=stores["aws"])
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    held = [item for page in pages for item in page["Items"]]
    paths = sorted((directory / "dynamodb" / table).iterdir())
    written = [orjson.loads(line)["Item"] for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]

    def key(item: dict[str, Any]) -> str:
        return str(item.get("generationId") or item["voiceId"])

    assert len(held) == len(written)
    for one, other in zip(sorted(held, key=key), sorted(written, key=key), strict=True):
        assert {name: comparable(value, encoded=False) for name, value in one.items()} == {
            name: comparable(value, encoded=True) for name, value in other.items()
        }
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_bucket_of_the_seed_is_empty_afterwards(stores: dict[str, str]) -> None:
    s3 = provision.aws_session().client("s3", endpoint_url=stores["aws"])
    assert s3.list_objects_v2(Bucket=names.SEED_BUCKET)["KeyCount"] == 0


def test_rds_knows_the_cluster_and_one_snapshot_of_the_seed(stores: dict[str, str]) -> None:
    rds = provision.aws_session().client("rds", endpoint_url=stores["aws"])
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    assert (cluster["DBClusterIdentifier"], cluster["Engine"]) == ("koe", "aurora-postgresql")
    snapshots = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert [snapshot["DBClusterSnapshotIdentifier"] for snapshot in snapshots] == [SNAPSHOT]


def test_stripe_lists_every_object_once_but_no_deleted_customer(directory: Path, stores: dict[str, str]) -> None:
    client = stripe.StripeClient(
        names.STRIPE_KEY,
        base_addresses={"api": f"{stores['services']}/stripe"},
        stripe_version="2025-03-31.basil",
        max_network_retries=5,
    )
    records = Records(directory)
    invoices = [invoice.id for invoice in client.v1.invoices.list({"limit": 100}).auto_paging_iter()]
    assert sorted(invoices) == sorted(invoice["id"] for invoice in records.objects("invoices"))
    customers = {customer.id for customer in client.v1.customers.list({"limit": 100}).auto_paging_iter()}
    deleted = {customer["id"] for customer in records.objects("customers") if customer.get("deleted")}
    assert deleted
    assert customers == {customer["id"] for customer in records.objects("customers")} - deleted
