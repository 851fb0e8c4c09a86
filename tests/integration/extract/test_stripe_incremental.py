"""Changes of Stripe's objects: BEFORE is delivered in full, and what happens on the day after builds on it."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from extract import stripe_api
from extract.contract import Table
from extract.delivery import Delivery, Failure, Kind, Receipt
from extract.errors import Terminal
from extract.window import Window, for_date
from tests.integration.extract.stripe_account import (
    CREATED,
    client,
    clock_at,
    customers,
    keep,
    lines,
    source,
    table,
)
from tests.integration.extract.support import BEFORE, WINDOW, YESTERDAY, Cloud

WEEK = datetime.timedelta(days=7)
DAY = 86_400
NOON = WINDOW.start + datetime.timedelta(hours=12)
OLD = int(BEFORE.start.timestamp())


@pytest.fixture(autouse=True)
def account(cloud: Cloud) -> Iterator[None]:
    """Stripe's own limits and keys again after each test."""
    yield
    cloud.post("services", "/_kura/stripe", {"rate_limit": None, "restricted_keys": None, "revoked_keys": None})


def incremental(cloud: Cloud, relation: str, **more: Any) -> Table:
    return table(relation, cloud.name(), "incremental", full_every=WEEK, allow_empty=True, **more)


def made(cloud: Cloud, kind: str, prefix: str, created: int = OLD, **fields: Any) -> str:
    """An object of which no event tells; its id."""
    identifier = cloud.name(prefix)
    names = {"coupons": "coupon", "products": "product", "balance_transactions": "balance_transaction"}
    keep(cloud, kind, {"id": identifier, "object": names.get(kind, kind[:-1]), "created": created, **fields})
    return identifier


def begin(cloud: Cloud, of: Table) -> Receipt:
    """The full delivery that changes build on."""
    receipt = cloud.load(source(cloud), of, BEFORE)
    assert receipt.kind == Kind.FULL
    return receipt


def test_the_first_delivery_is_full_and_the_next_has_what_was_made_or_changed_since(cloud: Cloud) -> None:
    of = incremental(cloud, "customers")
    kept, changed = (one["id"] for one in customers(cloud, 2, OLD))
    begin(cloud, of)
    [new] = customers(cloud, 1, CREATED + 60)
    with clock_at(cloud, NOON):
        client(cloud).v1.customers.update(changed, {"email": "改名@example.com"})
    receipt = cloud.load(source(cloud), of)
    assert receipt.kind == Kind.CHANGES
    found = {row["id"]: row for row in lines(cloud, of, [kept, changed, new["id"]])}
    assert found.keys() == {changed, new["id"]}
    assert found[changed]["object"]["email"] == "改名@example.com"
    assert [row["deleted"] for row in found.values()] == [False, False]


def test_objects_come_in_the_pinned_version_and_not_as_their_events_show_them(cloud: Cloud) -> None:
    of, subscription = incremental(cloud, "subscriptions"), cloud.name("sub_Inc")
    item = {"id": cloud.name("si_Inc"), "object": "subscription_item", "current_period_end": CREATED + 30 * DAY}
    one = {
        "id": subscription,
        "object": "subscription",
        "created": OLD,
        "status": "active",
        "metadata": {},
        "items": {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"},
    }
    keep(cloud, "subscriptions", one)
    begin(cloud, of)
    with clock_at(cloud, NOON):
        client(cloud).v1.subscriptions.update(subscription, {"metadata": {"a": "1"}})
        client(cloud).v1.subscriptions.cancel(subscription)
    cloud.load(source(cloud), of)
    [row] = lines(cloud, of, [subscription])
    assert (row["object"]["status"], row["deleted"]) == ("canceled", False)
    assert "current_period_end" not in row["object"]
    assert row["object"]["items"]["data"][0]["current_period_end"] == CREATED + 30 * DAY


def test_a_deleted_object_becomes_a_tombstone_whether_or_not_stripe_keeps_a_stub(cloud: Cloud) -> None:
    stubs, gone = incremental(cloud, "customers"), incremental(cloud, "coupons")
    [customer] = customers(cloud, 1, OLD)
    coupon = made(cloud, "coupons", "coupon_inc")
    begin(cloud, stubs)
    begin(cloud, gone)
    with clock_at(cloud, NOON):
        client(cloud).v1.customers.delete(customer["id"])
        client(cloud).v1.coupons.delete(coupon)
    cloud.run(source(cloud), stubs, gone)
    [stub], [nothing] = lines(cloud, stubs, [customer["id"]]), lines(cloud, gone, [coupon])
    assert (stub["deleted"], stub["object"]) == (
        True,
        {"id": customer["id"], "object": "customer", "deleted": True},
    )
    assert (nothing["deleted"], nothing["object"]) == (True, None)


def test_an_object_that_was_listed_late_comes_with_the_next_window(cloud: Cloud) -> None:
    of = incremental(cloud, "products")
    begin(cloud, of)
    late = made(cloud, "products", "prod_Inc", CREATED - 60)
    early = made(cloud, "products", "prod_Inc", CREATED - 2 * DAY)
    cloud.load(source(cloud), of)
    assert [row["id"] for row in lines(cloud, of, [late, early])] == [late]


def test_a_change_whose_event_was_listed_late_comes_with_the_next_window(cloud: Cloud) -> None:
    of, product = incremental(cloud, "products"), made(cloud, "products", "prod_Inc", name="before", active=True)
    begin(cloud, of)
    with clock_at(cloud, WINDOW.start - datetime.timedelta(minutes=1)):
        client(cloud).v1.products.update(product, {"name": "after"})
    cloud.load(source(cloud), of)
    assert [row["object"]["name"] for row in lines(cloud, of, [product])] == ["after"]


def test_an_object_that_was_changed_twice_comes_once_as_it_is_now(cloud: Cloud) -> None:
    of, product = incremental(cloud, "products"), made(cloud, "products", "prod_Inc", name="before", active=True)
    begin(cloud, of)
    for hours, name in ((1, "once"), (2, "twice")):
        with clock_at(cloud, WINDOW.start + datetime.timedelta(hours=hours)):
            client(cloud).v1.products.update(product, {"name": name})
    cloud.load(source(cloud), of)
    assert [row["object"]["name"] for row in lines(cloud, of, [product])] == ["twice"]


def test_an_object_that_was_made_and_deleted_in_one_window_is_a_tombstone(cloud: Cloud) -> None:
    of = incremental(cloud, "products")
    begin(cloud, of)
    with clock_at(cloud, NOON):
        product = client(cloud).v1.products.create({"name": "short-lived"}).id
    with clock_at(cloud, NOON + datetime.timedelta(hours=1)):
        client(cloud).v1.products.delete(product)
    cloud.load(source(cloud), of)
    assert [row["deleted"] for row in lines(cloud, of, [product])] == [True]


def test_a_dispute_or_refund_is_a_change_of_its_charge(cloud: Cloud) -> None:
    of, unrefunded = incremental(cloud, "charges"), {"amount_refunded": 0, "refunded": False}
    disputed, refunded, other = (
        made(cloud, "charges", "ch_Inc", amount=500, currency="jpy", payment_intent=None, **unrefunded)
        for _ in range(3)
    )
    begin(cloud, of)
    dispute = {"id": cloud.name("du_Inc"), "object": "dispute", "created": CREATED, "charge": disputed}
    with clock_at(cloud, NOON):
        keep(cloud, "disputes", dispute, event="charge.dispute.created")
        client(cloud).v1.refunds.create({"charge": refunded, "amount": 200})
    cloud.load(source(cloud), of)
    found = {row["id"]: row["object"] for row in lines(cloud, of, [disputed, refunded, other])}
    assert found.keys() == {disputed, refunded}
    assert found[refunded]["amount_refunded"] == 200


@pytest.mark.parametrize(("lookback", "expected"), [(None, {"recent"}), (2, set()), (40, {"recent", "older"})])
def test_kinds_without_events_are_listed_again_over_a_lookback(
    cloud: Cloud, lookback: int | None, expected: set[str]
) -> None:
    more = {} if lookback is None else {"lookback": datetime.timedelta(days=lookback)}
    of = incremental(cloud, "balance_transactions", **more)
    names = {
        made(cloud, "balance_transactions", "txn_Inc", CREATED - days * DAY): name
        for days, name in ((10, "recent"), (35, "older"))
    }
    begin(cloud, of)
    cloud.load(source(cloud), of)
    assert {names[row["id"]] for row in lines(cloud, of, list(names))} == expected


def test_without_changes_the_delivery_is_empty_and_that_is_no_loss(cloud: Cloud) -> None:
    of = incremental(cloud, "tax_rates", lookback=datetime.timedelta())
    made(cloud, "tax_rates", "txr_Inc")
    begin(cloud, of)
    receipt = cloud.load(source(cloud), of)
    assert (receipt.kind, receipt.rows_loaded) == (Kind.CHANGES, 0)
    assert cloud.rows(of) == []


def test_a_rerun_over_unchanged_objects_gives_the_same_bytes(cloud: Cloud) -> None:
    of = incremental(cloud, "products")
    product = made(cloud, "products", "prod_Inc", name="before", active=True)
    begin(cloud, of)
    with clock_at(cloud, NOON):
        client(cloud).v1.products.update(product, {"name": "after"})
    first, rows = cloud.load(source(cloud), of), cloud.rows(of)
    second = cloud.load(source(cloud), of)
    assert (second.fingerprint, cloud.rows(of)) == (first.fingerprint, rows)
    assert any("the same as have landed already" in line for line in cloud.report)


def test_a_rerun_after_a_change_back_and_forth_loads_what_is_there_now(cloud: Cloud) -> None:
    of = incremental(cloud, "products")
    product = {"id": made(cloud, "products", "prod_Inc", CREATED, name="a"), "object": "product", "created": CREATED}
    begin(cloud, of)
    for name in ("a", "b", "a"):
        keep(cloud, "products", {**product, "name": name})
        cloud.load(source(cloud), of)
    assert [row["object"]["name"] for row in lines(cloud, of, [product["id"]])] == ["a"]
    newest = cloud.landing.find(of, WINDOW)[0]
    assert cloud.warehouse.not_loaded([newest], of) == []


def test_a_window_that_was_delivered_in_full_stays_so(cloud: Cloud) -> None:
    of = incremental(cloud, "products")
    made(cloud, "products", "prod_Inc")
    assert cloud.load(source(cloud), of).kind == Kind.FULL
    begin(cloud, of)
    assert cloud.load(source(cloud), of).kind == Kind.FULL


def test_after_a_crash_between_landing_and_loading_the_next_run_loads_what_landed(cloud: Cloud) -> None:
    of, after = incremental(cloud, "products"), made(cloud, "products", "prod_Inc", name="before", active=True)
    [full] = cloud.deliver(source(cloud), of, window=BEFORE).values()
    assert isinstance(full, Delivery)
    with clock_at(cloud, NOON):
        client(cloud).v1.products.update(after, {"name": "after"})
    [landed] = cloud.deliver(source(cloud), of).values()
    assert isinstance(landed, Delivery)
    receipt = cloud.load(source(cloud), of)
    assert receipt.fingerprint == landed.fingerprint
    assert any("loading" in line and BEFORE.partition_id in line for line in cloud.report)
    assert len(cloud.rows(of, BEFORE)) == full.rows
    assert [row["object"]["name"] for row in lines(cloud, of, [after])] == ["after"]


def test_full_every_brings_a_full_list_again(cloud: Cloud) -> None:
    of = table("products", cloud.name(), "incremental", full_every=datetime.timedelta(days=1))
    made(cloud, "products", "prod_Inc")
    begin(cloud, of)
    assert cloud.load(source(cloud), of).kind == Kind.FULL


def day(back: int) -> Window:
    return for_date(YESTERDAY - datetime.timedelta(days=back), "UTC")


def test_changes_of_more_than_thirty_days_ago_are_refused_and_a_full_list_follows_the_gap(cloud: Cloud) -> None:
    of = incremental(cloud, "products")
    made(cloud, "products", "prod_Inc", int(day(60).start.timestamp()))
    assert cloud.load(source(cloud), of, day(41)).kind == Kind.FULL
    error = cloud.fail(source(cloud), of, day(40))
    assert isinstance(error, Terminal)
    assert "Stripe keeps events for 30 days; run a later day" in str(error)
    assert cloud.load(source(cloud), of, day(39)).kind == Kind.FULL
    assert cloud.load(source(cloud), of).kind == Kind.FULL


@pytest.mark.parametrize("key", ["sk_test_extractKEY2468", "sk_live_extractKEY2468"])
def test_objects_are_fetched_side_by_side_below_the_rate_limits(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    of, changed, refused = incremental(cloud, "customers"), customers(cloud, 60, OLD), []
    begin(cloud, of)
    with clock_at(cloud, NOON):
        keep(cloud, "customers", *changed, event="customer.updated")
    pause = stripe_api._pause

    def counted(error: stripe.StripeError, attempt: int) -> float | None:
        refused.append(error.http_status)
        return pause(error, attempt)

    monkeypatch.setattr(stripe_api, "_pause", counted)
    [outcome] = cloud.deliver(source(cloud, key), of).values()
    assert isinstance(outcome, Delivery), outcome
    assert outcome.rows >= 60
    # Without a pace, more than half of them come too early. A few may where this machine stands still for a moment.
    assert len(refused) < 10


def test_retry_after_is_waited_for_while_objects_are_fetched(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    of, changed, waits = incremental(cloud, "products"), made(cloud, "products", "prod_Inc"), []
    begin(cloud, of)
    with clock_at(cloud, NOON):
        keep(cloud, "products", {"id": changed, "object": "product", "created": OLD}, event="product.updated")

    def limit_ends(seconds: float) -> None:
        if seconds >= 1:
            waits.append(seconds)
            cloud.post("services", "/_kura/stripe", {"rate_limit": None})

    monkeypatch.setattr("extract.stripe_api.time.sleep", limit_ends)
    cloud.post("services", "/_kura/stripe", {"rate_limit": 0})
    assert isinstance(cloud.load(source(cloud), of), Receipt)
    assert [row["id"] for row in lines(cloud, of, [changed])] == [changed]
    assert [1 <= seconds <= 1.2 for seconds in waits] == [True]


@pytest.mark.parametrize(("granted", "lacking"), [(["product_read"], "event"), (["event_read"], "product")])
def test_a_permission_that_is_missing_for_changes_is_named(cloud: Cloud, granted: list[str], lacking: str) -> None:
    of, key = incremental(cloud, "products"), "rk_test_extractKEY1357"
    made(cloud, "products", "prod_Inc")
    begin(cloud, of)
    cloud.post("services", "/_kura/stripe", {"restricted_keys": {key: granted}})
    [failure] = cloud.deliver(source(cloud, key), of).values()
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, Terminal)
    assert f"lacks the permission rak_{lacking}_read" in str(failure.error)
    assert "1357" not in str(failure.error)


def test_a_restricted_key_that_may_read_the_kind_and_events_suffices(cloud: Cloud) -> None:
    of, key = incremental(cloud, "products"), "rk_test_extractKEY1357"
    made(cloud, "products", "prod_Inc")
    cloud.post("services", "/_kura/stripe", {"restricted_keys": {key: ["product_read", "event_read"]}})
    cloud.load(source(cloud, key), of, BEFORE)
    assert cloud.load(source(cloud, key), of).kind == Kind.CHANGES


def test_a_list_whose_changes_cannot_be_found_is_told_to_be_listed(cloud: Cloud) -> None:
    of = incremental(cloud, "invoiceitems")
    begin(cloud, of)
    error = cloud.fail(source(cloud), of)
    assert isinstance(error, Terminal)
    assert "changes of invoiceitems cannot be found; use mode list" in str(error)


def test_events_of_each_window_build_on_a_full_list_too(cloud: Cloud) -> None:
    of, product = incremental(cloud, "events"), made(cloud, "products", "prod_Inc", name="before", active=True)
    begin(cloud, of)
    with clock_at(cloud, NOON):
        client(cloud).v1.products.update(product, {"name": "after"})
    assert cloud.load(source(cloud), of).kind == Kind.CHANGES
    [event] = [row["object"] for row in cloud.rows(of) if row["object"]["data"]["object"]["id"] == product]
    assert event["type"] == "product.updated"
