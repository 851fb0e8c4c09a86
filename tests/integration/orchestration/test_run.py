"""`kura run` and `kura replay` against the whole sandbox."""

import datetime
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from orchestration import instance
from tests.support import Sandbox

SHEETS = ("--select", "group:sheets")


@contextmanager
def dagster(sandbox: Sandbox) -> Iterator[dg.DagsterInstance]:
    """The instance that the command and the UI share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", sandbox.variables["DAGSTER_HOME"])
        with dg.DagsterInstance.get() as found:
            yield found


def refused(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that did not start."""
    assert finished.returncode == 2, finished.stdout
    assert finished.stdout.startswith("kura: ")
    assert finished.stdout.count("\n") == 1
    return finished.stdout


@pytest.fixture(scope="module")
def shown(sandbox: Sandbox) -> str:
    """What a run of two tables prints."""
    finished = sandbox.kura("run", "--date", sandbox.day.isoformat(), *SHEETS)
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_the_run_shows_progress_and_ends_with_a_table_of_all_assets(sandbox: Sandbox, shown: str) -> None:
    assert f"kura run: {sandbox.day} in sandbox" in shown
    assert "sheets     done" in shown
    rows = {
        cells[0]: cells[1:]
        for line in shown.splitlines()
        if line.startswith("│") and (cells := [cell.strip() for cell in line.strip("│").split("│")])
    }
    assert set(rows) == {f"raw_sheets/{table}" for table in ("campaign_costs", "exchange_rates", "kpi_targets")}
    for rows_loaded, size, seconds, checks in rows.values():
        assert int(rows_loaded.replace(",", "")) > 0
        assert size.endswith("B")
        assert float(seconds) >= 0
        assert checks == "5/5"


def test_nothing_of_what_libraries_print_reaches_the_terminal(shown: str) -> None:
    assert "Warning" not in shown
    assert "dagster" not in shown.lower()
    assert "Traceback" not in shown


def test_services_that_cannot_be_reached_are_all_named(sandbox: Sandbox) -> None:
    services = {
        "BIGQUERY_EMULATOR_HOST": "BigQuery dataset ops",
        "STORAGE_EMULATOR_HOST": "the landing bucket",
        "AWS_ENDPOINT_URL": "AWS for Aurora",
        "STRIPE_API_BASE": "Stripe",
        "SHEETS_API_BASE": "Google Sheets",
    }
    line = refused(sandbox.kura("run", **dict.fromkeys(services, "http://127.0.0.1:9")))
    for service in services.values():
        assert f"{service} cannot be reached (connection refused)" in line


@pytest.mark.parametrize("command", ["status", "tags", "published", "scans", "unpublish marts.gone"])
def test_a_command_says_in_one_line_that_the_warehouse_cannot_be_reached(sandbox: Sandbox, command: str) -> None:
    line = refused(sandbox.kura(*command.split(), BIGQUERY_EMULATOR_HOST="http://127.0.0.1:9"))
    assert "BigQuery cannot be reached (connection refused)" in line


def test_services_that_do_not_know_us_are_all_named(sandbox: Sandbox) -> None:
    line = refused(
        sandbox.kura(
            "run",
            KURA_LANDING_BUCKET="nowhere",
            KURA_AURORA_CLUSTER="nothing",
            KURA_SPREADSHEET_PLANNING="none",
            STRIPE_API_KEY="not_to_be_seen",
        )
    )
    assert "the landing bucket is not there" in line
    assert "AWS for Aurora refuses" in line
    assert "Stripe refuses (the key: HTTP 401)" in line
    assert "Google Sheets refuses (spreadsheet planning: HTTP 404)" in line
    assert "not_to_be_seen" not in line


@pytest.mark.parametrize("selection", ["group:nobody", "%"])
def test_a_selection_that_means_nothing_is_refused(sandbox: Sandbox, selection: str) -> None:
    assert f"unknown selection {selection!r}" in refused(sandbox.kura("run", "--select", selection))


def test_a_second_run_is_refused_while_one_is_in_progress(sandbox: Sandbox) -> None:
    first = sandbox.start_kura("run", "--date", sandbox.day.isoformat(), *SHEETS)
    assert first.stdout is not None
    assert "kura run" in first.stdout.readline()
    second = refused(sandbox.kura("run", "--date", sandbox.day.isoformat(), *SHEETS))
    assert f"another `kura run` (process {first.pid}) is in progress" in second
    output, _ = first.communicate(timeout=120)
    assert first.returncode == 0, output


def test_a_killed_run_is_marked_as_failed_by_the_next_one(sandbox: Sandbox) -> None:
    killed = sandbox.start_kura("run", "--date", sandbox.day.isoformat(), *SHEETS)
    assert killed.stdout is not None
    assert any("started" in line for line in killed.stdout)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    with dagster(sandbox) as instance_of_run:
        [newest] = instance_of_run.get_runs(limit=1)
        assert newest.status is dg.DagsterRunStatus.STARTED
    again = sandbox.kura("run", "--date", sandbox.day.isoformat(), *SHEETS)
    assert again.returncode == 0, again.stdout
    with dagster(sandbox) as instance_of_run:
        statuses = [run.status for run in instance_of_run.get_runs(limit=2)]
        assert statuses == [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
        assert not instance_of_run.get_runs(filters=dg.RunsFilter(statuses=instance._WORKING))


def test_an_interrupted_run_says_so_and_can_be_run_again(sandbox: Sandbox) -> None:
    run = sandbox.start_kura("run", "--date", sandbox.day.isoformat())
    assert run.stdout is not None
    assert any("started" in line for line in run.stdout)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 130, output
    assert output.endswith("interrupted; run it again to go on: nothing is loaded twice\n")
    again = sandbox.kura("run", "--date", sandbox.day.isoformat(), *SHEETS)
    assert again.returncode == 0, again.stdout


def test_a_table_that_is_not_there_fails_by_name_with_exit_code_1(sandbox: Sandbox) -> None:
    # A day of which nothing has landed yet: what has landed is not asked for again.
    day = sandbox.day - datetime.timedelta(days=6)
    select = ("--select", 'key:"raw_dynamodb/voices"')
    finished = sandbox.kura("run", "--date", day.isoformat(), *select, KURA_DYNAMODB_TABLE_PREFIX="other-")
    assert finished.returncode == 1, finished.stdout
    assert "failed assets: raw_dynamodb/voices\n" in finished.stdout
    assert "Traceback" not in finished.stdout


def test_a_replay_loads_what_has_landed_without_asking_the_source(sandbox: Sandbox, shown: str) -> None:
    day, nowhere = ("--date", sandbox.day.isoformat()), {"SHEETS_API_BASE": "http://127.0.0.1:9"}
    before = sandbox.contents("raw_sheets")
    replayed = sandbox.kura("replay", "sheets.kpi_targets", *day, **nowhere)
    assert replayed.returncode == 0, replayed.stdout
    assert "sheets.kpi_targets: replaying delivery" in replayed.stdout
    assert sandbox.contents("raw_sheets") == before


def test_a_replay_of_what_has_never_landed_fails_and_says_so(sandbox: Sandbox) -> None:
    day = sandbox.day - datetime.timedelta(days=9)
    replayed = sandbox.kura("replay", "dynamodb.voices", "--date", day.isoformat())
    assert replayed.returncode == 1, replayed.stdout
    assert f"nothing of {day} lies in the landing bucket" in replayed.stdout


def test_the_report_of_a_run_is_posted_to_slack(sandbox: Sandbox) -> None:
    sandbox.kura("run", "--date", sandbox.day.isoformat(), *SHEETS)
    address = sandbox.variables["SLACK_WEBHOOK_URL"].rsplit("/", 1)[0]
    with urllib.request.urlopen(address) as answer:
        posted = answer.read().decode()
    assert f"sandbox: daily of {sandbox.day} succeeded: 3 of 3 assets" in posted
