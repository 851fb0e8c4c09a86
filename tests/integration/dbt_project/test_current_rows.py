"""Tables that are delivered as changes: staging holds each row as it was last, and none that was deleted."""

import datetime
import hashlib

import pytest

from tests.integration.dbt_project.warehouse import TABLES, Row, Warehouse

FIRST = datetime.date(2026, 3, 1)
NAMES = ("first", "second", "third")
TABLE = "raw_dynamodb.generations"
STAGING = "staging.stg_dynamodb__generations"


def day(number: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=number)


def item(key: str, text: str) -> Row:
    return {"userId": {"N": "1"}, "generationId": {"S": key}, "text": {"S": text}}


def change(key: str, text: str | None, at: int = 0) -> Row:
    """A changed item, or one that was deleted; `at` is in microseconds since 1970."""
    row: Row = {
        "Metadata": {"WriteTimestampMicros": {"N": str(at)}},
        "Keys": {"userId": {"N": "1"}, "generationId": {"S": key}},
    }
    return row if text is None else row | {"NewImage": item(key, text)}


def deliver(warehouse: Warehouse, number: int, kind: str, *rows: Row) -> None:
    """Rows in the partition of a day, and their receipt."""
    warehouse.deliver_with_receipt(TABLE, day(number), kind, rows)


def staged(warehouse: Warehouse, number: int) -> dict[str, str]:
    """The text of each generation that staging holds for the window of a day."""
    assert warehouse.dbt("run", "--select", "stg_dynamodb__generations", day=day(number)) == {
        "stg_dynamodb__generations": "success"
    }
    rows = warehouse.rows("select generation_id, text from staging.stg_dynamodb__generations")
    found = {row["generation_id"]: row["text"] for row in rows}
    assert len(found) == len(rows)
    return found


def deletes(warehouse: Warehouse, number: int) -> dict[str, datetime.datetime]:
    """When each generation was deleted, as staging tells it for the window of a day."""
    model = "stg_dynamodb__deleted_generations"
    assert warehouse.dbt("run", "--select", model, day=day(number)) == {model: "success"}
    rows = warehouse.rows(f"select user_id, generation_id, deleted_at from staging.{model}")
    assert {row["user_id"] for row in rows} <= {1}
    return {row["generation_id"]: row["deleted_at"] for row in rows}


@pytest.fixture(scope="module")
def delivered(warehouse: Warehouse) -> Warehouse:
    """A full delivery of three items, and the changes of three days."""
    deliver(warehouse, 0, "full", *({"Item": item(name, "old")} for name in NAMES))
    deliver(warehouse, 1, "changes", change("first", "new"), change("second", None, at=5), change("fourth", "added"))
    deliver(warehouse, 2, "changes", change("second", "back"), change("fourth", None, at=7))
    # A day of 25 hours has two exports: the same key may be there twice.
    deliver(warehouse, 3, "changes", change("first", "later", at=2), change("first", "earlier", at=1))
    return warehouse


def test_a_window_holds_each_row_as_it_was_last_and_none_that_was_deleted(delivered: Warehouse) -> None:
    assert staged(delivered, 1) == {"first": "new", "third": "old", "fourth": "added"}
    assert staged(delivered, 3) == {"first": "later", "second": "back", "third": "old"}


def test_a_window_tells_what_was_deleted_since_the_full_delivery_and_is_not_back(delivered: Warehouse) -> None:
    instant = datetime.datetime.fromtimestamp(0, datetime.UTC)
    assert deletes(delivered, 0) == {}
    assert deletes(delivered, 1) == {"second": instant + datetime.timedelta(microseconds=5)}
    assert deletes(delivered, 3) == {"fourth": instant + datetime.timedelta(microseconds=7)}


def test_a_day_that_is_delivered_in_full_later_is_what_the_days_after_it_build_on(delivered: Warehouse) -> None:
    # What day 1 deleted is no longer in its partition, and must not come back from day 0.
    deliver(delivered, 1, "full", {"Item": item("first", "new")}, {"Item": item("fourth", "added")})
    assert staged(delivered, 2) == {"first": "new", "second": "back"}
    deliver(delivered, 1, "changes", change("first", "new"), change("second", None), change("fourth", "added"))
    assert staged(delivered, 2) == {"first": "new", "second": "back", "third": "old"}


def states(warehouse: Warehouse, *numbers: int) -> list[tuple[dict[str, str], bool]]:
    """What staging holds after the runs of some days, and whether it was brought forward to be so."""
    return [(staged(warehouse, number), warehouse.was_brought_forward(STAGING)) for number in numbers]


def test_a_window_is_merged_into_the_state_of_the_one_before_and_into_no_other(warehouse: Warehouse) -> None:
    deliver(warehouse, 0, "full", *({"Item": item(name, "old")} for name in NAMES))
    deliver(warehouse, 1, "changes", change("first", "new"), change("second", None), change("fourth", "added"))
    deliver(warehouse, 2, "changes", change("second", "back"), change("fourth", None))
    first, second = dict.fromkeys(NAMES, "old"), {"first": "new", "third": "old", "fourth": "added"}
    third = {"first": "new", "second": "back", "third": "old"}
    assert states(warehouse, 0, 1, 2) == [(first, False), (second, True), (third, True)]
    table = warehouse.client.get_table(STAGING)
    tagged = {column.name for column in table.schema if column.policy_tags}
    assert tagged == {column.name for column in TABLES[TABLE].columns if column.policy_tag}
    assert table.description
    # Back to an earlier window, past one, and after a partition that was loaded anew.
    assert states(warehouse, 0, 2) == [(first, False), (third, False)]
    deliver(warehouse, 1, "changes", change("first", "newer"), change("second", None))
    assert states(warehouse, 2) == [({"first": "newer", "second": "back", "third": "old"}, False)]


def test_a_merge_that_was_killed_is_gone_on_from_by_its_own_window_alone(warehouse: Warehouse) -> None:
    deliver(warehouse, 0, "full", *({"Item": item(name, "old")} for name in NAMES))
    deliver(warehouse, 1, "changes", change("first", "new"), change("second", None))
    deliver(warehouse, 2, "changes", change("third", "new"))
    assert [brought for _, brought in states(warehouse, 0, 1)] == [False, True]
    table = warehouse.client.get_table(STAGING)
    between = hashlib.md5("/".join([table.labels["before"], table.labels["state"]]).encode()).hexdigest()
    for number, text in ((1, "old"), (2, "new")):
        table = warehouse.client.get_table(STAGING)
        table.labels = {"state": between, "before": None}
        warehouse.client.update_table(table, ["labels"])
        assert states(warehouse, number) == [({"first": "new", "third": text}, number == 1)]
