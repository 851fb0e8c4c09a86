"""What Stripe's kinds of objects have in common, and in what they differ when their changes are to be found.

Every fact of the table below is one of these:

- Lists take bounds of `created`, come newest first, and know nothing of changes. Only two kinds have no list of their
  own: items are listed for one subscription (https://docs.stripe.com/api/subscription_items/list) and lines for one
  invoice (https://docs.stripe.com/api/invoices/invoice_lines); both lie in their parents, so they are taken from there.
- Events tell of changes, by type: https://docs.stripe.com/api/events/types. `type` takes a group such as `charge.*`:
  https://docs.stripe.com/api/events/list. A change of a part makes no event of the whole, so that an event about a
  dispute is also one about its charge. They reach back 30 days and are listed a little after they happen.
- A deleted object is not in its list any more. A customer can still be fetched and answers `deleted: true`
  (https://docs.stripe.com/api/customers/delete); products, prices, coupons, draft invoices and subscription items
  answer 404; the other kinds cannot be deleted. A canceled subscription is not deleted.
- Refunds of some ways of payment change without an event (`charge.refund.updated` is sent for selected ones), and
  balance transactions have no events, though they turn from pending to available days after they were made
  (https://docs.stripe.com/api/balance_transactions/object).
- Lines of a draft have ids of their own, `il_tmp_...` (https://docs.stripe.com/api/invoices/invoice_lines), until it is
  finalized, by default after an hour: https://docs.stripe.com/billing/subscriptions/usage-based/configure-grace-period.
  The lines that a draft had within the overlap are found again in its events; of one that was kept for longer, the
  former lines stay until the next full list.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

EVENTS_REACH: Final = datetime.timedelta(days=30)
"""How far events reach back: https://docs.stripe.com/api/events"""

_HOUR: Final = datetime.timedelta(hours=1)
_DAY: Final = datetime.timedelta(days=1)


@dataclass(frozen=True)
class StripeKind:
    """A kind of object, by the name that contracts give as `relation`.

    `object` is what its objects have as `object`. `events` are the types that announce changes, groups ending in `*`;
    an event is about the object of this kind that it shows, or about the one that an object of a kind in `through`
    names in a field called like this kind. `overlap` is how far before a window events and new objects are read again,
    `lookback` the same for objects that change without an event, unless the contract says otherwise.

    `parent` is the list that holds its objects, and `place` where in a parent they lie; none for a list of its own.
    """

    object: str
    events: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    overlap: datetime.timedelta = _HOUR
    lookback: datetime.timedelta = datetime.timedelta()
    parent: str | None = None
    place: str = ""


KINDS: Final[Mapping[str, StripeKind]] = {
    "customers": StripeKind("customer", ("customer.*",), ("discount",)),
    "products": StripeKind("product", ("product.*",)),
    "prices": StripeKind("price", ("price.*",)),
    "coupons": StripeKind("coupon", ("coupon.*",)),
    "subscriptions": StripeKind("subscription", ("customer.subscription.*", "customer.discount.*"), ("discount",)),
    "subscription_items": StripeKind(
        "subscription_item", overlap=_DAY, lookback=_DAY, parent="subscriptions", place="items"
    ),
    "invoices": StripeKind("invoice", ("invoice.*", "invoiceitem.*", "credit_note.*"), ("invoiceitem", "credit_note")),
    "invoice_lines": StripeKind("line_item", overlap=3 * _DAY, lookback=3 * _DAY, parent="invoices", place="lines"),
    "charges": StripeKind("charge", ("charge.*", "refund.*"), ("dispute", "refund")),
    "payment_intents": StripeKind("payment_intent", ("payment_intent.*",)),
    "refunds": StripeKind("refund", ("refund.*", "charge.refund.updated"), lookback=30 * _DAY),
    "disputes": StripeKind("dispute", ("charge.dispute.*",)),
    "credit_notes": StripeKind("credit_note", ("credit_note.*",)),
    "balance_transactions": StripeKind("balance_transaction", lookback=14 * _DAY),
    "payouts": StripeKind("payout", ("payout.*",)),
    "tax_rates": StripeKind("tax_rate", ("tax_rate.*",)),
    # An event never changes, and none is made of it.
    "events": StripeKind("event"),
}
"""The kinds whose changes can be found; lists of other kinds can be delivered in full."""


def kind_of(relation: str) -> StripeKind:
    """The kind of that name; of a list that is not in the table, one that has no events."""
    return KINDS.get(relation, StripeKind(relation))
