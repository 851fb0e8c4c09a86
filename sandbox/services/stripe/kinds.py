"""What the service knows of each kind of object: its names, and the filters of its list.

Names and filters are those of https://docs.stripe.com/api; permissions are those that Stripe's 403 names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    name: as in the list's address. object: as in the object's `object`. prefix: of its ids. permission: that a
    restricted key needs, without _read or _write. events: what its event types begin with; None for kinds without
    events. filters: list parameter to JSON path, compared for equality. ranges: parameters that take gt, gte, lt and
    lte. many: parameters that take several values.
    """

    name: str
    object: str
    prefix: str
    permission: str
    events: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=lambda: {"created": "$.created"})
    many: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"/v1/{self.name}"


def _same(*names: str) -> dict[str, str]:
    return {name: f"$.{name}" for name in names}


_KINDS = (
    Kind("customers", "customer", "cus_", "customer", "customer", _same("email")),
    Kind("products", "product", "prod_", "product", "product", _same("active", "url"), many={"ids": "$.id"}),
    Kind(
        "prices",
        "price",
        "price_",
        "plan",
        "price",
        _same("active", "currency", "product", "type"),
        many={"lookup_keys": "$.lookup_key"},
    ),
    Kind("coupons", "coupon", "", "coupon", "coupon"),
    Kind(
        "subscriptions",
        "subscription",
        "sub_",
        "subscription",
        "customer.subscription",
        {**_same("customer", "collection_method"), "price": "$.items.data[0].price.id"},
    ),
    Kind("subscription_items", "subscription_item", "si_", "subscription", ranges={}),
    Kind(
        "invoices",
        "invoice",
        "in_",
        "invoice",
        "invoice",
        {
            **_same("customer", "status", "collection_method"),
            "subscription": "$.parent.subscription_details.subscription",
        },
        {"created": "$.created", "due_date": "$.due_date"},
    ),
    Kind("invoiceitems", "invoiceitem", "ii_", "invoice", "invoiceitem", _same("customer", "invoice")),
    Kind("charges", "charge", "ch_", "charge", "charge", _same("customer", "payment_intent", "transfer_group")),
    Kind("payment_intents", "payment_intent", "pi_", "payment_intent", "payment_intent", _same("customer")),
    Kind("refunds", "refund", "re_", "charge", "refund", _same("charge", "payment_intent")),
    Kind("disputes", "dispute", "du_", "dispute", "charge.dispute", _same("charge", "payment_intent")),
    Kind("credit_notes", "credit_note", "cn_", "credit_note", "credit_note", _same("customer", "invoice")),
    Kind(
        "balance_transactions",
        "balance_transaction",
        "txn_",
        "balance",
        filters=_same("currency", "payout", "source", "type"),
    ),
    Kind(
        "payouts",
        "payout",
        "po_",
        "payout",
        "payout",
        _same("destination", "status"),
        {"created": "$.created", "arrival_date": "$.arrival_date"},
    ),
    Kind("tax_rates", "tax_rate", "txr_", "tax_rate", "tax_rate", _same("active", "inclusive")),
    Kind("events", "event", "evt_", "event", filters=_same("type"), many={"types": "$.type"}),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
LINES = Kind("lines", "line_item", "il_", "invoice", ranges={})

# The kinds whose objects hold others in an embedded list: the list's place, and the kind of what it holds.
CHILDREN: Mapping[str, tuple[str, Kind]] = {
    "subscriptions": ("items", KINDS["subscription_items"]),
    "invoices": ("lines", LINES),
}


def kind_of(identifier: str) -> Kind | None:
    """The kind that an id belongs to, by its prefix."""
    return next((kind for kind in _KINDS if kind.prefix and identifier.startswith(kind.prefix)), None)
