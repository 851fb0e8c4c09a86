"""Keys, permissions, the rate limit and API versions, through Stripe's own client."""

import pytest
import requests
from stripe import AuthenticationError, InvalidRequestError, PermissionError, RateLimitError, StripeClient

from tests.integration.services.support import NOW, Server


def test_a_key_that_is_none_is_refused_without_being_repeated(server: Server) -> None:
    with pytest.raises(AuthenticationError, match="Invalid API Key provided") as refused:
        server.stripe("sk_wrong_abcdefghijkl").v1.customers.list()
    assert refused.value.http_status == 401
    assert "abcdefgh" not in str(refused.value)


def test_a_revoked_key_is_refused(server: Server) -> None:
    server.stripe("sk_live_old").v1.customers.list()
    server.control("stripe", {"revoked_keys": ["sk_live_old"]})
    with pytest.raises(AuthenticationError):
        server.stripe("sk_live_old").v1.customers.list()


def test_a_request_without_a_key_is_told_how_to_give_one(server: Server) -> None:
    answer = requests.get(f"{server.url}/stripe/v1/customers", timeout=10)
    assert answer.status_code == 401
    assert "Authorization" in answer.json()["error"]["message"]


def test_a_key_can_be_given_as_the_user_of_basic_authentication(server: Server) -> None:
    answer = requests.get(f"{server.url}/stripe/v1/customers", auth=("sk_test_koe", ""), timeout=10)
    assert answer.status_code == 200


def test_a_restricted_key_is_told_which_permission_it_lacks(server: Server) -> None:
    server.control("stripe", {"restricted_keys": {"rk_test_reader": ["customer_read", "invoice_write"]}})
    reader = server.stripe("rk_test_reader")
    assert reader.v1.customers.list().data
    assert reader.v1.invoices.list().data
    with pytest.raises(PermissionError, match="'rak_subscription_read'") as refused:
        reader.v1.subscriptions.list()
    assert refused.value.http_status == 403
    with pytest.raises(PermissionError, match="'rak_customer_write'"):
        reader.v1.customers.create({"email": "new@example.com"})


@pytest.mark.parametrize(("key", "limit"), [("sk_test_koe", 25), ("sk_live_koe", 100)])
def test_the_rate_limit_is_stripes_own_and_lasts_a_second(server: Server, key: str, limit: int) -> None:
    server.control("stripe", {"rate_limit": None})
    client = server.stripe(key)
    lists = [client.v1.prices, client.v1.products, client.v1.customers, client.v1.coupons, client.v1.payouts]
    for number in range(limit):
        lists[number % len(lists)].list()
    with pytest.raises(RateLimitError) as refused:
        client.v1.prices.list()
    assert refused.value.http_status == 429
    assert refused.value.headers is not None
    assert refused.value.headers["Retry-After"] == "1"
    assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    now = server.control("clock", {"now": NOW + 500_000})["now"]
    client.v1.prices.list()
    server.control("clock", {"now": now + 1})
    client.v1.prices.list()


def test_an_endpoint_has_a_limit_of_its_own_whatever_the_id(server: Server) -> None:
    server.control("stripe", {"rate_limit": None})
    client = server.stripe("sk_live_koe")
    for number in range(25):
        client.v1.customers.retrieve(f"cus_{number:014d}")
    with pytest.raises(RateLimitError) as refused:
        client.v1.customers.retrieve("cus_00000000000001")
    assert refused.value.headers is not None
    assert refused.value.headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert client.v1.customers.list().data


def test_an_unpinned_client_sees_the_accounts_older_shape(server: Server) -> None:
    answer = requests.get(
        f"{server.url}/stripe/v1/subscriptions", headers={"Authorization": "Bearer sk_test_koe"}, timeout=10
    )
    subscription = answer.json()["data"][0]
    assert answer.headers["Stripe-Version"] == "2024-06-20"
    assert subscription["current_period_end"] == NOW + 864_000
    assert "current_period_end" not in subscription["items"]["data"][0]


def test_before_basil_an_invoice_and_its_lines_name_the_subscription_at_the_top(server: Server) -> None:
    old = server.stripe(version="2025-02-24.acacia").v1.invoices.retrieve("in_00000000000001").to_dict()
    new = server.stripe().v1.invoices.retrieve("in_00000000000001").to_dict()
    assert old["subscription"] == "sub_00000000000001"
    assert old["subscription_details"]["metadata"] == {"user_id": "1"}
    assert "parent" not in old
    assert old["lines"]["data"][0]["price"]["id"] == "price_creator"
    assert old["lines"]["data"][0]["subscription"] == "sub_00000000000001"
    assert "subscription" not in new
    assert new["parent"]["subscription_details"]["subscription"] == "sub_00000000000001"
    assert "price" not in new["lines"]["data"][0]


def test_an_events_payload_keeps_the_version_of_its_day_for_every_caller(server: Server) -> None:
    server.control("clock", {"now": NOW})
    event = server.stripe().v1.events.retrieve("evt_00000000000003")
    assert event.api_version == "2024-06-20"
    assert event.data.object["subscription"] == "sub_00000000000001"


@pytest.mark.parametrize("version", ["2099-01-01.zebra", "yesterday", "2025-03-31"])
def test_a_version_that_was_never_published_is_refused(server: Server, version: str) -> None:
    with pytest.raises(InvalidRequestError, match="Invalid Stripe API version"):
        server.stripe(version=version).v1.customers.list()


def test_the_clients_own_newest_version_is_known(server: Server) -> None:
    client = StripeClient("sk_test_koe", base_addresses={"api": f"{server.url}/stripe"}, max_network_retries=0)
    assert "current_period_end" not in client.v1.subscriptions.list().data[0].to_dict()


def test_every_answer_has_a_request_id_of_its_own(server: Server, stripe: StripeClient) -> None:
    first, second = stripe.v1.prices.list(), stripe.v1.prices.list()
    assert first.last_response.request_id.startswith("req_")
    assert first.last_response.request_id != second.last_response.request_id


def test_an_address_that_stripe_does_not_have_is_not_found(server: Server) -> None:
    headers = {"Authorization": "Bearer sk_test_koe"}
    answer = requests.get(f"{server.url}/stripe/v1/unicorns", headers=headers, timeout=10)
    assert answer.status_code == 404
    assert "Unrecognized request URL (GET: /v1/unicorns)" in answer.json()["error"]["message"]
