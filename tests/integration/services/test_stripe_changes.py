"""Creating, changing and deleting Stripe's objects, and the events of it, through Stripe's own client."""

from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.integration.services.support import DAY, Server


def events(stripe: StripeClient) -> list[tuple[str, str]]:
    """(type, id of the object) of what happened at the stopped clock's time, oldest first."""
    found = [one for one in stripe.v1.events.list({"limit": 100}).data if not one.id.startswith("evt_0000")]
    return [(one.type, one.data.object["id"]) for one in reversed(found)]


def test_a_deleted_customer_leaves_the_list_and_answers_with_a_stub(stripe: StripeClient) -> None:
    assert stripe.v1.customers.delete("cus_00000000000001").to_dict() == {
        "id": "cus_00000000000001",
        "object": "customer",
        "deleted": True,
    }
    assert stripe.v1.customers.retrieve("cus_00000000000001").to_dict() == {
        "id": "cus_00000000000001",
        "object": "customer",
        "deleted": True,
    }
    listed = [one.id for one in stripe.v1.customers.list({"limit": 100}).auto_paging_iter()]
    assert "cus_00000000000001" not in listed
    assert len(listed) == 229
    assert [one.id for one in stripe.v1.invoices.list({"customer": "cus_00000000000001"}).data]
    with pytest.raises(InvalidRequestError, match="No such customer") as refused:
        stripe.v1.customers.delete("cus_00000000000001")
    assert refused.value.http_status == 404


def test_deleting_a_customer_ends_its_subscriptions_and_tells_of_both(stripe: StripeClient) -> None:
    stripe.v1.customers.delete("cus_00000000000001")
    ended = stripe.v1.subscriptions.retrieve("sub_00000000000001")
    assert ended.status == "canceled"
    assert ended.ended_at == ended.canceled_at
    assert events(stripe) == [
        ("customer.subscription.deleted", "sub_00000000000001"),
        ("customer.deleted", "cus_00000000000001"),
    ]


def test_a_created_customer_is_listed_first_and_told_of(stripe: StripeClient) -> None:
    made = stripe.v1.customers.create(
        {"email": "new@example.com", "address": {"country": "JP"}, "metadata": {"user_id": "7", "n": "12"}}
    )
    found = stripe.v1.customers.list({"limit": 1}).data[0].to_dict()
    assert found["id"] == made.id
    assert found["metadata"] == {"user_id": "7", "n": "12"}
    assert found["address"] == {"country": "JP"}
    assert events(stripe) == [("customer.created", made.id)]


def test_an_update_merges_metadata_takes_away_blanks_and_tells_what_was_before(stripe: StripeClient) -> None:
    identifier = stripe.v1.customers.create({"name": "before", "phone": "1", "metadata": {"a": "1", "b": "2"}}).id
    stripe.v1.customers.update(identifier, {"name": "after", "phone": "", "metadata": {"a": "", "c": "3"}})
    found = stripe.v1.customers.retrieve(identifier).to_dict()
    told = stripe.v1.events.list({"type": "customer.updated"}).data[0].data.to_dict()
    assert (found["name"], found["phone"], found["metadata"]) == ("after", None, {"b": "2", "c": "3"})
    assert told["previous_attributes"] == {"name": "before", "phone": "1", "metadata": {"a": "1", "b": "2"}}


def test_an_update_that_changes_nothing_tells_nothing(stripe: StripeClient) -> None:
    stripe.v1.customers.update("cus_00000000000001", {"email": "user1@example.com"})
    assert events(stripe) == []


def test_a_subscription_is_made_changed_and_canceled(server: Server, stripe: StripeClient) -> None:
    new: Any = {"customer": "cus_00000000000009", "items": [{"price": "price_creator"}], "metadata": {"user_id": "9"}}
    made = stripe.v1.subscriptions.create(new).to_dict()
    item = made["items"]["data"][0]
    assert (made["status"], made["currency"], item["price"]["id"]) == ("active", "jpy", "price_creator")
    assert 28 * DAY <= item["current_period_end"] - item["current_period_start"] <= 31 * DAY
    changed: Any = {"items": [{"id": item["id"], "quantity": 3}], "cancel_at_period_end": True}
    stripe.v1.subscriptions.update(made["id"], changed)
    assert stripe.v1.subscription_items.retrieve(item["id"]).quantity == 3
    assert stripe.v1.subscriptions.cancel(made["id"]).status == "canceled"
    kinds = [kind for kind, _ in events(stripe)]
    assert kinds == [f"customer.subscription.{name}" for name in ("created", "updated", "deleted")]


def test_events_are_written_in_the_accounts_version_not_the_callers(stripe: StripeClient) -> None:
    new: Any = {"customer": "cus_00000000000009", "items": [{"price": "price_creator"}]}
    made = stripe.v1.subscriptions.create(new).to_dict()
    event = stripe.v1.events.list({"type": "customer.subscription.created"}).data[0]
    assert event.api_version == "2024-06-20"
    assert event.data.object["current_period_end"] == made["items"]["data"][0]["current_period_end"]
    assert "current_period_end" not in made


def test_a_refund_changes_its_charge_and_never_exceeds_it(stripe: StripeClient) -> None:
    made = stripe.v1.refunds.create({"charge": "ch_00000000000001", "amount": 500})
    charge = stripe.v1.charges.retrieve("ch_00000000000001")
    assert (made.currency, charge.amount_refunded, charge.refunded) == ("jpy", 500, False)
    with pytest.raises(InvalidRequestError, match="greater than unrefunded amount"):
        stripe.v1.refunds.create({"charge": "ch_00000000000001", "amount": 1001})
    assert stripe.v1.refunds.create({"charge": "ch_00000000000001"}).amount == 1000
    assert stripe.v1.charges.retrieve("ch_00000000000001").refunded is True
    assert [kind for kind, _ in events(stripe)] == ["refund.created", "charge.refunded"] * 2


def test_an_invoice_goes_from_draft_to_paid(stripe: StripeClient) -> None:
    new: Any = {"customer": "cus_00000000000001", "subscription": "sub_00000000000001"}
    made = stripe.v1.invoices.create(new).to_dict()
    assert made["status"] == "draft"
    assert made["parent"]["subscription_details"]["metadata"] == {"user_id": "1"}
    assert stripe.v1.invoices.finalize_invoice(made["id"]).status == "open"
    assert stripe.v1.invoices.pay(made["id"]).status == "paid"
    with pytest.raises(InvalidRequestError, match="cannot void an invoice whose status is paid"):
        stripe.v1.invoices.void_invoice(made["id"])
    with pytest.raises(InvalidRequestError, match="only delete draft"):
        stripe.v1.invoices.delete(made["id"])


def test_changing_an_invoice_keeps_the_lines_that_it_does_not_show(stripe: StripeClient) -> None:
    stripe.v1.invoices.update("in_00000000000002", {"metadata": {"checked": "yes"}})
    assert stripe.v1.invoices.retrieve("in_00000000000002").to_dict()["metadata"] == {"checked": "yes"}
    assert len(stripe.v1.invoices.line_items.list("in_00000000000002", {"limit": 100}).data) == 25


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda v1: v1.prices.create({"currency": "jpy", "unit_amount": 1}), "Missing required param: product"),
        (
            lambda v1: v1.charges.create({"amount": 1, "currency": "jpy", "customer": "cus_x"}),
            "No such customer: 'cus_x'",
        ),
        (lambda v1: v1.customers.create({"shoe_size": 9}), "Received unknown parameter: shoe_size"),
        (lambda v1: v1.customers.create({"balance": "much"}), "Invalid integer: much"),
        (lambda v1: v1.customers.retrieve("cus_x"), "No such customer: 'cus_x'"),
        (lambda v1: v1.customers.update("cus_00000000000900", {"name": "x"}), "No such customer"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_leaves_no_event(stripe: StripeClient, act: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        act(stripe.v1)
    assert events(stripe) == []


def test_objects_that_stripe_makes_by_itself_are_put_with_their_event(server: Server, stripe: StripeClient) -> None:
    dispute = {"id": "du_1", "object": "dispute", "created": 5, "charge": "ch_00000000000001", "amount": 1500}
    transaction = {"id": "txn_1", "object": "balance_transaction", "created": 6, "type": "charge", "net": 1446}
    server.control(
        "stripe/objects",
        [
            {"kind": "disputes", "object": dispute, "event": "charge.dispute.created"},
            {"kind": "balance_transactions", "object": transaction},
        ],
    )
    assert stripe.v1.disputes.retrieve("du_1").amount == 1500
    assert [one.id for one in stripe.v1.balance_transactions.list({"type": "charge"}).data] == ["txn_1"]
    assert events(stripe) == [("charge.dispute.created", "du_1")]
