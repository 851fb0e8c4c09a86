"""Stripe's objects in the shape of `catalogue.API_VERSION`, as they are when they are made.

Field lists: https://docs.stripe.com/api (customers, subscriptions, invoices, invoice line items).
"""

from random import Random
from typing import Any

from sandbox.koe.billing.catalogue import Offer, price
from sandbox.koe.chance import BASE62
from sandbox.koe.currencies import currency_of, shown
from sandbox.koe.names import address
from sandbox.koe.people import Person

Object = dict[str, Any]
TOTALS = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_due", "amount_remaining")


def identifier(chance: Random, prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(chance.choices(BASE62, k=length))}"


def customer(chance: Random, person: Person, created: int) -> Object:
    return {
        "id": identifier(chance, "cus", 14),
        "object": "customer",
        "address": address(chance, person.country or "JP"),
        "balance": 0,
        "created": created,
        "currency": currency_of(person.country),
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": person.email,
        "invoice_prefix": "".join(chance.choices(BASE62[:36], k=8)),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": identifier(chance, "pm"),
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {"user_id": str(person.id)},
        "name": person.name,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [person.locale],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def subscription(chance: Random, buyer: Object, offer: Offer, created: int, period_end: int, priced_at: int) -> Object:
    """An active subscription with one item."""
    subscription_id = identifier(chance, "sub")
    item: Object = {
        "id": identifier(chance, "si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "current_period_end": period_end,
        "current_period_start": created,
        "discounts": [],
        "metadata": {},
        "price": price(offer, priced_at),
        "quantity": 1,
        "subscription": subscription_id,
        "tax_rates": [],
    }
    return {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": created,
        "billing_mode": {"type": "classic"},
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": created,
        "currency": offer.currency,
        "customer": buyer["id"],
        "days_until_due": None,
        "default_payment_method": buyer["invoice_settings"]["default_payment_method"],
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "items": _list([item], f"/v1/subscription_items?subscription={subscription_id}"),
        "latest_invoice": None,
        "livemode": False,
        "metadata": dict(buyer["metadata"]),
        "next_pending_invoice_item_invoice": None,
        "pause_collection": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": created,
        "status": "active",
        "test_clock": None,
        "trial_end": None,
        "trial_start": None,
    }


def invoice(chance: Random, buyer: Object, bought: Object, reason: str, created: int, period_start: int) -> Object:
    """A draft without lines; `period_start` to `created` is the time of usage that it closes."""
    invoice_id = identifier(chance, "in")
    return {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "JP",
        "account_name": "Koe",
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatically_finalizes_at": created + 3600,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": created,
        "currency": bought["currency"],
        "customer": buyer["id"],
        "customer_address": buyer["address"],
        "customer_email": buyer["email"],
        "customer_name": buyer["name"],
        "customer_phone": None,
        "customer_tax_exempt": "none",
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": _list([], f"/v1/invoices/{invoice_id}/lines"),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": created + 3600,
        "number": None,
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": dict(bought["metadata"]), "subscription": bought["id"]},
            "type": "subscription_details",
        },
        "period_end": created,
        "period_start": period_start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": None,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": created,
    }


def add_line(
    chance: Random,
    bill: Object,
    bought: Object,
    offer: Offer,
    amount: int,
    period: tuple[int, int],
    proration: str = "",
) -> None:
    """Add a line to a draft, and its amount to the totals. `proration` says what a line for a change of plan is for."""
    item = bought["items"]["data"][0]
    bill["lines"]["data"].append(
        {
            "id": identifier(chance, "il"),
            "object": "line_item",
            "amount": amount,
            "currency": offer.currency,
            "description": proration or _description(offer),
            "discount_amounts": [],
            "discountable": not proration,
            "discounts": [],
            "invoice": bill["id"],
            "livemode": False,
            "metadata": dict(bought["metadata"]),
            "parent": {
                "invoice_item_details": None,
                "subscription_item_details": {
                    "invoice_item": identifier(chance, "ii") if proration else None,
                    "proration": bool(proration),
                    "proration_details": {"credited_items": None},
                    "subscription": bought["id"],
                    "subscription_item": item["id"],
                },
                "type": "subscription_item_details",
            },
            "period": {"end": period[1], "start": period[0]},
            "pretax_credit_amounts": [],
            "pricing": {
                "price_details": {"price": offer.price_id, "product": offer.product_id},
                "type": "price_details",
                "unit_amount_decimal": str(offer.amount),
            },
            "quantity": 1,
            "taxes": [],
        }
    )
    bill["lines"]["total_count"] += 1
    for total in TOTALS:
        bill[total] += amount


def _description(offer: Offer) -> str:
    return f"1 × {offer.product_name} (at {shown(offer.amount, offer.currency)} / {offer.interval})"  # noqa: RUF001


def _list(data: list[Object], url: str) -> Object:
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}
