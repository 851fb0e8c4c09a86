"""The money behind invoices, charges and refunds: every yen of it comes from somewhere and goes somewhere."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.koe.billing import catalogue
from sandbox.koe.currencies import published
from sandbox.koe.history import DAY, History

Objects = list[dict[str, Any]]


def by_id(objects: Objects) -> dict[str, dict[str, Any]]:
    found = {one["id"]: one for one in objects}
    assert len(found) == len(objects), "an id occurs twice"
    return found


def test_a_charge_belongs_to_a_payment_intent_that_knows_how_it_ended(stripe: dict[str, Objects]) -> None:
    intents, charges = by_id(stripe["payment_intents"]), defaultdict(list)
    for charge in stripe["charges"]:
        charges[charge["payment_intent"]].append(charge)
    assert charges.keys() <= intents.keys()
    for name, intent in intents.items():
        made = charges[name]
        assert intent["latest_charge"] == (made[-1]["id"] if made else None)
        assert (intent["status"] == "succeeded") is any(charge["paid"] for charge in made)
        assert intent["amount_received"] == sum(charge["amount_captured"] for charge in made)
        assert {charge["amount"] for charge in made} <= {intent["amount"]}
    assert {intent["status"] for intent in intents.values()} >= {"succeeded", "requires_payment_method"}


def in_yen(one: dict[str, Any], sign: int, exchange_rate: float | None) -> int:
    """What a charge, refund or dispute moves on the balance."""
    exact = sign * one["amount"] * Decimal(str(exchange_rate or 1))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def test_each_movement_of_money_is_one_balance_transaction_of_its_amount(stripe: dict[str, Objects]) -> None:
    moved = by_id(stripe["balance_transactions"])
    sources = {charge["balance_transaction"]: (charge, 1) for charge in stripe["charges"] if charge["paid"]}
    sources |= {refund["balance_transaction"]: (refund, -1) for refund in stripe["refunds"]}
    sources |= {payout["balance_transaction"]: (payout, -1) for payout in stripe["payouts"]}
    for dispute in stripe["disputes"]:
        [withdrawn, *reinstated] = (one["id"] for one in dispute["balance_transactions"])
        sources |= {withdrawn: (dispute, -1)} | {name: (dispute, 1) for name in reinstated}
    assert moved.keys() == sources.keys()
    for name, one in moved.items():
        assert one["amount"] == in_yen(*sources[name], one["exchange_rate"])
        assert (one["exchange_rate"] is None) is (sources[name][0]["currency"] == "jpy")
        assert one["currency"] == "jpy"
    for one in moved.values():
        assert one["net"] == one["amount"] - one["fee"]
        assert one["fee"] == sum(detail["amount"] for detail in one["fee_details"])
        assert one["created"] <= one["available_on"] <= one["created"] + 4 * DAY


def test_money_is_converted_at_the_newest_rate_of_its_day_and_pays_for_it(
    stripe: dict[str, Objects], history: History
) -> None:
    rates = {(rate.currency, rate.day): rate.jpy_per_unit for rate in published(7, history)}
    currencies = {charge["balance_transaction"]: charge["currency"] for charge in stripe["charges"]}
    currencies |= {refund["balance_transaction"]: refund["currency"] for refund in stripe["refunds"]}
    converted = [one for one in stripe["balance_transactions"] if one["exchange_rate"] and one["id"] in currencies]
    assert {one["type"] for one in converted} == {"charge", "refund"}
    for one in converted:
        day = datetime.fromtimestamp(one["created"], ZoneInfo("Asia/Tokyo")).date()
        friday = day - timedelta(days=max(0, day.weekday() - 4))
        assert Decimal(str(one["exchange_rate"])) * 100 == rates[currencies[one["id"]], friday]
        assert len(one["fee_details"]) == (2 if one["type"] == "charge" else 0)


def test_a_payout_is_the_sum_of_what_became_available_since_the_last(stripe: dict[str, Objects]) -> None:
    made = sorted(stripe["payouts"], key=lambda payout: payout["created"])
    assert len(made) > 30
    last = 0
    for payout in made:
        nets = [
            one["net"]
            for one in stripe["balance_transactions"]
            if one["type"] != "payout" and last < one["available_on"] <= payout["created"]
        ]
        assert payout["amount"] == sum(nets) > 0
        assert payout["created"] // DAY % 7 == 4, "a Monday"
        last = payout["created"]
    assert {payout["status"] for payout in made} >= {"paid"}


def test_what_is_not_available_yet_at_the_end_is_pending(stripe: dict[str, Objects], history: History) -> None:
    for one in stripe["balance_transactions"]:
        assert one["status"] == ("available" if one["available_on"] < history.end else "pending")
    assert {one["status"] for one in stripe["balance_transactions"]} == {"available", "pending"}


def test_disputes_take_their_charge_back_and_a_won_one_returns_it(stripe: dict[str, Objects]) -> None:
    charges = by_id(stripe["charges"])
    assert {dispute["charge"] for dispute in stripe["disputes"]} == {
        charge["id"] for charge in stripe["charges"] if charge["disputed"]
    }
    for dispute in stripe["disputes"]:
        charge = charges[dispute["charge"]]
        assert (dispute["amount"], charge["refunded"], charge["paid"]) == (charge["amount"], False, True)
        categories = [one["reporting_category"] for one in dispute["balance_transactions"]]
        assert categories == ["dispute", "dispute_reversal"][: 2 if dispute["status"] == "won" else 1]
    assert {dispute["status"] for dispute in stripe["disputes"]} == {"needs_response", "won", "lost"}


def test_a_credit_note_takes_a_refund_off_its_invoice(stripe: dict[str, Objects]) -> None:
    invoices, refunds = by_id(stripe["invoices"]), by_id(stripe["refunds"])
    credited: Counter[str] = Counter()
    for note in stripe["credit_notes"]:
        [back] = note["refunds"]
        assert note["amount"] == back["amount_refunded"] == refunds[back["refund"]]["amount"]
        assert note["customer"] == invoices[note["invoice"]]["customer"]
        credited[note["invoice"]] += note["amount"]
    assert credited
    for name, invoice in invoices.items():
        assert invoice["post_payment_credit_notes_amount"] == credited[name] <= invoice["amount_paid"]


def test_the_events_of_money_show_what_came_of_it(stripe: dict[str, Objects]) -> None:
    told = Counter(event["type"] for event in stripe["events"])
    assert told.keys() >= {
        *("payment_intent.created", "payment_intent.succeeded", "payment_intent.payment_failed"),
        *("charge.dispute.created", "credit_note.created", "payout.created", "payout.paid"),
    }


def test_one_coupon_is_deleted_and_one_tax_rate_is_in_force(history: History) -> None:
    assert [coupon.get("deleted", False) for coupon in catalogue.coupons(history.launch)] == [False, False, True]
    assert [rate["active"] for rate in catalogue.tax_rates(history.launch)] == [True, False]
