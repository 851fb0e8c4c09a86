"""A gateway with the raw tables of every contract, and the settings with which dbt finds it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from google.cloud import bigquery

from extract import receipts
from tests.integration.bigquery.access_fixtures import PLATFORM, PROJECT, TAGS, Gateway, started, tag, token
from tests.integration.dbt_project.warehouse import TABLES, Warehouse, raw_columns


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with started(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@contextmanager
def variables(gateway: Gateway, home: Path) -> Iterator[None]:
    """The variables with which dbt finds the gateway, and no others of its kind; `home` takes the credentials."""
    # Credentials that hold a token already, so that no token endpoint is asked.
    credentials = {"type": "authorized_user", "client_id": "-", "client_secret": "-", "refresh_token": "-"}
    credentials |= {"token": token({"email": PLATFORM}), "expiry": "2999-01-01T00:00:00Z"}
    (home / "credentials.json").write_text(json.dumps(credentials))
    settings = {
        "BIGQUERY_EMULATOR_HOST": gateway.url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(home / "credentials.json"),
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "KURA_LOCATION": "US",
        "KURA_TIMEZONE": "Asia/Tokyo",
        **{f"KURA_POLICY_TAG_{name.upper()}": tag(name) for name in TAGS},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DBT_", "KURA_", "GOOGLE_"))]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def warehouse(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    home = tmp_path_factory.mktemp("dbt")
    client = gateway.client(PLATFORM)
    for dataset in sorted({table.dataset for table in TABLES.values()} | {"staging", "build", "ops"}):
        client.create_dataset(dataset)
    client.create_table(bigquery.Table(f"{PROJECT}.{receipts.TABLE}", schema=receipts.SCHEMA))
    for name, contract in TABLES.items():
        columns = [bigquery.SchemaField(*column) for column in raw_columns(contract)]
        table = bigquery.Table(f"{PROJECT}.{name}", schema=columns)
        table.time_partitioning = bigquery.TimePartitioning(type_=bigquery.TimePartitioningType.DAY)
        table.require_partition_filter = True
        client.create_table(table)
    with variables(gateway, home):
        yield Warehouse(client, home / "target")
