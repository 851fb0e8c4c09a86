"""What the day's run leaves for later: its history and receipts, and what a run of another day does to it."""

import datetime
import json
from collections.abc import Iterator

import dagster as dg
import pytest

from tests.support import WAREHOUSE, Sandbox


@pytest.fixture
def instance(daily_run: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance that the command and the UI share."""
    monkeypatch.setenv("DAGSTER_HOME", daily_run.variables["DAGSTER_HOME"])
    with dg.DagsterInstance.get() as found:
        yield found


def test_every_table_of_the_warehouse_has_its_materialization_in_the_days_partition(
    daily_run: Sandbox, instance: dg.DagsterInstance
) -> None:
    day = daily_run.day.isoformat()
    for name in daily_run.contents(*WAREHOUSE):
        wanted = dg.AssetRecordsFilter(dg.AssetKey(name.split(".")), asset_partitions=[day])
        [record] = instance.fetch_materializations(wanted, limit=1).records
        assert record.asset_materialization is not None, name
        assert record.asset_materialization.metadata.keys() >= {"dagster/row_count", "bytes", "seconds"}, name


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


def test_what_does_not_depend_on_a_failure_is_built_in_the_same_command(daily_run: Sandbox) -> None:
    day = daily_run.day - datetime.timedelta(days=5)
    keys = ("raw_dynamodb/voices", "staging/stg_dynamodb__voices", "build/dim_date", "marts/dim_date")
    select = " or ".join(f'key:"{key}"' for key in keys)
    finished = daily_run.kura("run", "--date", day.isoformat(), "--select", select, KURA_DYNAMODB_TABLE_PREFIX="other-")
    assert finished.returncode == 1, finished.stdout
    before, after = finished.stdout.split("going on with the 2 assets that depend on nothing of what has failed\n")
    assert "failed assets: raw_dynamodb/voices\n" in before
    assert "build/dim_date  1,096 rows" not in before
    assert "build/dim_date  1,096 rows" in after
    assert f"marts.dim_date holds {daily_run.day:%Y%m%d} already" in after


def test_an_older_day_does_not_replace_what_is_published(daily_run: Sandbox) -> None:
    before = daily_run.contents("build", "marts")
    day = daily_run.day - datetime.timedelta(days=1)
    select = ("--select", 'key:"build/dim_voices" or key:"marts/dim_voices"')
    finished = daily_run.kura("run", "--date", day.isoformat(), *select)
    assert finished.returncode == 0, finished.stdout
    assert f"marts.dim_voices holds {daily_run.day:%Y%m%d} already, so {day} is not published" in finished.stdout
    after = daily_run.contents("build", "marts")
    assert {name for name in before if after[name] != before[name]} == {"build.dim_voices"}
    again = daily_run.kura("run", "--date", daily_run.day.isoformat(), *select)
    assert again.returncode == 0, again.stdout
    assert daily_run.contents("build", "marts") == before
