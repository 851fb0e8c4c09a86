"""One server for all tests of this folder.

Every test finds the same small seed, default settings and a stopped clock.
"""

import itertools
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stripe import StripeClient

from sandbox.services.keys import write_service_account_key
from tests.integration.services.support import (
    ANALYST,
    NOW,
    PLANNING,
    PLATFORM,
    PROJECT,
    SEED,
    Server,
    free_port,
    start,
    write_seed,
)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("services")
    port = free_port()
    for name, email in (("platform", PLATFORM), ("analyst", ANALYST)):
        write_service_account_key(directory / f"{name}.json", email, PROJECT, f"http://127.0.0.1:{port}/oauth/token")
    server = start(directory, port)
    yield server
    server.kill(signal.SIGTERM)


@pytest.fixture(scope="session")
def seed_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("seed")
    write_seed(directory, SEED)
    (directory / "sheets").mkdir()
    (directory / "sheets" / "planning.json").write_text(json.dumps(PLANNING))
    return directory


_times = itertools.count(NOW, 1000)  # far enough apart that no request of one test counts in another


@pytest.fixture
def server(running: Server, seed_directory: Path) -> Server:
    """The server with the seed. The clock stands still; limits are out of the way of all tests but their own."""
    running.control("seed", {"directory": str(seed_directory)})
    running.control("clock", {"now": next(_times)})
    running.control(
        "stripe", {"rate_limit": 10_000, "restricted_keys": None, "revoked_keys": None, "api_version": None}
    )
    running.control("sheets", {"limits": dict.fromkeys(("read", "read_per_user", "write", "write_per_user"), 10_000)})
    return running


@pytest.fixture
def stripe(server: Server) -> StripeClient:
    return server.stripe()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts a server on a directory of its own: again and again on the same directory."""
    started: list[Server] = []

    def start_one() -> Server:
        started.append(start(tmp_path, free_port()))
        return started[-1]

    yield start_one
    for one in started:
        if one.process.poll() is None:
            one.kill(signal.SIGKILL)
