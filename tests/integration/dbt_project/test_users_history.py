"""dim_users_history after every run of windows that come in any order and more than once: always what the rule says."""

import datetime
from typing import Any

import pytest

from tests.integration.dbt_project.warehouse import Warehouse

SELECTED = ("--select", "stg_aurora__users", "int_user_versions", "dim_users_history")
OPENED = {1: 1, 2: 1, 3: 6}
"""The day of November 2026 on which each user's account was opened."""
SEEN: dict[int, dict[int, str]] = {
    3: {1: "free", 2: "free"},
    5: {1: "creator", 2: "free"},
    7: {1: "creator", 3: "free"},
    9: {1: "free", 2: "studio", 3: "free"},
}
"""The plan of each user that a window's delivery has, by the window's day."""
AGAIN = {5: {1: "free", 2: "studio"}}
"""What the window of the 5th holds when it is delivered again."""

Version = tuple[int, int, int | None, str | None]


def november(day: int) -> datetime.date:
    return datetime.date(2026, 11, day)


def expected(seen: dict[int, dict[int, str]]) -> list[Version]:
    """(user, first day, first day not of it, plan or None while deleted), by the rule, from what windows have seen."""
    versions: list[Version] = []
    for user, opened in OPENED.items():
        windows = sorted(day for day in seen if any(user in seen[earlier] for earlier in seen if earlier <= day))
        plans = [(day, seen[day].get(user)) for day in windows]
        changes = [(day, plan) for n, (day, plan) in enumerate(plans) if n == 0 or plan != plans[n - 1][1]]
        ends = [day for day, _ in changes[1:]]
        for number, (day, plan) in enumerate(changes):
            versions.append((user, opened if number == 0 else day, ends[number] if number < len(ends) else None, plan))
    return versions


def run(warehouse: Warehouse, day: int, plans: dict[int, str]) -> list[Version]:
    """The history after the window of a day has run."""
    rows: list[dict[str, Any]] = [
        {"id": user, "plan": plan, "created_at": f"2026-11-{OPENED[user]:02d} 00:00:00+00"}
        for user, plan in plans.items()
    ]
    warehouse.deliver("raw_aurora.users", november(day), rows)
    assert set(warehouse.dbt("run", *SELECTED, day=november(day)).values()) == {"success"}
    found = warehouse.rows("select * from build.dim_users_history order by user_id, valid_from")
    assert all(row["is_current"] == (row["valid_to"] is None) for row in found)
    assert all(row["is_deleted"] == (row["plan"] is None) for row in found)
    return [
        (row["user_id"], row["valid_from"].day, row["valid_to"].day if row["valid_to"] else None, row["plan"])
        for row in found
    ]


@pytest.fixture(scope="module")
def history(warehouse: Warehouse) -> dict[int, dict[int, str]]:
    """What the windows have seen that ran one after the other, from the middle to both ends."""
    seen: dict[int, dict[int, str]] = {}
    for day in (7, 3, 9, 5):
        seen[day] = SEEN[day]
        assert run(warehouse, day, SEEN[day]) == expected(seen), f"after {list(seen)}"
    return seen


def test_windows_in_any_order_make_the_history_that_they_make_in_theirs(history: dict[int, dict[int, str]]) -> None:
    assert expected(history) == [
        (1, 1, 5, "free"),
        (1, 5, 9, "creator"),
        (1, 9, None, "free"),
        (2, 1, 7, "free"),
        (2, 7, 9, None),
        (2, 9, None, "studio"),
        (3, 6, None, "free"),
    ]


def test_a_window_that_is_delivered_again_replaces_what_it_had_seen_and_nothing_else(
    warehouse: Warehouse, history: dict[int, dict[int, str]]
) -> None:
    once = run(warehouse, 5, AGAIN[5])
    assert once == expected(history | AGAIN)
    assert run(warehouse, 5, AGAIN[5]) == once
