"""Stripe's lists, through Stripe's own client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.integration.services.support import DAY, NOW, SEED, Server

KINDS = """
    customers products prices coupons subscriptions invoices invoice_items charges payment_intents refunds disputes
    credit_notes balance_transactions payouts tax_rates events
"""


def ids(page: Any) -> list[str]:
    return [one.id for one in page.data]


def test_auto_paging_gives_every_live_object_once_newest_first(stripe: StripeClient) -> None:
    found = list(stripe.v1.customers.list({"limit": 7}).auto_paging_iter())
    assert sorted(one.id for one in found) == [one["id"] for one in SEED["customers"][:-1]]
    assert [one.created for one in found] == sorted((one.created for one in found), reverse=True)


def test_pages_are_the_same_forwards_and_backwards(stripe: StripeClient) -> None:
    first = stripe.v1.customers.list({"limit": 5})
    second = stripe.v1.customers.list({"limit": 5, "starting_after": first.data[-1].id})
    back = stripe.v1.customers.list({"limit": 5, "ending_before": second.data[0].id})
    assert ids(back) == ids(first)
    assert back.has_more is False
    assert stripe.v1.customers.list({"limit": 4, "ending_before": second.data[0].id}).has_more is True


def test_a_page_has_ten_objects_unless_asked_and_says_where_it_came_from(stripe: StripeClient) -> None:
    page = stripe.v1.customers.list()
    assert (len(page.data), page.has_more, page.url) == (10, True, "/v1/customers")


def test_the_last_page_says_that_there_is_no_more(stripe: StripeClient) -> None:
    assert stripe.v1.prices.list({"limit": 1}).has_more is False


@pytest.mark.parametrize("kind", KINDS.split())
def test_every_kind_has_a_list(stripe: StripeClient, kind: str) -> None:
    page = getattr(stripe.v1, kind).list({"limit": 100})
    live = [one for one in SEED.get(kind, []) if not one.get("deleted")]
    assert (page.object, page.has_more) == ("list", len(live) > 100)


def test_created_bounds_are_exact(stripe: StripeClient) -> None:
    at = SEED["customers"][8]["created"]
    second = {one["id"] for one in SEED["customers"] if one["created"] == at}

    def found(bounds: dict[str, int] | int) -> set[str]:
        return {one.id for one in stripe.v1.customers.list({"created": bounds, "limit": 100}).data}

    assert len(second) == 4
    assert found({"gte": at, "lte": at}) == second
    assert found(at) == second
    assert found({"gt": at - 1, "lt": at + 1}) == second
    assert not found({"gt": at, "lt": at + 1})


def test_the_default_list_of_subscriptions_leaves_out_the_canceled(stripe: StripeClient) -> None:
    def found(**parameters: Any) -> list[str]:
        return [one.status for one in stripe.v1.subscriptions.list(parameters).data]

    assert found() == ["past_due", "active"]
    assert found(status="all") == ["past_due", "canceled", "active"]
    assert found(status="ended") == ["canceled"]
    assert found(status="active") == ["active"]


def test_lists_are_filtered_by_their_own_parameters(stripe: StripeClient) -> None:
    assert ids(stripe.v1.invoices.list({"customer": "cus_00000000000900"})) == ["in_00000000000003"]
    assert ids(stripe.v1.invoices.list({"status": "open"})) == ["in_00000000000003"]
    assert len(stripe.v1.invoices.list({"subscription": "sub_00000000000001"}).data) == 3
    assert ids(stripe.v1.products.list({"active": False})) == ["prod_old"]
    assert ids(stripe.v1.products.list({"ids": ["prod_old", "prod_x"]})) == ["prod_old"]
    assert ids(stripe.v1.customers.list({"email": "user7@example.com"})) == ["cus_00000000000007"]


def test_events_are_forgotten_after_thirty_days(server: Server, stripe: StripeClient) -> None:
    server.control("clock", {"now": NOW})
    assert ids(stripe.v1.events.list()) == [f"evt_{number:014d}" for number in (4, 3, 2)]
    with pytest.raises(InvalidRequestError, match="No such event"):
        stripe.v1.events.retrieve("evt_00000000000001")


def test_events_are_filtered_by_type_and_by_group_of_types(server: Server, stripe: StripeClient) -> None:
    server.control("clock", {"now": NOW})
    assert ids(stripe.v1.events.list({"type": "invoice.paid"})) == ["evt_00000000000003"]
    assert ids(stripe.v1.events.list({"type": "customer.*"})) == ["evt_00000000000004", "evt_00000000000002"]
    wanted = ["invoice.paid", "customer.created"]
    assert ids(stripe.v1.events.list({"types": wanted})) == ["evt_00000000000003", "evt_00000000000002"]


def test_an_invoice_shows_ten_lines_and_lists_all(stripe: StripeClient) -> None:
    lines = stripe.v1.invoices.retrieve("in_00000000000002").lines
    assert (len(lines.data), lines.has_more) == (10, True)
    every = list(stripe.v1.invoices.line_items.list("in_00000000000002", {"limit": 4}).auto_paging_iter())
    assert [one.id for one in every] == [one["id"] for one in SEED["invoices"][1]["lines"]["data"]]


def test_subscription_items_are_listed_and_retrieved(stripe: StripeClient) -> None:
    page = stripe.v1.subscription_items.list({"subscription": "sub_00000000000001"})
    assert ids(page) == ["si_00000000000001"]
    assert stripe.v1.subscription_items.retrieve("si_00000000000003").current_period_end == NOW + 10 * DAY


def test_ids_are_expanded_to_objects(stripe: StripeClient) -> None:
    page = stripe.v1.invoices.list({"expand": ["data.customer"]})
    assert page.data[0].customer.deleted is True
    assert page.data[1].customer.email == "user1@example.com"
    with pytest.raises(InvalidRequestError, match=r"cannot be expanded \(data\.amount_due\)"):
        stripe.v1.invoices.list({"expand": ["data.amount_due"]})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"limit": 101}, r"less than or equal to 100 \(it currently is '101'\)"),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"limit": "many"}, "Invalid integer: many"),
        ({"colour": "red"}, "Received unknown parameter: colour"),
        ({"created": {"after": 1}}, r"unknown parameter: created\[after\]"),
        ({"created": {"gte": "yesterday"}}, "Invalid integer: yesterday"),
        ({"starting_after": "cus_none"}, "No such customer: 'cus_none'"),
        ({"starting_after": "cus_00000000000900"}, "No such customer"),
        ({"starting_after": "cus_00000000000001", "ending_before": "cus_00000000000002"}, "Received both"),
    ],
)
def test_bad_parameters_are_refused_by_name(stripe: StripeClient, parameters: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as refused:
        stripe.v1.customers.list(parameters)
    assert refused.value.http_status == 400


def test_a_subscription_that_was_canceled_meanwhile_is_no_cursor_of_the_default_list(stripe: StripeClient) -> None:
    with pytest.raises(InvalidRequestError, match="No such subscription"):
        stripe.v1.subscriptions.list({"starting_after": "sub_00000000000002"})
    page = stripe.v1.subscriptions.list({"starting_after": "sub_00000000000002", "status": "all"})
    assert ids(page) == ["sub_00000000000001"]


def test_many_readers_at_once_each_get_everything(server: Server) -> None:
    def read(_: int) -> int:
        return sum(1 for _ in server.stripe().v1.customers.list({"limit": 50}).auto_paging_iter())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(16))) == [230] * 16
