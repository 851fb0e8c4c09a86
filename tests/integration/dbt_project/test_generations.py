"""How fct_generations grows: by the days that a window touches, whatever runs again or comes late."""

import datetime

import pytest

from tests.integration.dbt_project.warehouse import Row, Warehouse

DAY = datetime.date(2026, 11, 20)
NEXT = DAY + datetime.timedelta(days=1)
RAW, STAGING, FACT = "raw_dynamodb.generations", "staging.stg_dynamodb__generations", "build.fct_generations"
# The two models and the tests that need no others.
SELECTED = ("--select", "stg_dynamodb__generations", "fct_generations", "--indirect-selection", "cautious")
ALL = "select * from build.fct_generations where generated_on >= '2000-01-01' order by generation_id"


def item(name: str, created_at: str, characters: float = 10) -> Row:
    return {
        "userId": {"N": "1"},
        "generationId": {"S": name},
        "createdAt": {"S": created_at},
        "characters": {"N": str(characters)},
    }


def change(name: str, created_at: str | None, characters: float = 10) -> Row:
    """A changed generation, or one that was deleted."""
    row: Row = {"Metadata": {"WriteTimestampMicros": {"N": "0"}}}
    row["Keys"] = {"userId": {"N": "1"}, "generationId": {"S": name}}
    return row | {"NewImage": item(name, created_at, characters)} if created_at else row


# Midnight in Tokyo is 15:00 UTC of the day before.
FIRST = {
    "long ago": "2026-09-01T00:00:00.000Z",
    "gone, of long ago": "2026-09-02T00:00:00.000Z",
    "last instant of the 18th": "2026-11-18T14:59:59.999Z",
    "first instant of the 19th": "2026-11-18T15:00:00.000Z",
    "of the 20th": "2026-11-20T10:00:00.000Z",
    "of the 21st, exported early": "2026-11-20T15:00:00.000Z",
}
SECOND = [
    change("long ago", "2026-09-01T00:00:00.000Z", 30),
    change("gone, of long ago", None),
    change("first instant of the 19th", "2026-11-18T15:00:00.000Z", 20),
    change("late, of August", "2026-08-01T10:00:00.000Z"),
]


def days(warehouse: Warehouse) -> dict[str, tuple[str, int]]:
    return {row["generation_id"]: (row["generated_on"].isoformat(), row["characters"]) for row in warehouse.rows(ALL)}


def build(warehouse: Warehouse, day: datetime.date) -> dict[str, tuple[str, int]]:
    """The fact after the run of a day; its tests, and those of its staging model, pass."""
    statuses = warehouse.dbt("build", *SELECTED, day=day)
    assert set(statuses.values()) == {"success", "pass"}, statuses
    return days(warehouse)


@pytest.fixture(scope="module")
def first_run(warehouse: Warehouse) -> dict[str, tuple[str, int]]:
    """The fact after its first run."""
    warehouse.deliver_with_receipt(RAW, DAY, "full", [{"Item": item(*one)} for one in FIRST.items()])
    return build(warehouse, DAY)


@pytest.fixture(scope="module")
def second_run(warehouse: Warehouse, first_run: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    """The fact after the run for the day after, in which rows came late, changed and went."""
    warehouse.deliver_with_receipt(RAW, NEXT, "changes", SECOND)
    return build(warehouse, NEXT)


def test_the_first_run_builds_all_days_up_to_the_windows_end(first_run: dict[str, tuple[str, int]]) -> None:
    assert first_run == {
        "long ago": ("2026-09-01", 10),
        "gone, of long ago": ("2026-09-02", 10),
        "last instant of the 18th": ("2026-11-18", 10),
        "first instant of the 19th": ("2026-11-19", 10),
        "of the 20th": ("2026-11-20", 10),
    }


def test_what_was_written_changed_or_deleted_in_a_window_reaches_its_day_however_long_ago(
    warehouse: Warehouse, second_run: dict[str, tuple[str, int]]
) -> None:
    assert second_run == {
        "long ago": ("2026-09-01", 30),
        "last instant of the 18th": ("2026-11-18", 10),
        "late, of August": ("2026-08-01", 10),
        "first instant of the 19th": ("2026-11-19", 20),
        "of the 20th": ("2026-11-20", 10),
        "of the 21st, exported early": ("2026-11-21", 10),
    }
    assert warehouse.was_brought_forward(FACT)


def test_a_window_that_runs_again_ends_in_the_same_rows(
    warehouse: Warehouse, second_run: dict[str, tuple[str, int]]
) -> None:
    before = warehouse.rows(ALL)
    build(warehouse, NEXT)
    assert warehouse.rows(ALL) == before


def test_only_the_days_that_the_window_touches_are_written_and_tested(
    warehouse: Warehouse, second_run: dict[str, tuple[str, int]]
) -> None:
    # A row that no run has made stays where no day is touched.
    warehouse.rows("update build.fct_generations set characters = 99 where generated_on = '2026-11-18'")
    warehouse.rows("update build.fct_generations set characters = 99 where generated_on = '2026-11-19'")
    again = build(warehouse, NEXT)
    assert again == second_run | {"last instant of the 18th": ("2026-11-18", 99)}


def test_a_window_of_old_and_the_next_one_after_it_build_all_days(
    warehouse: Warehouse, first_run: dict[str, tuple[str, int]], second_run: dict[str, tuple[str, int]]
) -> None:
    assert build(warehouse, DAY) == first_run
    assert build(warehouse, NEXT) == second_run


def test_what_has_failed_a_test_fails_it_in_later_windows_too_until_it_is_put_right(
    warehouse: Warehouse, second_run: dict[str, tuple[str, int]]
) -> None:
    wrong, right = (change("of the 20th", "2026-11-20T10:00:00.000Z", characters) for characters in (1.5, 15))
    for number, (rows, passes) in enumerate([([wrong], False), ([SECOND[0]], False), ([right], True)], start=1):
        day = NEXT + datetime.timedelta(days=number)
        warehouse.deliver_with_receipt(RAW, day, "changes", rows)
        statuses = warehouse.dbt("build", *SELECTED, day=day)
        assert ("fail" not in statuses.values()) is passes, (number, statuses)
    assert days(warehouse)["of the 20th"] == ("2026-11-20", 15)


def test_a_query_of_the_fact_must_say_which_days(warehouse: Warehouse, second_run: dict[str, tuple[str, int]]) -> None:
    with pytest.raises(Exception, match="without a filter over column"):
        warehouse.rows("select count(*) from build.fct_generations")
