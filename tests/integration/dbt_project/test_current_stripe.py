"""The macro that puts a full delivery of a Stripe table and the changes since together."""

import datetime
from typing import Any

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

from tests.integration.dbt_project.warehouse import DBT, Warehouse, parsed

FIRST = datetime.date(2026, 11, 18)
DAYS = "_partitiontime between timestamp '{}' and timestamp '{}'"
CURRENT = """
    select id, json_value(object, '$.name') as name
    from {{ stripe_current(source('raw_stripe', 'customers'), "%s", []) }} as kept
"""
DELETED = """
    select json_value(object, '$.id') as id, deleted_at
    from {{ stripe_deleted(source('raw_stripe', 'customers'), "%s", []) }} as deleted
"""


def row(identifier: str, name: str | None, hour: int = 1) -> dict[str, Any]:
    """A line as it is delivered; without a name, a tombstone."""
    return {
        "id": identifier,
        "object": None if name is None else {"id": identifier, "name": name},
        "deleted": name is None,
        "retrieved_at": f"2026-11-22T{hour:02d}:00:00+00:00",
    }


def compiled(warehouse: Warehouse, statement: str, last: datetime.date) -> list[dict[str, Any]]:
    """The rows of a statement over the days from the first to the last one."""
    folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", warehouse.target]
    logs = ["--log-path", warehouse.target, "--quiet"]
    finished = dbtRunner(parsed()).invoke(
        ["compile", "--inline", statement % DAYS.format(FIRST, last), *map(str, folders), *map(str, logs)]
    )
    assert isinstance(finished.result, RunExecutionResult), finished.exception
    [result] = finished.result.results
    return warehouse.rows(str(result.node.compiled_code))


def names(warehouse: Warehouse, last: datetime.date) -> dict[str, str]:
    """The current state as of a day: names by id."""
    return {row["id"]: row["name"] for row in compiled(warehouse, CURRENT, last)}


def deletes(warehouse: Warehouse, last: datetime.date) -> dict[str, int]:
    """The hour at which each deleted object was seen to be so, by id."""
    return {row["id"]: row["deleted_at"].hour for row in compiled(warehouse, DELETED, last)}


def test_the_newest_change_of_each_object_counts_and_deleted_ones_are_told_apart(warehouse: Warehouse) -> None:
    before, second, third = (FIRST + datetime.timedelta(days=days) for days in (-1, 1, 2))
    table = "raw_stripe.customers"
    warehouse.deliver(table, before, [row("of an earlier chain", "old")])
    warehouse.deliver(table, FIRST, [row(name, "first") for name in ("kept", "changed", "deleted", "back")])
    # The second day was read again after the third: what the third holds is of a later window all the same.
    warehouse.deliver(table, second, [row("changed", "second", 9), row("deleted", None), row("back", None, 9)])
    warehouse.deliver(table, third, [row("changed", "third", 2), row("back", "third", 2), row("passing", None)])
    assert names(warehouse, FIRST) == dict.fromkeys(["back", "changed", "deleted", "kept"], "first")
    assert names(warehouse, second) == {"changed": "second", "kept": "first"}
    assert names(warehouse, third) == {"back": "third", "changed": "third", "kept": "first"}
    assert [deletes(warehouse, day) for day in (FIRST, second)] == [{}, {"deleted": 1, "back": 9}]
    assert deletes(warehouse, third) == {"deleted": 1, "passing": 1}
