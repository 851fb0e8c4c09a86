"""Tables that are delivered as changes: staging holds each row as it was last, and none that was deleted."""

import datetime
import hashlib
import itertools
from typing import Any

import pytest
from google.cloud import bigquery

from extract import receipts
from tests.integration.bigquery.access_fixtures import PROJECT
from tests.integration.dbt_project.warehouse import Row, Warehouse

FIRST = datetime.date(2026, 3, 1)
NAMES = ("first", "second", "third")
TABLE = "raw_dynamodb.generations"
_receipts = itertools.count()


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
    warehouse.deliver(TABLE, day(number), rows)
    loaded = datetime.datetime(2026, 3, 10, tzinfo=datetime.UTC) + datetime.timedelta(seconds=next(_receipts))
    receipt: dict[str, Any] = {
        "source": "dynamodb",
        "table_name": "generations",
        "partition_id": f"{day(number):%Y%m%d}",
        "loaded_at": loaded.isoformat(),
        "kind": kind,
        "fingerprint": hashlib.sha256(repr(rows).encode()).hexdigest(),
    }
    config = bigquery.LoadJobConfig(schema=receipts.SCHEMA, write_disposition="WRITE_APPEND")
    warehouse.client.load_table_from_json([receipt], f"{PROJECT}.{receipts.TABLE}", job_config=config).result()


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
