"""What a new object of each kind looks like before the caller's parameters are put in, in the newest shape.

The fields are those of https://docs.stripe.com/api that the sample business or a test of the platform reads; the rest
of an object's many fields is left out.
"""

import copy
from collections.abc import Mapping
from typing import Any

_TEMPLATES: Mapping[str, dict[str, Any]] = {
    "customers": {
        "address": None,
        "balance": 0,
        "currency": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "name": None,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
    },
    "products": {"active": True, "default_price": None, "description": None, "images": [], "name": None, "url": None},
    "prices": {
        "active": True,
        "billing_scheme": "per_unit",
        "currency": None,
        "lookup_key": None,
        "nickname": None,
        "product": None,
        "recurring": None,
        "tax_behavior": "unspecified",
        "type": "one_time",
        "unit_amount": None,
    },
    "coupons": {
        "amount_off": None,
        "currency": None,
        "duration": "once",
        "duration_in_months": None,
        "max_redemptions": None,
        "name": None,
        "percent_off": None,
        "times_redeemed": 0,
        "valid": True,
    },
    "subscriptions": {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "collection_method": "charge_automatically",
        "currency": None,
        "customer": None,
        "description": None,
        "discounts": [],
        "ended_at": None,
        "latest_invoice": None,
        "start_date": None,
        "status": "active",
        "trial_end": None,
    },
    "invoices": {
        "amount_due": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "auto_advance": False,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "currency": "jpy",
        "customer": None,
        "description": None,
        "due_date": None,
        "lines": {"object": "list", "data": [], "has_more": False, "total_count": 0},
        "number": None,
        "parent": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": 0,
        "total": 0,
        "total_taxes": [],
    },
    "charges": {
        "amount": None,
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": True,
        "currency": None,
        "customer": None,
        "description": None,
        "disputed": False,
        "paid": True,
        "payment_intent": None,
        "refunded": False,
        "status": "succeeded",
    },
    "payment_intents": {
        "amount": None,
        "amount_received": 0,
        "currency": None,
        "customer": None,
        "description": None,
        "latest_charge": None,
        "status": "requires_payment_method",
    },
    "refunds": {
        "amount": None,
        "balance_transaction": None,
        "charge": None,
        "currency": None,
        "payment_intent": None,
        "reason": None,
        "status": "succeeded",
    },
    "credit_notes": {
        "amount": None,
        "currency": None,
        "customer": None,
        "invoice": None,
        "memo": None,
        "reason": None,
        "status": "issued",
    },
    "payouts": {
        "amount": None,
        "arrival_date": None,
        "currency": None,
        "description": None,
        "destination": None,
        "method": "standard",
        "status": "pending",
    },
    "tax_rates": {
        "active": True,
        "country": None,
        "description": None,
        "display_name": None,
        "inclusive": None,
        "percentage": None,
    },
}

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "products": ("name",),
    "prices": ("currency", "product", "unit_amount"),
    "subscriptions": ("customer", "items"),
    "invoices": ("customer",),
    "charges": ("amount", "currency"),
    "payment_intents": ("amount", "currency"),
    "refunds": ("charge",),
    "credit_notes": ("invoice", "amount"),
    "payouts": ("amount", "currency"),
    "tax_rates": ("display_name", "inclusive", "percentage"),
}


def can_create(kind: str) -> bool:
    return kind in _TEMPLATES


def new(kind: str, object_name: str, identifier: str, now: int) -> dict[str, Any]:
    """A new object; `now` is its `created` in Unix seconds."""
    head = {"id": identifier, "object": object_name, "created": now, "livemode": False, "metadata": {}}
    return {**head, **copy.deepcopy(_TEMPLATES[kind])}
