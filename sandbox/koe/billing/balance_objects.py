"""Stripe's objects of payment intents and of the account's balance, in the shape of `catalogue.API_VERSION`.

Field lists: https://docs.stripe.com/api (payment intents, disputes, credit notes, balance transactions, payouts).
"""

from sandbox.koe.billing.objects import Object
from sandbox.koe.currencies import SETTLEMENT
from sandbox.koe.history import DAY

PROCESSING, CONVERSION = "Stripe processing fees", "Stripe currency conversion fee"
FEES_PER_MILLE = {PROCESSING: 36, CONVERSION: 20}
"""What Stripe keeps of a card payment in Japan, and of what it converts."""
AVAILABLE_AFTER = 4 * DAY


def payment_intent(identifier: str, bill: Object, buyer: Object, created: int) -> Object:
    """What is to settle an invoice, before anything was tried."""
    is_first = bill["billing_reason"] == "subscription_create"
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": bill["amount_due"],
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": created,
        "currency": bill["currency"],
        "customer": bill["customer"],
        "description": "Subscription creation" if is_first else "Subscription update",
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "payment_method": buyer["invoice_settings"]["default_payment_method"],
        "payment_method_types": ["card"],
        "receipt_email": buyer["email"],
        "setup_future_usage": "off_session",
        "statement_descriptor": None,
        "status": "requires_confirmation",
    }


def fees(amount: int, exchange_rate: float | None) -> dict[str, int]:
    """What is kept of a payment, in yen as the amount."""
    kinds = (PROCESSING,) if exchange_rate is None else (PROCESSING, CONVERSION)
    return {kind: (amount * FEES_PER_MILLE[kind] + 500) // 1000 for kind in kinds}


def transaction(
    identifier: str,
    kind: str,
    source: str,
    moved: tuple[int, float | None],
    created: int,
    end: int,
    *,
    charged: dict[str, int] | None = None,
    category: str = "",
) -> Object:
    """A movement of the account's balance; what is not there yet at `end` (epoch seconds) is pending.

    `moved` is the amount in yen, and the rate at which it was made of another currency's minor units; `charged` the
    fees by their description.
    """
    amount, exchange_rate = moved
    available_on = created if kind == "payout" else (created + AVAILABLE_AFTER) // DAY * DAY
    details = [
        {"amount": fee, "application": None, "currency": SETTLEMENT, "description": description, "type": "stripe_fee"}
        for description, fee in (charged or {}).items()
    ]
    total = sum((charged or {}).values())
    return {
        "id": identifier,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": created,
        "currency": SETTLEMENT,
        "description": None,
        "exchange_rate": exchange_rate,
        "fee": total,
        "fee_details": details,
        "net": amount - total,
        "reporting_category": category or kind,
        "source": source,
        "status": "available" if available_on < end else "pending",
        "type": kind,
    }


def dispute(identifier: str, paid: Object, reason: str, created: int) -> Object:
    """A charge that its payer's bank wants back; it waits for evidence."""
    return {
        "id": identifier,
        "object": "dispute",
        "amount": paid["amount"],
        "balance_transactions": [],
        "charge": paid["id"],
        "created": created,
        "currency": paid["currency"],
        "evidence": {"customer_email_address": None, "customer_name": None, "uncategorized_text": None},
        "evidence_details": {
            "due_by": created + 9 * DAY,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": paid["payment_intent"],
        "payment_method_details": {
            "card": {"brand": paid["payment_method_details"]["card"]["brand"], "network_reason_code": "4837"},
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def credit_note(identifier: str, line: str, bill: Object, refund: Object, reason: str, memo: str | None) -> Object:
    """What takes a part of a paid invoice back, by a refund."""
    amount, created = refund["amount"], refund["created"]
    return {
        "id": identifier,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": created,
        "currency": bill["currency"],
        "customer": bill["customer"],
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": created,
        "invoice": bill["id"],
        "lines": {
            "object": "list",
            "data": [_credit_note_line(line, amount)],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/credit_notes/{identifier}/lines",
        },
        "livemode": False,
        "memo": memo,
        "metadata": {},
        "number": f"{bill['number']}-CN-01",
        "out_of_band_amount": None,
        "post_payment_amount": amount,
        "pre_payment_amount": 0,
        "reason": reason,
        "refunds": [{"amount_refunded": amount, "refund": refund["id"]}],
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "post_payment",
        "voided_at": None,
    }


def _credit_note_line(identifier: str, amount: int) -> Object:
    return {
        "id": identifier,
        "object": "credit_note_line_item",
        "amount": amount,
        "description": "返金",
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice_line_item": None,
        "livemode": False,
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def payout(identifier: str, transaction_id: str, amount: int, created: int, arrival: int, account: str) -> Object:
    """Money on its way to the company's bank account."""
    return {
        "id": identifier,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": True,
        "balance_transaction": transaction_id,
        "created": created,
        "currency": SETTLEMENT,
        "description": "STRIPE PAYOUT",
        "destination": account,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "type": "bank_account",
    }
