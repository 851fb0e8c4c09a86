"""How fct_generations grows: by the window's day and the days before it, whatever runs again or comes late."""

import datetime
from typing import Any

import pytest

from tests.integration.dbt_project.warehouse import Warehouse

DAY = datetime.date(2026, 11, 20)
NEXT = DAY + datetime.timedelta(days=1)
# The two models and the tests that need no others.
SELECTED = ("--select", "stg_dynamodb__generations", "fct_generations", "--indirect-selection", "cautious")
ALL = "select * from build.fct_generations where generated_on >= '2000-01-01' order by generation_id"

Item = dict[str, dict[str, dict[str, Any]]]


def generation(name: str, created_at: str, characters: int = 10) -> Item:
    return {
        "Item": {
            "userId": {"N": "1"},
            "generationId": {"S": name},
            "createdAt": {"S": created_at},
            "characters": {"N": str(characters)},
        }
    }


# Midnight in Tokyo is 15:00 UTC of the day before.
FIRST = [
    generation("long ago", "2026-09-01T00:00:00.000Z"),
    generation("last instant of the 18th", "2026-11-18T14:59:59.999Z"),
    generation("first instant of the 19th", "2026-11-18T15:00:00.000Z"),
    generation("of the 20th", "2026-11-20T10:00:00.000Z"),
    generation("of the 21st, exported early", "2026-11-20T15:00:00.000Z"),
]
SECOND = [
    *FIRST[:2],
    generation("first instant of the 19th", "2026-11-18T15:00:00.000Z", characters=20),
    *FIRST[4:],
    generation("late, of the 18th", "2026-11-18T10:00:00.000Z"),
]


def days(warehouse: Warehouse) -> dict[str, tuple[str, int]]:
    return {row["generation_id"]: (row["generated_on"].isoformat(), row["characters"]) for row in warehouse.rows(ALL)}


@pytest.fixture(scope="module")
def first_run(warehouse: Warehouse) -> dict[str, tuple[str, int]]:
    """The fact after its first run."""
    warehouse.deliver("raw_dynamodb.generations", DAY, FIRST)
    statuses = warehouse.dbt("build", *SELECTED, day=DAY)
    assert set(statuses.values()) == {"success", "pass"}, statuses
    return days(warehouse)


@pytest.fixture(scope="module")
def second_run(warehouse: Warehouse, first_run: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    """The fact after the run for the day after, in whose delivery rows are late, changed and gone."""
    warehouse.deliver("raw_dynamodb.generations", NEXT, SECOND)
    statuses = warehouse.dbt("build", *SELECTED, day=NEXT)
    assert set(statuses.values()) == {"success", "pass"}, statuses
    return days(warehouse)


def test_the_first_run_builds_all_days_up_to_the_windows_end(first_run: dict[str, tuple[str, int]]) -> None:
    assert first_run == {
        "long ago": ("2026-09-01", 10),
        "last instant of the 18th": ("2026-11-18", 10),
        "first instant of the 19th": ("2026-11-19", 10),
        "of the 20th": ("2026-11-20", 10),
    }


def test_a_late_row_reaches_its_day_and_the_days_looked_back_at_are_replaced(
    second_run: dict[str, tuple[str, int]],
) -> None:
    assert second_run == {
        "long ago": ("2026-09-01", 10),
        "last instant of the 18th": ("2026-11-18", 10),
        "late, of the 18th": ("2026-11-18", 10),
        "first instant of the 19th": ("2026-11-19", 20),
        "of the 21st, exported early": ("2026-11-21", 10),
    }


def test_a_window_that_runs_again_ends_in_the_same_rows(
    warehouse: Warehouse, second_run: dict[str, tuple[str, int]]
) -> None:
    before = warehouse.rows(ALL)
    statuses = warehouse.dbt("build", *SELECTED, day=NEXT)
    assert set(statuses.values()) == {"success", "pass"}
    assert warehouse.rows(ALL) == before


def test_a_row_that_comes_later_than_a_run_looks_back_is_counted(
    warehouse: Warehouse, second_run: dict[str, tuple[str, int]]
) -> None:
    too_late = [generation(f"too late {number}", "2026-11-17T00:00:00.000Z") for number in range(2)]
    warehouse.deliver("raw_dynamodb.generations", NEXT, [*SECOND, *too_late])
    statuses = warehouse.dbt("build", *SELECTED, day=NEXT)
    assert statuses["generations_reach_their_day"] == "fail"
    assert days(warehouse) == second_run


def test_a_query_of_the_fact_must_say_which_days(warehouse: Warehouse, second_run: dict[str, tuple[str, int]]) -> None:
    with pytest.raises(Exception, match="without a filter over column"):
        warehouse.rows("select count(*) from build.fct_generations")
