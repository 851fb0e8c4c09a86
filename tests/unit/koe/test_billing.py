"""Stripe's objects: arithmetic, references, and the stories that customers live through."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sandbox.koe.billing.catalogue import MONTHLY_AMOUNTS, OFFERS
from sandbox.koe.history import HOUR, History
from sandbox.koe.people import people

Objects = list[dict[str, Any]]


def by_id(objects: Objects) -> dict[str, dict[str, Any]]:
    found = {one["id"]: one for one in objects}
    assert len(found) == len(objects), "an id occurs twice"
    return found


def payments(invoice: dict[str, Any]) -> Iterator[str]:
    for payment in invoice.get("payments", {}).get("data", []):
        yield payment["payment"]["payment_intent"]


def charges_of_invoices(stripe: dict[str, Objects]) -> dict[str, Objects]:
    invoice_of = {intent: invoice["id"] for invoice in stripe["invoices"] for intent in payments(invoice)}
    found = defaultdict(list)
    for charge in stripe["charges"]:
        found[invoice_of[charge["payment_intent"]]].append(charge)
    return found


def test_ids_are_unique_and_references_lead_somewhere(stripe: dict[str, Objects]) -> None:
    found = {kind: by_id(objects) for kind, objects in stripe.items()}
    for kind in ("subscriptions", "invoices", "charges"):
        assert {one["customer"] for one in stripe[kind]} <= set(found["customers"])
    for invoice in stripe["invoices"]:
        details = invoice["parent"]["subscription_details"]
        subscription = found["subscriptions"][details["subscription"]]
        assert subscription["customer"] == invoice["customer"]
        assert subscription["metadata"] == details["metadata"]
        assert set(details["metadata"]) == {"user_id"}
    for subscription in stripe["subscriptions"]:
        assert subscription["latest_invoice"] in found["invoices"]
    assert {refund["charge"] for refund in stripe["refunds"]} <= set(found["charges"])


def test_an_invoice_is_the_sum_of_its_lines(stripe: dict[str, Objects]) -> None:
    for invoice in stripe["invoices"]:
        lines = invoice["lines"]["data"]
        assert invoice["lines"]["total_count"] == len(lines) > 0
        assert invoice["total"] == invoice["subtotal"] == invoice["amount_due"] == sum(line["amount"] for line in lines)
        assert invoice["amount_paid"] + invoice["amount_remaining"] == invoice["amount_due"] > 0
        assert {type(line["amount"]) for line in lines} == {int}


def test_the_charges_of_an_invoice_pay_it_once_or_not_at_all(stripe: dict[str, Objects]) -> None:
    charges = charges_of_invoices(stripe)
    for invoice in stripe["invoices"]:
        made = charges[invoice["id"]]
        assert {charge["amount"] for charge in made} <= {invoice["amount_due"]}
        succeeded = [charge for charge in made if charge["status"] == "succeeded"]
        assert sum(charge["amount"] for charge in succeeded) == invoice["amount_paid"]
        assert invoice["attempt_count"] == len(made)
        if invoice["status"] == "paid":
            assert invoice["status_transitions"]["paid_at"] == succeeded[0]["created"]


def test_refunds_add_up_to_what_their_charge_says(stripe: dict[str, Objects]) -> None:
    refunded: Counter[str] = Counter()
    for refund in stripe["refunds"]:
        refunded[refund["charge"]] += refund["amount"]
    for charge in stripe["charges"]:
        assert charge["amount_refunded"] == refunded[charge["id"]] <= charge["amount_captured"]
        assert charge["refunded"] is (0 < charge["amount_refunded"] == charge["amount"])
    partly = [charge for charge in stripe["charges"] if 0 < charge["amount_refunded"] < charge["amount"]]
    assert partly
    assert any(charge["refunded"] for charge in stripe["charges"])
    assert any(count > 1 for count in Counter(refund["charge"] for refund in stripe["refunds"]).values())


def test_all_prices_and_all_ends_of_a_subscription_occur(stripe: dict[str, Objects]) -> None:
    subscriptions = stripe["subscriptions"]
    prices = {subscription["items"]["data"][0]["price"]["id"] for subscription in subscriptions}
    assert prices == {offer.price_id for offer in OFFERS}
    assert {subscription["status"] for subscription in subscriptions} == {"active", "canceled", "past_due"}
    assert any(one["status"] == "active" and one["cancel_at_period_end"] for one in subscriptions)
    reasons = {one["cancellation_details"]["reason"] for one in subscriptions if one["status"] == "canceled"}
    assert reasons == {"cancellation_requested", "payment_failed"}
    assert max(Counter(one["customer"] for one in subscriptions).values()) > 1, "somebody came back"


def test_a_subscription_has_ended_exactly_when_it_is_canceled(stripe: dict[str, Objects], history: History) -> None:
    for subscription in stripe["subscriptions"]:
        item = subscription["items"]["data"][0]
        assert item["current_period_start"] < history.end
        if subscription["status"] == "canceled":
            assert subscription["created"] < subscription["canceled_at"] <= subscription["ended_at"] < history.end
        else:
            assert subscription["ended_at"] is None
            assert item["current_period_end"] >= history.end


def test_subscriptions_of_one_customer_follow_one_another(stripe: dict[str, Objects]) -> None:
    spans = defaultdict(list)
    for subscription in stripe["subscriptions"]:
        spans[subscription["customer"]].append((subscription["created"], subscription["ended_at"]))
    for ordered in map(sorted, spans.values()):
        for (_, ended), (begun, _) in pairwise(ordered):
            assert ended is not None
            assert ended < begun


def test_renewals_follow_one_another_without_gaps(stripe: dict[str, Objects]) -> None:
    periods = defaultdict(list)
    for invoice in stripe["invoices"]:
        if invoice["billing_reason"] != "subscription_update":
            (line,) = invoice["lines"]["data"]
            subscription = invoice["parent"]["subscription_details"]["subscription"]
            periods[subscription].append((line["period"]["start"], line["period"]["end"]))
    assert max(map(len, periods.values())) >= 6
    for ordered in map(sorted, periods.values()):
        assert all(ended == begun for (_, ended), (begun, _) in pairwise(ordered))


def test_an_upgrade_credits_the_old_price_and_bills_the_new_one(stripe: dict[str, Objects]) -> None:
    upgrades = [invoice for invoice in stripe["invoices"] if invoice["billing_reason"] == "subscription_update"]
    assert upgrades
    for invoice in upgrades:
        credit, debit = invoice["lines"]["data"]
        assert credit["amount"] < 0 < debit["amount"]
        assert credit["period"] == debit["period"]
        assert credit["parent"]["subscription_item_details"]["proration"]
        times = MONTHLY_AMOUNTS["studio"][invoice["currency"]] / MONTHLY_AMOUNTS["creator"][invoice["currency"]]
        assert abs(debit["amount"] + times * credit["amount"]) <= times, "both lines are of the same part of a period"


def test_a_downgrade_lowers_the_price_from_one_renewal_to_the_next(stripe: dict[str, Objects]) -> None:
    amounts = defaultdict(list)
    for invoice in stripe["invoices"]:
        if invoice["billing_reason"] != "subscription_update":
            subscription = invoice["parent"]["subscription_details"]["subscription"]
            amounts[subscription].append((invoice["created"], invoice["total"]))
    changes = {
        (before, after)
        for ordered in map(sorted, amounts.values())
        for (_, before), (_, after) in pairwise(ordered)
        if before != after
    }
    assert (6_000, 1_500) in changes
    pairs = {
        (creator * months, studio * months)
        for creator, studio in zip(*(MONTHLY_AMOUNTS[plan].values() for plan in ("creator", "studio")), strict=True)
        for months in (1, 10)
    }
    assert changes <= pairs | {(after, before) for before, after in pairs}


def test_failed_payments_are_tried_again(stripe: dict[str, Objects]) -> None:
    charges = charges_of_invoices(stripe)
    outcomes = {invoice["id"]: invoice["status"] for invoice in stripe["invoices"]}
    stories = Counter((len(made), outcomes[invoice_id]) for invoice_id, made in charges.items())
    assert stories[2, "paid"] > 0
    assert stories[4, "uncollectible"] > 0
    for made in charges.values():
        times = [charge["created"] for charge in made]
        assert times == sorted(set(times))
        assert all(charge["failure_code"] for charge in made[:-1])


def test_renewals_are_drafts_for_an_hour(stripe: dict[str, Objects]) -> None:
    for invoice in stripe["invoices"]:
        finalized_at = invoice["status_transitions"]["finalized_at"]
        assert (invoice["status"] == "draft") is (finalized_at is None) is (invoice["number"] is None)
        if finalized_at and invoice["billing_reason"] == "subscription_cycle":
            assert finalized_at == invoice["created"] + HOUR


def test_events_reach_back_thirty_days_and_tell_of_every_change(stripe: dict[str, Objects], history: History) -> None:
    events = stripe["events"]
    assert all(history.events_start <= event["created"] < history.end for event in events)
    told = Counter((event["type"], event["data"]["object"]["id"]) for event in events)
    expected = {
        "customer.created": ("customers", lambda one: one["created"]),
        "customer.subscription.created": ("subscriptions", lambda one: one["created"]),
        "customer.subscription.deleted": ("subscriptions", lambda one: one["ended_at"]),
        "invoice.created": ("invoices", lambda one: one["created"]),
        "invoice.finalized": ("invoices", lambda one: one["status_transitions"]["finalized_at"]),
        "invoice.paid": ("invoices", lambda one: one["status_transitions"]["paid_at"]),
        "refund.created": ("refunds", lambda one: one["created"]),
    }
    for event_type, (kind, instant) in expected.items():
        recent = {one["id"] for one in stripe[kind] if (instant(one) or 0) >= history.events_start}
        assert recent == {found for told_type, found in told if told_type == event_type}
        assert recent
    deleted = {customer["id"] for customer in stripe["customers"] if customer.get("deleted")}
    assert {found for told_type, found in told if told_type == "customer.deleted"} <= deleted


def test_the_last_event_of_an_object_shows_its_final_state(stripe: dict[str, Objects]) -> None:
    final = {one["id"]: one for kind in ("subscriptions", "invoices", "refunds") for one in stripe[kind]}
    last: dict[str, dict[str, Any]] = {}
    for event in sorted(stripe["events"], key=lambda event: event["created"]):
        last[event["data"]["object"]["id"]] = event["data"]["object"]
    shown = [one_id for one_id in last if one_id in final]
    assert len(shown) > 100
    for one_id in shown:
        assert last[one_id]["status"] == final[one_id]["status"]


def test_events_have_the_shape_of_the_accounts_own_version(stripe: dict[str, Objects]) -> None:
    assert {event["api_version"] for event in stripe["events"]} == {"2024-06-20"}
    paid = next(event["data"]["object"] for event in stripe["events"] if event["type"] == "invoice.paid")
    assert paid["subscription"].startswith("sub_")
    assert "parent" not in paid
    assert "payments" not in paid


def test_everything_of_a_customer_is_in_the_currency_of_the_customers_country(
    stripe: dict[str, Objects], history: History
) -> None:
    countries = {str(person.id): person.country for person in people(7, 1, history)}
    currencies = {}
    for customer in stripe["customers"]:
        expected = {"US": "usd", "TW": "usd", "KR": "usd", "FR": "eur"}.get(
            str(countries[customer["metadata"]["user_id"]])
        )
        assert customer["currency"] == (expected or "jpy")
        currencies[customer["id"]] = customer["currency"]
    for kind in ("subscriptions", "invoices", "charges", "payment_intents", "credit_notes"):
        assert {one["currency"] for one in stripe[kind]} == {"jpy", "usd", "eur"}
        assert all(one["currency"] == currencies[one["customer"]] for one in stripe[kind])
    charges = by_id(stripe["charges"])
    for kind in ("refunds", "disputes"):
        assert all(one["currency"] == charges[one["charge"]]["currency"] for one in stripe[kind])
    prices = {offer.price_id: offer.currency for offer in OFFERS}
    for invoice in stripe["invoices"]:
        for line in invoice["lines"]["data"]:
            assert line["currency"] == invoice["currency"] == prices[line["pricing"]["price_details"]["price"]]


def test_a_line_shows_its_price_as_people_write_it(stripe: dict[str, Objects]) -> None:
    shown = {line["description"].split("(")[-1] for one in stripe["invoices"] for line in one["lines"]["data"]}
    assert shown >= {"at ¥1,500 / month)", "at $11.00 / month)", "at €400.00 / year)"}
