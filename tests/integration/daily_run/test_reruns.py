"""Running twice, or being killed anywhere and running again, ends in the same warehouse."""

import datetime

import pytest

from tests.support import WAREHOUSE, Sandbox, kill_run


@pytest.fixture(scope="module")
def warehouse(daily_run: Sandbox) -> dict[str, tuple[int, str]]:
    contents = daily_run.contents(*WAREHOUSE)
    assert contents["raw_dynamodb.generations"][0] > 1000
    assert contents["marts.kpi_daily"][0] >= 60
    return contents


def test_a_second_run_for_the_same_date_leaves_every_table_with_the_same_rows(
    daily_run: Sandbox, warehouse: dict[str, tuple[int, str]]
) -> None:
    again = daily_run.kura("run", "--date", daily_run.day.isoformat())
    assert again.returncode == 0, again.stdout
    assert daily_run.contents(*WAREHOUSE) == warehouse


def test_a_run_that_is_killed_again_and_again_and_what_was_changed_by_hand_are_made_good_by_the_next(
    daily_run: Sandbox, warehouse: dict[str, tuple[int, str]]
) -> None:
    # Days that the run itself has no reason to build again.
    long_past = daily_run.day - datetime.timedelta(days=20)
    daily_run.client().query_and_wait(f"delete from build.fct_generations where generated_on <= '{long_past}'")
    for moment in ("in the landing bucket already", "rows loaded", "staging/stg_aurora__users", "marts/dim_date"):
        kill_run(daily_run, moment)
    again = daily_run.kura("run", "--date", daily_run.day.isoformat())
    assert again.returncode == 0, again.stdout
    assert daily_run.contents(*WAREHOUSE) == warehouse
