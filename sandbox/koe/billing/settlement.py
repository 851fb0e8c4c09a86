"""What became of the money: payment intents, disputes, credit notes, the account's balance and its payouts.

All of it follows from invoices, charges and refunds, which are made first.
"""

from collections import defaultdict
from collections.abc import Iterable
from random import Random

from sandbox.koe.billing import balance_objects
from sandbox.koe.billing.ledger import Ledger
from sandbox.koe.billing.objects import Object, identifier
from sandbox.koe.chance import stream
from sandbox.koe.currencies import ExchangeRates
from sandbox.koe.history import DAY, History

DISPUTED = 0.02
"""Share of the charges that are disputed, among those that were not refunded."""
DISPUTE_FEE = {"Dispute fee": 1_300}
"""In yen."""
CREDITED = 0.5
"""Share of the refunds that come with a credit note."""
REASONS = ("fraudulent", "product_not_received", "subscription_canceled", "unrecognized")
CLOSED_AFTER = 20 * DAY
MEMOS = (None, "ご返金いたしました", "二重請求のお詫び")

Settled = tuple[int, int]
"""When a transaction's money is available, and how much it is."""


def settle(chance: Random, ledger: Ledger, rates: ExchangeRates, history: History) -> None:
    """Add to one customer's objects all that follows from them but payouts, which are of all customers together.

    What moves is converted into yen at the day's own rate, refunds and disputes too:
    https://docs.stripe.com/currencies/disputes-refunds
    """
    (buyer,) = ledger.kinds["customers"]
    charges = defaultdict(list)
    for charge in ledger.kinds["charges"]:
        charges[charge["payment_intent"]].append(charge)
    bills = {}
    for bill in ledger.kinds["invoices"]:
        for payment in bill.get("payments", {}).get("data", []):
            name = payment["payment"]["payment_intent"]
            bills[name] = bill
            _pay(ledger, balance_objects.payment_intent(name, bill, buyer, payment["created"]), bill, charges[name])
    for charge in ledger.kinds["charges"]:
        if charge["paid"]:
            moved = rates.in_yen(charge["amount"], charge["currency"], charge["created"])
            kept = balance_objects.fees(*moved)
            parts = charge["balance_transaction"], "charge", charge["id"], moved, charge["created"]
            ledger.add("balance_transactions", balance_objects.transaction(*parts, history.end, charged=kept))
            if not charge["amount_refunded"] and chance.random() < DISPUTED:
                _dispute(chance, ledger, charge, rates, history)
    for refund in ledger.kinds["refunds"]:
        moved = rates.in_yen(-refund["amount"], refund["currency"], refund["created"])
        parts = refund["balance_transaction"], "refund", refund["id"], moved, refund["created"]
        ledger.add("balance_transactions", balance_objects.transaction(*parts, history.end))
        bill = bills[refund["payment_intent"]]
        if not bill["post_payment_credit_notes_amount"] and chance.random() < CREDITED:
            _credit(chance, ledger, bill, refund)


def payouts(seed: int, settled: Iterable[Settled], history: History) -> Ledger:
    """A payout each Monday of all that has become available since the last, with the transactions that make it."""
    chance = stream(seed, "payouts")
    ledger, account = Ledger(chance, history), identifier(chance, "ba")
    waiting, amount = sorted(settled, reverse=True), 0
    first = history.launch // DAY
    monday = first + (4 - first) % 7  # the epoch began on a Thursday
    for at in range(monday * DAY, history.end, 7 * DAY):
        while waiting and waiting[-1][0] <= at:
            amount += waiting.pop()[1]
        if amount > 0:
            _pay_out(chance, ledger, account, amount, at, history)
            amount = 0
    return ledger


def _pay(ledger: Ledger, intent: Object, bill: Object, charges: list[Object]) -> None:
    """An intent's way through its charges, told event by event."""
    ledger.add("payment_intents", intent)
    ledger.report("payment_intent.created", intent, intent["created"])
    for charge in charges:
        intent["latest_charge"] = charge["id"]
        if charge["paid"]:
            intent |= {"status": "succeeded", "amount_received": charge["amount"], "last_payment_error": None}
            ledger.report("payment_intent.succeeded", intent, charge["created"])
        else:
            error = {"code": charge["failure_code"], "message": charge["failure_message"], "type": "card_error"}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            ledger.report("payment_intent.payment_failed", intent, charge["created"])
    if bill["status"] == "void":
        voided_at = bill["status_transitions"]["voided_at"]
        intent |= {"status": "canceled", "canceled_at": voided_at, "cancellation_reason": "void_invoice"}
        ledger.report("payment_intent.canceled", intent, voided_at)


def _dispute(chance: Random, ledger: Ledger, charge: Object, rates: ExchangeRates, history: History) -> None:
    at = charge["created"] + chance.randint(3 * DAY, 30 * DAY)
    reason, won = chance.choice(REASONS), chance.random() < 0.4
    if at >= history.end:
        return
    made = ledger.add("disputes", balance_objects.dispute(identifier(chance, "du"), charge, reason, at))
    charge["disputed"] = True
    withdrawn = rates.in_yen(-made["amount"], made["currency"], at)
    _move_disputed(chance, ledger, made, withdrawn, at, history, "dispute", DISPUTE_FEE)
    ledger.report("charge.dispute.created", made, at)
    ledger.report("charge.dispute.funds_withdrawn", made, at)
    closed_at = at + CLOSED_AFTER
    if closed_at < history.end:
        made["status"] = "won" if won else "lost"
        if won:
            reinstated = rates.in_yen(made["amount"], made["currency"], closed_at)
            _move_disputed(chance, ledger, made, reinstated, closed_at, history, "dispute_reversal")
            ledger.report("charge.dispute.funds_reinstated", made, closed_at)
        ledger.report("charge.dispute.closed", made, closed_at, {"status": "needs_response"})


def _move_disputed(
    chance: Random,
    ledger: Ledger,
    disputed: Object,
    moved: tuple[int, float | None],
    at: int,
    history: History,
    category: str,
    charged: dict[str, int] | None = None,
) -> None:
    parts = identifier(chance, "txn"), "adjustment", disputed["id"], moved, at, history.end
    made = balance_objects.transaction(*parts, charged=charged, category=category)
    disputed["balance_transactions"].append(ledger.add("balance_transactions", made))


def _credit(chance: Random, ledger: Ledger, bill: Object, refund: Object) -> None:
    reason = "duplicate" if refund["reason"] == "duplicate" else "product_unsatisfactory"
    names = identifier(chance, "cn"), identifier(chance, "cnli")
    note = ledger.add("credit_notes", balance_objects.credit_note(*names, bill, refund, reason, chance.choice(MEMOS)))
    bill["post_payment_credit_notes_amount"] += note["amount"]
    ledger.report("credit_note.created", note, note["created"])


def _pay_out(chance: Random, ledger: Ledger, account: str, amount: int, at: int, history: History) -> None:
    names = identifier(chance, "po"), identifier(chance, "txn")
    arrival = at + 2 * DAY
    made = ledger.add("payouts", balance_objects.payout(*names, amount, at, arrival, account))
    parts = names[1], "payout", names[0], (-amount, None), at
    ledger.add("balance_transactions", balance_objects.transaction(*parts, history.end))
    ledger.report("payout.created", made, at)
    if arrival < history.end:
        made |= {"status": "paid", "reconciliation_status": "completed"}
        ledger.report("payout.paid", made, arrival, {"status": "in_transit"})
