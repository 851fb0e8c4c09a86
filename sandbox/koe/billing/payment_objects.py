"""Stripe's objects of payments, in the shape of `catalogue.API_VERSION`, as they are when they are made.

Field lists: https://docs.stripe.com/api (charges, invoice payments, refunds).
"""

from random import Random

from sandbox.koe.billing.objects import Object, identifier

Decline = tuple[str, str] | None
"""A code and a message, or None for a payment that succeeds."""
CARDS = (("visa", "4242"), ("mastercard", "4444"), ("jcb", "0505"), ("amex", "0005"))


def card(chance: Random) -> Object:
    brand, last4 = chance.choice(CARDS)
    return {
        "brand": brand,
        "country": "JP",
        "exp_month": chance.randint(1, 12),
        "exp_year": 2030,
        "funding": "credit",
        "last4": last4,
        "network": brand,
    }


def charge(
    chance: Random, buyer: Object, paid_with: Object, bill: Object, payment_intent: str, created: int, failure: Decline
) -> Object:
    """A card payment for an invoice: succeeded, or declined."""
    amount = bill["amount_due"]
    created_now = bill["billing_reason"] == "subscription_create"
    return {
        "id": identifier(chance, "ch"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if failure else amount,
        "amount_refunded": 0,
        "application": None,
        "balance_transaction": None if failure else identifier(chance, "txn"),
        "billing_details": {
            "address": buyer["address"],
            "email": buyer["email"],
            "name": buyer["name"],
            "phone": None,
            "tax_id": None,
        },
        "captured": failure is None,
        "created": created,
        "currency": bill["currency"],
        "customer": buyer["id"],
        "description": "Subscription creation" if created_now else "Subscription update",
        "disputed": False,
        "failure_code": failure[0] if failure else None,
        "failure_message": failure[1] if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": {
            "network_status": "declined_by_network" if failure else "approved_by_network",
            "reason": failure[0] if failure else None,
            "risk_level": "normal",
            "risk_score": chance.randint(0, 60),
            "seller_message": failure[1] if failure else "Payment complete.",
            "type": "issuer_declined" if failure else "authorized",
        },
        "paid": failure is None,
        "payment_intent": payment_intent,
        "payment_method": buyer["invoice_settings"]["default_payment_method"],
        "payment_method_details": {"card": paid_with, "type": "card"},
        "receipt_email": buyer["email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "status": "failed" if failure else "succeeded",
    }


def invoice_payment(chance: Random, bill: Object, payment_intent: str, created: int) -> Object:
    """What ties an invoice to its payment: since Basil neither of the two names the other."""
    return {
        "id": identifier(chance, "inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": bill["amount_due"],
        "created": created,
        "currency": bill["currency"],
        "invoice": bill["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": payment_intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def refund(chance: Random, paid: Object, amount: int, created: int) -> Object:
    return {
        "id": identifier(chance, "re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": identifier(chance, "txn"),
        "charge": paid["id"],
        "created": created,
        "currency": paid["currency"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": {},
        "payment_intent": paid["payment_intent"],
        "reason": chance.choice(("requested_by_customer", "requested_by_customer", "duplicate", None)),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
