"""`kura run` and `kura status` against the whole sandbox."""

import datetime
import json
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
def shown(daily_run: Sandbox) -> str:
    """What a run of two tables prints."""
    finished = daily_run.kura("run", "--date", daily_run.day.isoformat(), *SHEETS)
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_the_run_shows_progress_and_ends_with_a_table_of_all_assets(daily_run: Sandbox, shown: str) -> None:
    assert f"kura run: {daily_run.day} in sandbox" in shown
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


@pytest.mark.parametrize(
    ("variable", "service"),
    [
        ("BIGQUERY_EMULATOR_HOST", "BigQuery dataset ops cannot be reached (connection refused)"),
        ("STORAGE_EMULATOR_HOST", "the landing bucket cannot be reached (connection refused)"),
        ("AWS_ENDPOINT_URL", "AWS for Aurora cannot be reached (connection refused)"),
        ("STRIPE_API_BASE", "Stripe cannot be reached (connection refused)"),
        ("SHEETS_API_BASE", "Google Sheets cannot be reached (connection refused)"),
    ],
)
def test_an_unreachable_service_is_named(sandbox: Sandbox, variable: str, service: str) -> None:
    assert service in refused(sandbox.kura("run", **{variable: "http://127.0.0.1:9"}))


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


@pytest.mark.parametrize("selection", ["group:nobody", "key:", "%"])
def test_a_selection_that_means_nothing_is_refused(sandbox: Sandbox, selection: str) -> None:
    assert f"unknown selection {selection!r}" in refused(sandbox.kura("run", "--select", selection))


def test_a_second_run_is_refused_while_one_is_in_progress(daily_run: Sandbox) -> None:
    first = daily_run.start_kura("run", "--date", daily_run.day.isoformat(), *SHEETS)
    assert first.stdout is not None
    assert "kura run" in first.stdout.readline()
    second = refused(daily_run.kura("run", "--date", daily_run.day.isoformat(), *SHEETS))
    assert f"another `kura run` (process {first.pid}) is in progress" in second
    output, _ = first.communicate(timeout=120)
    assert first.returncode == 0, output


def test_a_killed_run_is_marked_as_failed_by_the_next_one(daily_run: Sandbox) -> None:
    killed = daily_run.start_kura("run", "--date", daily_run.day.isoformat(), *SHEETS)
    assert killed.stdout is not None
    assert any("started" in line for line in killed.stdout)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    with dagster(daily_run) as instance_of_run:
        [newest] = instance_of_run.get_runs(limit=1)
        assert newest.status is dg.DagsterRunStatus.STARTED
    again = daily_run.kura("run", "--date", daily_run.day.isoformat(), *SHEETS)
    assert again.returncode == 0, again.stdout
    with dagster(daily_run) as instance_of_run:
        statuses = [run.status for run in instance_of_run.get_runs(limit=2)]
        assert statuses == [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
        assert not instance_of_run.get_runs(filters=dg.RunsFilter(statuses=instance._WORKING))


def test_an_interrupted_run_says_so_and_can_be_run_again(daily_run: Sandbox) -> None:
    run = daily_run.start_kura("run", "--date", daily_run.day.isoformat())
    assert run.stdout is not None
    assert any("started" in line for line in run.stdout)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 130, output
    assert output.endswith("interrupted; run it again to go on: nothing is loaded twice\n")
    again = daily_run.kura("run", "--date", daily_run.day.isoformat(), *SHEETS)
    assert again.returncode == 0, again.stdout


def test_a_table_that_is_not_there_fails_by_name_with_exit_code_1(daily_run: Sandbox) -> None:
    # A day of which nothing has landed yet: what has landed is not asked for again.
    day = daily_run.day - datetime.timedelta(days=6)
    select = ("--select", 'key:"raw_dynamodb/voices"')
    finished = daily_run.kura("run", "--date", day.isoformat(), *select, KURA_DYNAMODB_TABLE_PREFIX="other-")
    assert finished.returncode == 1, finished.stdout
    assert "failed assets: raw_dynamodb/voices\n" in finished.stdout
    assert "Traceback" not in finished.stdout


def test_what_does_not_depend_on_a_failure_is_built_in_the_same_command(daily_run: Sandbox) -> None:
    day = daily_run.day - datetime.timedelta(days=5)
    keys = ("raw_dynamodb/voices", "staging/stg_dynamodb__voices", "build/dim_date", "marts/dim_date")
    select = " or ".join(f'key:"{key}"' for key in keys)
    finished = daily_run.kura("run", "--date", day.isoformat(), "--select", select, KURA_DYNAMODB_TABLE_PREFIX="other-")
    assert finished.returncode == 1, finished.stdout
    before, after = finished.stdout.split("going on with the 2 assets that depend on nothing of what has failed\n")
    assert "failed assets: raw_dynamodb/voices\n" in before
    assert "build/dim_date  730 rows" not in before
    assert "build/dim_date  730 rows" in after
    assert f"marts.dim_date holds {daily_run.day:%Y%m%d} already" in after


def test_an_older_day_does_not_replace_what_is_published(daily_run: Sandbox) -> None:
    before = daily_run.contents("marts")
    day = daily_run.day - datetime.timedelta(days=1)
    select = 'key:"build/dim_voices" or key:"marts/dim_voices"'
    finished = daily_run.kura("run", "--date", day.isoformat(), "--select", select)
    assert finished.returncode == 0, finished.stdout
    assert f"marts.dim_voices holds {daily_run.day:%Y%m%d} already, so {day} is not published" in finished.stdout
    assert daily_run.contents("marts") == before


def test_a_replay_loads_what_has_landed_without_asking_the_source(daily_run: Sandbox) -> None:
    day, nowhere = ("--date", daily_run.day.isoformat()), {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    before = daily_run.contents("raw_dynamodb")
    replayed = daily_run.kura("replay", "dynamodb.voices", *day, **nowhere)
    assert replayed.returncode == 0, replayed.stdout
    assert "dynamodb.voices: replaying delivery" in replayed.stdout
    assert daily_run.contents("raw_dynamodb") == before


def test_a_replay_of_what_has_never_landed_fails_and_says_so(daily_run: Sandbox) -> None:
    day = daily_run.day - datetime.timedelta(days=9)
    replayed = daily_run.kura("replay", "dynamodb.voices", "--date", day.isoformat())
    assert replayed.returncode == 1, replayed.stdout
    assert f"nothing of {day} lies in the landing bucket" in replayed.stdout


def test_status_shows_the_newest_receipt_of_every_table(daily_run: Sandbox) -> None:
    finished = daily_run.kura("status", "--json")
    assert finished.returncode == 0, finished.stdout
    receipts = {f"raw_{entry['source']}.{entry['table_name']}": entry for entry in json.loads(finished.stdout)}
    raw = daily_run.contents("raw_aurora", "raw_dynamodb", "raw_sheets", "raw_stripe")
    assert set(receipts) == set(raw)
    partition = daily_run.day.strftime("%Y%m%d")
    for name, entry in receipts.items():
        if entry["partition_id"] == partition:
            assert entry["rows_delivered"] == entry["rows_loaded"] == raw[name][0], name
        assert entry["job_id"].startswith(f"kura_{entry['source']}_{entry['table_name']}_{entry['partition_id']}_")
    assert any(entry["partition_id"] == partition for entry in receipts.values())
    for_people = daily_run.kura("status").stdout
    assert all(entry["job_id"] in for_people for entry in receipts.values())


def test_the_report_of_a_run_is_posted_to_slack(daily_run: Sandbox) -> None:
    daily_run.kura("run", "--date", daily_run.day.isoformat(), *SHEETS)
    address = daily_run.variables["SLACK_WEBHOOK_URL"].rsplit("/", 1)[0]
    with urllib.request.urlopen(address) as answer:
        posted = answer.read().decode()
    assert f"sandbox: daily of {daily_run.day} succeeded: 3 of 3 assets" in posted
