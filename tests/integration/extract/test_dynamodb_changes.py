"""DynamoDB in mode `incremental`: a full export first, then the changes of each window."""

import dataclasses
import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from extract.contract import Table
from extract.delivery import Kind
from extract.window import Window, for_date
from tests.integration.extract.support import YESTERDAY, Cloud, dynamodb_table

WEEK = datetime.timedelta(days=7)


def window(days_ago: int) -> Window:
    return for_date(YESTERDAY - datetime.timedelta(days=days_ago), "UTC")


@pytest.fixture
def table(cloud: Cloud) -> Iterator[Table]:
    """Three items that have always been there."""
    table = dynamodb_table(cloud.name(), mode="incremental", full_every=WEEK)
    cloud.import_items(table.relation, [{"id": {"N": str(number)}, "text": {"S": "old"}} for number in (1, 2, 3)])
    yield table
    cloud.post("aws", "/_kura/clock", {"now": None})


def at(cloud: Cloud, window: Window, hour: int) -> None:
    """Items are written at this hour of the window from now on."""
    cloud.post("aws", "/_kura/clock", {"now": window.start.timestamp() + hour * 3600})


def put(cloud: Cloud, table: Table, number: int, text: str) -> None:
    cloud.dynamodb.put_item(TableName=table.relation, Item={"id": {"N": str(number)}, "text": {"S": text}})


def delete(cloud: Cloud, table: Table, number: int) -> None:
    cloud.dynamodb.delete_item(TableName=table.relation, Key={"id": {"N": str(number)}})


def changes(cloud: Cloud, table: Table, of: Window) -> dict[str, Any]:
    """The text that each changed item of a window ended with; None where it was deleted."""
    return {
        row["Keys"]["id"]["N"]: row["NewImage"]["text"]["S"] if row["NewImage"] else None
        for row in cloud.rows(table, of)
    }


def test_the_first_window_is_delivered_in_full_and_the_next_as_changes(cloud: Cloud, table: Table) -> None:
    at(cloud, window(1), 3)
    put(cloud, table, 1, "new")
    put(cloud, table, 1, "newer")
    put(cloud, table, 4, "added")
    delete(cloud, table, 2)
    at(cloud, window(0), 3)
    put(cloud, table, 5, "of the next window")
    first = cloud.load(cloud.source_dynamodb(), table, window(2))
    second = cloud.load(cloud.source_dynamodb(), table, window(1))
    assert (first.kind, first.rows_loaded) == ("full", 3)
    assert (second.kind, second.rows_loaded) == ("changes", 3)
    assert changes(cloud, table, window(1)) == {"1": "newer", "4": "added", "2": None}
    assert all(row["Item"] is None for row in cloud.rows(table, window(1)))
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": "restricted", "NewImage": "restricted"}


def test_a_window_without_changes_is_an_empty_delivery_and_no_failure(cloud: Cloud, table: Table) -> None:
    cloud.load(cloud.source_dynamodb(), table, window(1))
    assert cloud.load(cloud.source_dynamodb(), table, window(0)).rows_loaded == 0


def test_after_a_missing_window_the_table_is_delivered_in_full(cloud: Cloud, table: Table) -> None:
    cloud.load(cloud.source_dynamodb(), table, window(2))
    assert cloud.load(cloud.source_dynamodb(), table, window(0)).kind == "full"


def test_a_full_delivery_is_made_anew_when_it_is_due(cloud: Cloud, table: Table) -> None:
    kinds = [cloud.load(cloud.source_dynamodb(), table, window(days)).kind for days in range(8, -1, -1)]
    assert kinds == ["full", *["changes"] * 6, "full", "changes"]


def test_changes_that_landed_and_were_not_loaded_are_loaded_by_the_next_window(cloud: Cloud, table: Table) -> None:
    source = cloud.source_dynamodb()
    at(cloud, window(1), 1)
    put(cloud, table, 1, "new")
    cloud.load(source, table, window(2))
    cloud.deliver(source, table, window=window(1))
    assert cloud.rows(table, window(1)) == []
    cloud.load(source, table, window(0))
    assert changes(cloud, table, window(1)) == {"1": "new"}
    assert any("loading" in line and "first" in line for line in cloud.report)


def test_a_rerun_of_a_window_starts_no_other_export_and_leaves_the_same_rows(cloud: Cloud, table: Table) -> None:
    at(cloud, window(0), 1)
    put(cloud, table, 1, "new")
    cloud.load(cloud.source_dynamodb(), table, window(1))
    first = cloud.load(cloud.source_dynamodb(), table, window(0))
    rows, exports = cloud.rows(table, window(0)), cloud.exports(table.relation)
    again = cloud.load(cloud.source_dynamodb(), table, window(0))
    assert (again.fingerprint, again.kind) == (first.fingerprint, "changes")
    assert (cloud.rows(table, window(0)), cloud.exports(table.relation)) == (rows, exports)


def test_a_day_of_25_hours_is_two_exports_and_one_delivery(cloud: Cloud, table: Table) -> None:
    # In New York, clocks go back an hour on the first Sunday of November.
    day = datetime.date(2026, 11, 1)
    before, long = (for_date(date, "America/New_York") for date in (day - datetime.timedelta(days=1), day))
    assert long.end - long.start == datetime.timedelta(hours=25)
    at(cloud, long, 1)
    put(cloud, table, 1, "in the first hour")
    at(cloud, long, 24)
    put(cloud, table, 1, "in the last hour")
    cloud.load(cloud.source_dynamodb(), table, before)
    receipt = cloud.load(cloud.source_dynamodb(), table, long)
    assert (receipt.kind, receipt.rows_loaded) == ("changes", 2)
    texts = {row["NewImage"]["text"]["S"] for row in cloud.rows(table, long)}
    assert texts == {"in the first hour", "in the last hour"}


def test_a_table_that_becomes_incremental_gets_the_columns_of_changes_with_what_has_landed(
    cloud: Cloud, table: Table
) -> None:
    full = dataclasses.replace(table, mode="full", full_every=None)
    cloud.load(cloud.source_dynamodb(), full, window(0))
    assert set(cloud.rows(table, window(0))[0]) == {"Item"}
    cloud.load(cloud.source_dynamodb(), table, window(0))
    assert set(cloud.rows(table, window(0))[0]) == {"Item", "Metadata", "Keys", "NewImage"}


def test_changes_whose_base_is_gone_are_delivered_in_full(cloud: Cloud, table: Table) -> None:
    cloud.load(cloud.source_dynamodb(), table, window(1))
    assert cloud.load(cloud.source_dynamodb(), table, window(0)).kind == Kind.CHANGES
    [base] = cloud.landing.find(table, window(1))
    cloud.landing.remove(base.files[0].name)
    assert cloud.load(cloud.source_dynamodb(), table, window(0)).kind == Kind.FULL
    assert {json.dumps(row["Item"]["id"]) for row in cloud.rows(table, window(0))} == {
        json.dumps({"N": number}) for number in "123"
    }
