"""Collecting invoices: charges that succeed, fail and are tried again, and refunds."""

from random import Random

from sandbox.koe.billing import payment_objects
from sandbox.koe.billing.decisions import Decisions
from sandbox.koe.billing.ledger import Ledger
from sandbox.koe.billing.objects import Object, identifier
from sandbox.koe.history import DAY, HOUR

FINALIZED_AFTER = HOUR
"""Stripe keeps a renewal's invoice as a draft for about an hour."""
ATTEMPTS_AFTER = (0, 3 * DAY, 5 * DAY, 7 * DAY)
DECLINES = (
    ("card_declined", "Your card was declined."),
    ("insufficient_funds", "Your card has insufficient funds."),
    ("expired_card", "Your card has expired."),
)


class Payments:
    """One customer's payments. Nothing happens at `end` (epoch seconds) or later."""

    def __init__(self, chance: Random, decisions: Decisions, ledger: Ledger, customer: Object, end: int) -> None:
        self._chance = chance
        self._decisions = decisions
        self._ledger = ledger
        self._customer = customer
        self._end = end
        self._card = payment_objects.card(chance)

    def collect(self, bill: Object, bought: Object, at: int) -> int | None:
        """Finalize an invoice and charge it, again if need be; when it was paid, or None while it is not.

        The first invoice of a subscription is paid in the checkout. A subscription whose renewal stays unpaid is
        past due and in the end cancelled.
        """
        if bill["billing_reason"] == "subscription_create":
            return self.collect_at_once(bill, at)
        if at >= self._end:
            return None
        payment = self._finalize(bill, at)
        failures = self._decisions.failed_attempts(at)
        for attempt, delay in enumerate(ATTEMPTS_AFTER):
            tried_at = at + delay + 30
            if tried_at >= self._end:
                return None
            if attempt == failures:
                self._succeed(bill, payment, tried_at)
                self._recover(bought, tried_at)
                return tried_at
            last = attempt == len(ATTEMPTS_AFTER) - 1
            next_attempt = None if last else at + ATTEMPTS_AFTER[attempt + 1] + 30
            self._fail(bill, bought, payment, tried_at, next_attempt)
        self._give_up(bill, bought, tried_at + 1)
        return None

    def collect_at_once(self, bill: Object, at: int) -> int:
        """Finalize and charge an invoice whose payment is part of the customer's own action."""
        paid_at = min(at + 2, self._end - 1)
        self._succeed(bill, self._finalize(bill, at), paid_at)
        return paid_at

    def void_open(self, bought: Object, at: int) -> None:
        """Void the subscription's unpaid invoice, if there is one."""
        for bill in self._ledger.kinds["invoices"]:
            if bill["id"] == bought["latest_invoice"] and bill["status"] in ("draft", "open"):
                if bill["status"] == "draft":
                    self._finalize(bill, at)
                bill["status"] = "void"
                bill["next_payment_attempt"] = None
                bill["auto_advance"] = False
                bill["status_transitions"]["voided_at"] = at
                self._ledger.report("invoice.voided", bill, at)

    def _finalize(self, bill: Object, at: int) -> Object:
        """Give the invoice its number and the payment that is to settle it."""
        payment = payment_objects.invoice_payment(self._chance, bill, identifier(self._chance, "pi"), at)
        bill["payments"] = {
            "object": "list",
            "data": [payment],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/invoice_payments?invoice={bill['id']}",
        }
        bill["number"] = f"{self._customer['invoice_prefix']}-{self._customer['next_invoice_sequence']:04d}"
        self._customer["next_invoice_sequence"] += 1
        bill["status"] = "open"
        bill["effective_at"] = at
        bill["automatically_finalizes_at"] = None
        bill["ending_balance"] = 0
        bill["status_transitions"]["finalized_at"] = at
        self._ledger.report("invoice.finalized", bill, at)
        return payment

    def _charge(self, bill: Object, payment: Object, at: int, failure: payment_objects.Decline) -> Object:
        bill["attempt_count"] += 1
        bill["attempted"] = True
        intent = payment["payment"]["payment_intent"]
        made = payment_objects.charge(self._chance, self._customer, self._card, bill, intent, at, failure)
        return self._ledger.add("charges", made)

    def _succeed(self, bill: Object, payment: Object, at: int) -> None:
        charge = self._charge(bill, payment, at, None)
        payment["amount_paid"] = bill["amount_due"]
        payment["status"] = "paid"
        payment["status_transitions"]["paid_at"] = at
        bill["amount_paid"] = bill["amount_due"]
        bill["amount_remaining"] = 0
        bill["status"] = "paid"
        bill["auto_advance"] = False
        bill["next_payment_attempt"] = None
        bill["status_transitions"]["paid_at"] = at
        self._ledger.report("charge.succeeded", charge, at)
        self._ledger.report("invoice.paid", bill, at)
        if self._decisions.is_refunded(at):
            self._refund(charge, at)

    def _fail(self, bill: Object, bought: Object, payment: Object, at: int, next_attempt: int | None) -> None:
        charge = self._charge(bill, payment, at, self._chance.choice(DECLINES))
        bill["next_payment_attempt"] = next_attempt
        self._ledger.report("charge.failed", charge, at)
        self._ledger.report("invoice.payment_failed", bill, at)
        if bought["status"] == "active":
            bought["status"] = "past_due"
            self._customer["delinquent"] = True
            self._ledger.report("customer.subscription.updated", bought, at, {"status": "active"})
            self._ledger.report("customer.updated", self._customer, at, {"delinquent": False})

    def _recover(self, bought: Object, at: int) -> None:
        if bought["status"] == "past_due":
            bought["status"] = "active"
            self._customer["delinquent"] = False
            self._ledger.report("customer.subscription.updated", bought, at, {"status": "past_due"})
            self._ledger.report("customer.updated", self._customer, at, {"delinquent": True})

    def _give_up(self, bill: Object, bought: Object, at: int) -> None:
        bill["status"] = "uncollectible"
        bill["auto_advance"] = False
        bill["status_transitions"]["marked_uncollectible_at"] = at
        self._ledger.report("invoice.marked_uncollectible", bill, at)
        bought["status"] = "canceled"
        bought["canceled_at"] = at
        bought["ended_at"] = at
        bought["cancellation_details"]["reason"] = "payment_failed"
        self._ledger.report("customer.subscription.deleted", bought, at)

    def _refund(self, charge: Object, paid_at: int) -> None:
        """Give back all of a charge, a part, or two parts."""
        amount = charge["amount"]
        parts = self._chance.choice(((amount,), (amount,), (amount // 3,), (amount // 2,), (amount // 4, amount // 5)))
        at = paid_at
        for part in parts:
            at += self._chance.randint(HOUR, 4 * DAY)
            if at >= self._end:
                return
            refund = self._ledger.add("refunds", payment_objects.refund(self._chance, charge, part, at))
            previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
            charge["amount_refunded"] += part
            charge["refunded"] = charge["amount_refunded"] == amount
            self._ledger.report("refund.created", refund, at)
            self._ledger.report("charge.refunded", charge, at, previous)
