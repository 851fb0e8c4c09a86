"""Fixtures that every integration test may use: a whole sandbox, small, and one in which the daily run has ended."""

from collections.abc import Iterator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from orchestration import output
from sandbox import lifecycle
from tests.support import Sandbox, kill_run

SCALE = 0.02
TOGETHER = {"tests/integration/sandbox": "tests/integration/daily_run"}  # folders that share one sandbox
LONGEST = (
    "daily_run", "sandbox", "dbt_project", "orchestration", "extract", "publication", "readme", "analyzer", "bigquery",
    "window_states",
)  # fmt: skip


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


def pytest_configure() -> None:
    output.quiet()


def folder(nodeid: str) -> str:
    return nodeid.partition("::")[0].rpartition("/")[0]


class ByServers(LoadScopeScheduling):
    """Tests of one folder share servers and run in the same process, so that each server is started once."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER.get(folder(nodeid), folder(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServers:
    return ByServers(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest folders begin first, so that all processes end at about the same time."""
    order = {f"tests/integration/{name}": position for position, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(folder(item.nodeid), len(order)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What could not be checked on this machine is said last, each with the reason."""
    reasons = sorted({str(report.longrepr[2]) for report in terminalreporter.getreports("skipped")})
    if reasons:
        terminalreporter.section("not checked")
        for reason in reasons:
            terminalreporter.line(reason.removeprefix("Skipped: "))
