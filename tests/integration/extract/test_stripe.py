import datetime
from collections.abc import Iterator

import pytest

from extract.delivery import Delivery, Failure, Receipt
from extract.errors import Terminal, Transient
from extract.stripe import Stripe
from extract.window import for_date
from tests.integration.extract.stripe_account import CREATED, KEY, by_id, customers, found, keep, source, table
from tests.integration.extract.support import WINDOW, YESTERDAY, Cloud, progress


@pytest.fixture(autouse=True)
def account(cloud: Cloud) -> Iterator[None]:
    """Stripe's own limits and keys again after each test."""
    yield
    cloud.post("services", "/_kura/stripe", {"rate_limit": None, "restricted_keys": None, "revoked_keys": None})


@pytest.mark.usefixtures("talkative")
def test_a_list_of_several_pages_is_loaded_object_for_object(cloud: Cloud) -> None:
    of = table("customers", cloud.name())
    made = customers(cloud, 250)
    receipt = cloud.load(source(cloud), of)
    assert receipt.rows_loaded == receipt.rows_delivered == len(cloud.rows(of)) >= 250
    assert progress(cloud, str(of))[-1].startswith(f"{of}: {receipt.rows_delivered:,} rows, ")
    assert found(cloud, of, made) == by_id(made)
    row = cloud.rows(of)[0]
    assert row["deleted"] is False
    assert abs(datetime.datetime.now(datetime.UTC) - row["retrieved_at"]) < datetime.timedelta(minutes=5)


def test_objects_of_after_the_window_are_left_to_the_next(cloud: Cloud) -> None:
    of = table("customers", cloud.name())
    inside = customers(cloud, 1, int(WINDOW.end.timestamp()) - 1)
    after = customers(cloud, 1, int(WINDOW.end.timestamp()))
    cloud.load(source(cloud), of)
    assert found(cloud, of, inside + after) == inside


def test_canceled_subscriptions_are_loaded_too(cloud: Cloud) -> None:
    of = table("subscriptions", cloud.name())
    made = [
        {
            "id": cloud.name("sub_Extract"),
            "object": "subscription",
            "created": CREATED,
            "status": status,
            "items": {"object": "list", "data": [], "has_more": False, "url": "/v1/subscription_items"},
        }
        for status in ("active", "canceled")
    ]
    keep(cloud, "subscriptions", *made)
    cloud.load(source(cloud), of)
    assert [one["status"] for one in found(cloud, of, made)] == ["active", "canceled"]


def test_an_invoice_of_many_lines_has_all_of_them(cloud: Cloud) -> None:
    of, invoice = table("invoices", cloud.name()), cloud.name("in_Extract")
    lines = [{"id": cloud.name("il_Extract"), "object": "line_item", "amount": number} for number in range(230)]
    made = {
        "id": invoice,
        "object": "invoice",
        "created": CREATED,
        "lines": {"object": "list", "data": lines, "has_more": False, "url": f"/v1/invoices/{invoice}/lines"},
    }
    keep(cloud, "invoices", made)
    cloud.load(source(cloud), of)
    [loaded] = found(cloud, of, [made])
    assert sorted(line["amount"] for line in loaded["lines"]["data"]) == list(range(230))
    assert loaded["lines"]["has_more"] is False


def test_a_rerun_over_unchanged_objects_gives_the_same_bytes(cloud: Cloud) -> None:
    of = table("products", cloud.name())
    keep(cloud, "products", {"id": cloud.name("prod_Extract"), "object": "product", "created": CREATED, "active": True})
    first = cloud.load(source(cloud), of)
    rows = cloud.rows(of)
    second = cloud.load(source(cloud), of)
    assert second.fingerprint == first.fingerprint
    assert cloud.rows(of) == rows
    assert any("the same as have landed already" in line for line in cloud.report)


def test_a_changed_object_makes_another_delivery(cloud: Cloud) -> None:
    of = table("prices", cloud.name())
    price = {"id": cloud.name("price_Extract"), "object": "price", "created": CREATED, "active": True}
    keep(cloud, "prices", price)
    first = cloud.load(source(cloud), of)
    keep(cloud, "prices", {**price, "active": False})
    second = cloud.load(source(cloud), of)
    assert second.fingerprint != first.fingerprint
    assert [one["active"] for one in found(cloud, of, [price])] == [False]


def test_retry_after_is_waited_for(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    of, made, waits = table("customers", cloud.name()), customers(cloud, 120), []

    def limit_ends(seconds: float) -> None:
        if seconds >= 1:
            waits.append(seconds)
            cloud.post("services", "/_kura/stripe", {"rate_limit": None})

    monkeypatch.setattr("extract.stripe_api.time.sleep", limit_ends)
    cloud.post("services", "/_kura/stripe", {"rate_limit": 0})
    assert isinstance(cloud.load(source(cloud), of), Receipt)
    assert found(cloud, of, made) == by_id(made)
    assert [1 <= seconds <= 1.2 for seconds in waits] == [True]


def test_requests_stay_below_the_rate_limit(cloud: Cloud) -> None:
    tables = [table("customers", cloud.name()) for _ in range(3)]
    customers(cloud, 1_000)
    outcomes = cloud.deliver(source(cloud, patience=0), *tables)
    assert [type(outcome) for outcome in outcomes.values()] == [Delivery] * 3


def test_a_rate_limit_that_stays_is_transient(cloud: Cloud) -> None:
    cloud.post("services", "/_kura/stripe", {"rate_limit": 0})
    error = cloud.fail(source(cloud, patience=0.1), table("customers", cloud.name()))
    assert isinstance(error, Transient)
    assert "stripe: /v1/customers: 1 attempts failed: Stripe is busy (429" in str(error)


def test_a_missing_permission_is_named_and_the_other_lists_go_on(cloud: Cloud) -> None:
    key, refused, allowed = "rk_test_extractKEY5678", table("charges", cloud.name()), table("customers", cloud.name())
    customers(cloud, 1)
    cloud.post("services", "/_kura/stripe", {"restricted_keys": {key: ["customer_read"]}})
    outcomes = cloud.deliver(source(cloud, key), refused, allowed)
    failure = outcomes[refused.name]
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, Terminal)
    assert "lacks the permission rak_charge_read" in str(failure.error)
    assert "5678" not in str(failure.error)
    assert isinstance(outcomes[allowed.name], Delivery)


@pytest.mark.parametrize("key", ["sk_test_revokedKEY9999", "no key at all 9999"])
def test_a_key_that_is_not_valid_is_terminal_and_not_shown(cloud: Cloud, key: str) -> None:
    cloud.post("services", "/_kura/stripe", {"revoked_keys": [key]})
    error = cloud.fail(source(cloud, key), table("customers", cloud.name()))
    assert isinstance(error, Terminal)
    assert "the API key is not valid (401)" in str(error)
    assert "9999" not in str(error)


def test_no_key_is_terminal(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match="no API key"):
        source(cloud, " ")


def test_a_list_that_stripe_does_not_have_is_terminal(cloud: Cloud) -> None:
    error = cloud.fail(source(cloud), table("customer", cloud.name()))
    assert isinstance(error, Terminal)
    assert "/v1/customer: there is no such list" in str(error)


def test_an_unreachable_stripe_is_transient() -> None:
    unreachable = Stripe(KEY, "http://127.0.0.1:9", patience=0.1)
    with pytest.raises(Transient, match=r"Stripe did not answer: .*check the network") as raised:
        list(unreachable._lists.objects("customers", {}))
    assert KEY not in str(raised.value)


def test_a_cursor_that_is_deleted_while_paging_loses_nothing(cloud: Cloud) -> None:
    made = customers(cloud, 230, CREATED - 1_000)
    listing = source(cloud)._lists.objects("customers", {"created": {"gte": CREATED - 1_000, "lt": CREATED - 900}})
    read = [next(listing) for _ in range(100)]
    keep(cloud, "customers", {**read[-1], "deleted": True})
    read += list(listing)
    assert by_id(read) == by_id(made)


def test_events_of_too_long_ago_are_terminal(cloud: Cloud) -> None:
    window = for_date(YESTERDAY - datetime.timedelta(days=31), "UTC")
    error = cloud.fail(source(cloud), table("events", cloud.name()), window)
    assert isinstance(error, Terminal)
    assert "Stripe keeps events for 30 days" in str(error)


def test_the_object_is_locked(cloud: Cloud) -> None:
    of = table("customers", cloud.name())
    customers(cloud, 1)
    cloud.load(source(cloud), of)
    assert cloud.warehouse.live_tags("raw_stripe", of.name) == {"object": "restricted"}
