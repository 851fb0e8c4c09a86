"""A gateway of this folder's own with the platform's datasets, and the settings with which the product finds it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import bigquery

from orchestration import environment
from orchestration.environment import Environment
from tests.integration.bigquery.access_fixtures import ANALYST, PLATFORM, PROJECT, TAGS, Gateway, started, tag, token

DATASETS = ("raw_aurora", "staging", "build", "marts", "ops")
SETTINGS = {
    "KURA_ENVIRONMENT": "dev",
    "GOOGLE_CLOUD_PROJECT": PROJECT,
    "KURA_LOCATION": "US",
    "KURA_LANDING_BUCKET": "landing",
    "KURA_EXPORT_BUCKET": "exports",
    "KURA_EXPORT_KMS_KEY": "-",
    "KURA_EXPORT_ROLE": "-",
    "KURA_AURORA_CLUSTER": "koe",
    "KURA_AURORA_DATABASE": "koe",
    "STRIPE_API_KEY": "sk_test_none",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9",
    **{f"KURA_POLICY_TAG_{name.upper()}": tag(name) for name in TAGS},
}


@pytest.fixture(scope="session")
def publication_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with started(tmp_path_factory.mktemp("publication")) as gateway:
        client = gateway.client(PLATFORM)
        for dataset in DATASETS:
            client.create_dataset(dataset)
        marts = client.get_dataset("marts")
        marts.access_entries = [*marts.access_entries, bigquery.AccessEntry("READER", "userByEmail", ANALYST)]
        client.update_dataset(marts, ["access_entries"])
        yield gateway


@pytest.fixture
def settings(publication_gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """The settings, in this process's environment as well."""
    # Credentials that hold a token already, so that no token endpoint is asked.
    credentials = {"type": "authorized_user", "client_id": "-", "client_secret": "-", "refresh_token": "-"}
    credentials |= {"token": token({"email": PLATFORM}), "expiry": "2999-01-01T00:00:00Z"}
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    for name in [name for name in os.environ if name.startswith(("DBT_", "KURA_", "GOOGLE_"))]:
        monkeypatch.delenv(name)
    variables = SETTINGS | {
        "BIGQUERY_EMULATOR_HOST": publication_gateway.url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "credentials.json"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return environment.load()
