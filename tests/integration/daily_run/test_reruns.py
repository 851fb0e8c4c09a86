"""Running twice, or being killed anywhere and running again, ends in the same warehouse."""

import os
import signal
import subprocess
import time

import pytest

from tests.support import WAREHOUSE, Sandbox


@pytest.fixture(scope="module")
def warehouse(daily_run: Sandbox) -> dict[str, tuple[int, str]]:
    contents = daily_run.contents(*WAREHOUSE)
    assert contents["raw_dynamodb.generations"][0] > 1000
    assert contents["marts.kpi_daily"][0] >= 60
    return contents


@pytest.fixture(scope="module")
def rerun(daily_run: Sandbox, warehouse: dict[str, tuple[int, str]]) -> tuple[float, dict[str, tuple[int, str]]]:
    """The seconds that a second run took, and the warehouse after it."""
    began = time.monotonic()
    again = daily_run.kura("run", "--date", daily_run.day.isoformat())
    assert again.returncode == 0, again.stdout
    return time.monotonic() - began, daily_run.contents(*WAREHOUSE)


def test_a_second_run_for_the_same_date_leaves_every_table_with_the_same_rows(
    warehouse: dict[str, tuple[int, str]], rerun: tuple[float, dict[str, tuple[int, str]]]
) -> None:
    assert rerun[1] == warehouse


@pytest.mark.parametrize("share", [0.3, 0.55, 0.85])
def test_a_run_that_was_killed_at_some_moment_is_made_good_by_the_next(
    daily_run: Sandbox,
    warehouse: dict[str, tuple[int, str]],
    rerun: tuple[float, dict[str, tuple[int, str]]],
    share: float,
) -> None:
    process = daily_run.start_kura("run", "--date", daily_run.day.isoformat())
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=share * rerun[0])
    os.kill(process.pid, signal.SIGKILL)

    again = daily_run.kura("run", "--date", daily_run.day.isoformat())
    assert again.returncode == 0, again.stdout
    assert daily_run.contents(*WAREHOUSE) == warehouse
