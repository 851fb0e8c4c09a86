"""All servers, without the sample business."""

from collections.abc import Iterator

import pytest

from sandbox import provision
from tests import support
from tests.integration.extract.mariadb import MariaDB, started
from tests.integration.extract.support import Cloud


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    home = tmp_path_factory.mktemp("cloud")
    with support.servers(home) as state:
        provision.datasets(provision.bigquery_client(home, state, "platform"))
        yield Cloud(home, state)


@pytest.fixture
def cloud(servers: Cloud) -> Iterator[Cloud]:
    """The servers, with nothing planned to go wrong."""
    servers.report.clear()
    yield servers
    servers.post("aws", "/_kura/faults", None, "DELETE")
    servers.post("services", "/_kura/transfers", dict.fromkeys(("hold", "fail", "unseen", "daily")))


@pytest.fixture(autouse=True)
def no_other_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the developer's shell is set to, the tests talk to their own servers."""
    for name in ("AWS_ENDPOINT_URL", "STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    with started(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told at every step, and not every few seconds."""
    monkeypatch.setattr("extract.progress.SECONDS", 1e-9)
