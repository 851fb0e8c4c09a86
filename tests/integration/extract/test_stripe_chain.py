"""A full delivery and the changes since are the account as it is: days of random work, compared with Stripe itself."""

import datetime
import random
from collections.abc import Iterator
from typing import Any

import pytest

from extract.contract import Table
from extract.delivery import Kind
from extract.window import Window, for_date
from tests.integration.extract.stripe_account import client, clock_at, keep, source, table
from tests.integration.extract.support import YESTERDAY, Cloud

DAYS = [for_date(YESTERDAY - datetime.timedelta(days=back), "UTC") for back in (3, 2, 1, 0)]
RELATIONS = ("customers", "coupons", "subscriptions", "subscription_items")


@pytest.fixture(autouse=True)
def without_limit(cloud: Cloud) -> Iterator[None]:
    """While the clock stands still, no second passes after which a limit begins anew."""
    cloud.post("services", "/_kura/stripe", {"rate_limit": 10_000})
    yield
    cloud.post("services", "/_kura/stripe", {"rate_limit": None})


def work(cloud: Cloud, chance: random.Random, day: Window, price: str) -> None:
    """One thing that customers or the product do to the account, at some time of the day."""
    stripe = client(cloud).v1
    with clock_at(cloud, day.start + datetime.timedelta(seconds=chance.randrange(86_400))):
        customers = [one.id for one in stripe.customers.list({"email": "chain@example.com", "limit": 100}).data]
        someone = chance.choice(customers) if customers else ""
        running = [one.to_dict() for one in stripe.subscriptions.list({"price": price, "limit": 100}).data]
        bought = chance.choice(running) if running else None
        match chance.choice(("join", "rename", "leave", "buy", "buy", "change", "change", "end", "offer", "withdraw")):
            case "rename" if someone:
                stripe.customers.update(someone, {"name": f"名前{chance.random()}"})
            case "leave" if someone:
                stripe.customers.delete(someone)
            case "buy" if someone:
                new: Any = {"customer": someone, "items": [{"price": price}] * chance.randint(1, 3)}
                stripe.subscriptions.create(new)
            case "change" if bought:
                items = [item["id"] for item in bought["items"]["data"]]
                less: list[Any] = [{"id": one, "deleted": True} for one in items[1:]]
                more: Any = {"items": [{"id": items[0], "quantity": chance.randint(2, 9)}, *less, {"price": price}]}
                stripe.subscriptions.update(bought["id"], more)
            case "end" if bought:
                stripe.subscriptions.cancel(bought["id"])
            case "offer":
                stripe.coupons.create({"name": "chain", "percent_off": chance.randint(1, 99)})
            case "withdraw" if offers := stripe.coupons.list({"limit": 1}).data:
                stripe.coupons.delete(offers[0].id)
            case _:
                stripe.customers.create({"email": "chain@example.com"})


def current(cloud: Cloud, of: Table) -> dict[str, Any]:
    """The delivered objects by id: the newest of each, without the deleted."""
    state: dict[str, Any] = {}
    for day in DAYS:
        for row in cloud.rows(of, day):
            state[row["id"]] = None if row["deleted"] else row["object"]
    return {identifier: one for identifier, one in state.items() if one is not None}


def test_a_full_list_and_three_days_of_changes_are_what_stripe_holds(cloud: Cloud) -> None:
    chance, price = random.Random(7), cloud.name("price_Chain")
    recurring = {"interval": "month", "interval_count": 1}
    one = {"id": price, "object": "price", "created": 1, "currency": "jpy", "recurring": recurring, "unit_amount": 9}
    keep(cloud, "prices", one)
    week = datetime.timedelta(days=7)
    tables = [
        table(relation, cloud.name(), "incremental", full_every=week, allow_empty=True, shrink_limit=1)
        for relation in RELATIONS
    ]
    kinds = []
    for day in DAYS:
        for _ in range(40):
            work(cloud, chance, day, price)
        kinds.append({receipt.kind for receipt in cloud.run(source(cloud), *tables, window=day).values()})
    assert kinds == [{Kind.FULL}, {Kind.CHANGES}, {Kind.CHANGES}, {Kind.CHANGES}]
    for of in tables:
        listed = table(of.relation, cloud.name(), allow_empty=True)
        cloud.load(source(cloud), listed, DAYS[-1])
        deleted = [row for day in DAYS for row in cloud.rows(of, day) if row["deleted"]]
        assert bool(deleted) is (of.relation != "subscriptions")
        assert current(cloud, of) == {row["id"]: row["object"] for row in cloud.rows(listed, DAYS[-1])}
