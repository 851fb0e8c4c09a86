"""The Stripe account of the tests of extraction: one for all of them, so that each looks at its own objects only."""

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

import stripe

from extract.contract import Column, Table
from extract.stripe import Stripe
from extract.stripe_api import API_VERSION
from extract.window import Window
from tests.integration.extract.support import WINDOW, Cloud

KEY = "sk_test_extractKEY1234"
CREATED = int(WINDOW.start.timestamp())


def source(cloud: Cloud, key: str = KEY, patience: float = 30) -> Stripe:
    return Stripe(key, f"{cloud.services}/stripe", patience)


def table(relation: str, name: str = "", mode: str = "list", **more: Any) -> Table:
    columns = (Column("object_id", "STRING", "Id.", path=("id",)),)
    return Table("stripe", name or relation, "Objects.", relation, mode, ("object_id",), columns, **more)


def keep(cloud: Cloud, kind: str, *objects: dict[str, Any], event: str | None = None) -> None:
    """Put whole objects into the Stripe account, each with an event where a type is named."""
    made = [{"kind": kind, "object": one, "event": event} for one in objects]
    cloud.post("services", "/_kura/stripe/objects", made)


def client(cloud: Cloud) -> stripe.StripeClient:
    """The client of a product that uses the account."""
    base = {"api": f"{cloud.services}/stripe"}
    return stripe.StripeClient(KEY, stripe_version=API_VERSION, base_addresses=base, max_network_retries=0)


@contextlib.contextmanager
def clock_at(cloud: Cloud, instant: datetime.datetime) -> Iterator[None]:
    """Stripe's clock stands still at an instant: what is done meanwhile happens then."""
    cloud.post("services", "/_kura/clock", {"now": instant.timestamp()})
    try:
        yield
    finally:
        cloud.post("services", "/_kura/clock", {"now": None})


def customers(cloud: Cloud, count: int, created: int = CREATED) -> list[dict[str, Any]]:
    made = [
        {
            "id": cloud.name("cus_Extract"),
            "object": "customer",
            "created": created + number % 7,
            "email": f"顧客{number}@example.com",
            "balance": -number,
            "metadata": {"user_id": str(number)},
            "rate": 0.1,
            "address": None,
            "livemode": False,
        }
        for number in range(count)
    ]
    keep(cloud, "customers", *made)
    return made


def lines(cloud: Cloud, of: Table, wanted: list[str], window: Window = WINDOW) -> list[dict[str, Any]]:
    """The loaded rows of the wanted ids, ordered by id."""
    return sorted((row for row in cloud.rows(of, window) if row["id"] in wanted), key=lambda row: str(row["id"]))


def found(cloud: Cloud, of: Table, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The loaded objects among the wanted ones: all tests of this file share one account."""
    identifiers = {one["id"] for one in wanted}
    return sorted((row["object"] for row in cloud.rows(of) if row["id"] in identifiers), key=lambda one: one["id"])


def by_id(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(objects, key=lambda one: str(one["id"]))
