"""The kinds around payments and the balance, through Stripe's own client: all that an extraction asks of each."""

from typing import Any

import pytest
from stripe import InvalidRequestError, PermissionError, StripeClient

from tests.integration.services.support import NOW, Server

# By the client's name: the list's name, the ids' prefix, the permission, what its events begin with.
KINDS = {
    "coupons": ("coupons", "", "coupon", "coupon"),
    "payment_intents": ("payment_intents", "pi_", "payment_intent", "payment_intent"),
    "refunds": ("refunds", "re_", "charge", "refund"),
    "disputes": ("disputes", "du_", "dispute", "charge.dispute"),
    "credit_notes": ("credit_notes", "cn_", "credit_note", "credit_note"),
    "balance_transactions": ("balance_transactions", "txn_", "balance", None),
    "payouts": ("payouts", "po_", "payout", "payout"),
    "tax_rates": ("tax_rates", "txr_", "tax_rate", "tax_rate"),
}


def keep(server: Server, kind: str, count: int, event: str | None = None) -> list[str]:
    """Objects a minute apart, the newest last; their ids."""
    prefix, name = KINDS[kind][1], kind.removesuffix("s")
    made = [
        {"id": f"{prefix}kinds{number:03d}", "object": name, "created": NOW + 60 * number, "amount": number}
        for number in range(count)
    ]
    server.control("stripe/objects", [{"kind": kind, "object": one, "event": event} for one in made])
    return [str(one["id"]) for one in made]


def service(stripe: StripeClient, kind: str) -> Any:
    return getattr(stripe.v1, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_paged_newest_first_within_bounds_of_created(server: Server, stripe: StripeClient, kind: str) -> None:
    made = keep(server, kind, 12)
    parameters = {"limit": 3, "created": {"gte": NOW + 60, "lt": NOW + 11 * 60}}
    found = [one.id for one in service(stripe, kind).list(parameters).auto_paging_iter()]
    assert found == made[10:0:-1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_of_a_kind_is_fetched_by_its_id(server: Server, stripe: StripeClient, kind: str) -> None:
    made = keep(server, kind, 2)
    assert service(stripe, kind).retrieve(made[1]).to_dict()["amount"] == 1
    with pytest.raises(InvalidRequestError) as refused:
        service(stripe, kind).retrieve(f"{KINDS[kind][1]}missing")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@pytest.mark.parametrize("kind", [kind for kind, (*_, events) in KINDS.items() if events])
def test_a_change_of_a_kind_is_told_by_an_event_of_its_group(server: Server, stripe: StripeClient, kind: str) -> None:
    group = KINDS[kind][3]
    [made] = keep(server, kind, 1, event=f"{group}.updated")
    told = stripe.v1.events.list({"type": f"{group}.*"}).data
    assert [(event.type, event.data.object["id"]) for event in told] == [(f"{group}.updated", made)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_restricted_key_is_told_the_permission_of_a_kind(server: Server, kind: str) -> None:
    permission = KINDS[kind][2]
    made = keep(server, kind, 1)
    server.control("stripe", {"restricted_keys": {"rk_test_none": [], "rk_test_reader": [f"{permission}_read"]}})
    assert [one.id for one in service(server.stripe("rk_test_reader"), kind).list().data][-1:] == made
    for ask in ("list", "retrieve"):
        arguments = made if ask == "retrieve" else []
        with pytest.raises(PermissionError, match=f"'rak_{permission}_read'"):
            getattr(service(server.stripe("rk_test_none"), kind), ask)(*arguments)


def test_a_deleted_coupon_is_in_no_list_and_cannot_be_fetched(server: Server, stripe: StripeClient) -> None:
    kept, deleted = keep(server, "coupons", 2)
    stripe.v1.coupons.delete(deleted)
    assert [one.id for one in stripe.v1.coupons.list().data] == [kept]
    with pytest.raises(InvalidRequestError, match="No such coupon"):
        stripe.v1.coupons.retrieve(deleted)
    assert [event.type for event in stripe.v1.events.list({"type": "coupon.*"}).data] == ["coupon.deleted"]


def test_an_item_taken_out_of_its_subscription_shows_in_what_was_before(server: Server, stripe: StripeClient) -> None:
    new: Any = {"customer": "cus_00000000000009", "items": [{"price": "price_creator"}, {"price": "price_creator"}]}
    subscription = stripe.v1.subscriptions.create(new).to_dict()
    kept, gone = (item["id"] for item in subscription["items"]["data"])
    without: Any = {"items": [{"id": gone, "deleted": True}]}
    stripe.v1.subscriptions.update(subscription["id"], without)
    told = stripe.v1.events.list({"type": "customer.subscription.updated"}).data[0].data.to_dict()
    assert [item["id"] for item in told["object"]["items"]["data"]] == [kept]
    assert [item["id"] for item in told["previous_attributes"]["items"]["data"]] == [kept, gone]
