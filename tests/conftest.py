"""Fixtures that every integration test may use: a whole sandbox, small, and one in which the daily run has ended."""

from collections.abc import Iterator

import pytest

from sandbox import lifecycle
from tests.support import Sandbox, kill_run

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
    """The sandbox after `kura run` for the last day of its history, of which a first attempt was killed."""
    kill_run(sandbox, "carrying")
    finished = sandbox.kura("run", "--date", sandbox.day.isoformat())
    assert finished.returncode == 0, finished.stdout
    return sandbox


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share servers run in the same process; the longest groups begin first."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        folder = item.path.parent.relative_to(item.config.rootpath / "tests")
        group = "sandbox" if "sandbox" in fixtures else str(folder)
        item.add_marker(pytest.mark.xdist_group(group))
    first = ("sandbox", "integration/readme", "integration/extract", "integration/bigquery")
    order = {group: position for position, group in enumerate(first)}
    items.sort(key=lambda item: order.get(item.get_closest_marker("xdist_group").args[0], len(order)))  # type: ignore[union-attr]
