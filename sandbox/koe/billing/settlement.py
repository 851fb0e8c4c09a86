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
from sandbox.koe.history import DAY, History

DISPUTED = 0.02
"""Share of the charges that are disputed, among those that were not refunded."""
DISPUTE_FEE = 1_300
CREDITED = 0.5
"""Share of the refunds that come with a credit note."""
REASONS = ("fraudulent", "product_not_received", "subscription_canceled", "unrecognized")
CLOSED_AFTER = 20 * DAY
MEMOS = (None, "ご返金いたしました", "二重請求のお詫び")

Settled = tuple[int, int]
"""When a transaction's money is available, and how much it is."""


def settle(chance: Random, ledger: Ledger, history: History) -> None:
    """Add to one customer's objects all that follows from them but payouts, which are of all customers together."""
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
            amount = charge["amount"]
            fee = (amount * balance_objects.FEE_PER_MILLE + 500) // 1000
            moved = charge["balance_transaction"], "charge", charge["id"], amount, charge["created"]
            ledger.add("balance_transactions", balance_objects.transaction(*moved, history.end, fee=fee))
            if not charge["amount_refunded"] and chance.random() < DISPUTED:
                _dispute(chance, ledger, charge, history)
    for refund in ledger.kinds["refunds"]:
        moved = refund["balance_transaction"], "refund", refund["id"], -refund["amount"], refund["created"]
        ledger.add("balance_transactions", balance_objects.transaction(*moved, history.end))
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


def _dispute(chance: Random, ledger: Ledger, charge: Object, history: History) -> None:
    at = charge["created"] + chance.randint(3 * DAY, 30 * DAY)
    reason, won = chance.choice(REASONS), chance.random() < 0.4
    if at >= history.end:
        return
    made = ledger.add("disputes", balance_objects.dispute(identifier(chance, "du"), charge, reason, at))
    charge["disputed"] = True
    _move_disputed(chance, ledger, made, at, history, fee=DISPUTE_FEE)
    ledger.report("charge.dispute.created", made, at)
    ledger.report("charge.dispute.funds_withdrawn", made, at)
    closed_at = at + CLOSED_AFTER
    if closed_at < history.end:
        made["status"] = "won" if won else "lost"
        if won:
            _move_disputed(chance, ledger, made, closed_at, history, back=True)
            ledger.report("charge.dispute.funds_reinstated", made, closed_at)
        ledger.report("charge.dispute.closed", made, closed_at, {"status": "needs_response"})


def _move_disputed(
    chance: Random, ledger: Ledger, disputed: Object, at: int, history: History, *, fee: int = 0, back: bool = False
) -> None:
    amount = disputed["amount"] if back else -disputed["amount"]
    category = "dispute_reversal" if back else "dispute"
    moved = identifier(chance, "txn"), "adjustment", disputed["id"], amount, at
    made = balance_objects.transaction(*moved, history.end, fee=fee, category=category)
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
    moved = names[1], "payout", names[0], -amount, at
    ledger.add("balance_transactions", balance_objects.transaction(*moved, history.end))
    ledger.report("payout.created", made, at)
    if arrival < history.end:
        made |= {"status": "paid", "reconciliation_status": "completed"}
        ledger.report("payout.paid", made, arrival, {"status": "in_transit"})
