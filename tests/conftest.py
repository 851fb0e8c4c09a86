"""Fixtures that every integration test may use: a whole sandbox, small, and one in which the daily run has ended."""

from collections.abc import Iterator

import pytest

from sandbox import lifecycle
from tests.support import Sandbox

SCALE = 0.02


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of small scale, seeded; tests may run the day on it but must not change its stores."""
    home = tmp_path_factory.mktemp("sandbox")
    lifecycle.up(home, SCALE, print)
    yield Sandbox(home)
    lifecycle.down(home)


@pytest.fixture(scope="session")
def daily_run(sandbox: Sandbox) -> Sandbox:
    """The sandbox after `kura run` for the last day of its history."""
    finished = sandbox.kura("run", "--date", sandbox.day.isoformat())
    assert finished.returncode == 0, finished.stdout
    return sandbox
