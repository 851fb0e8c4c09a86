"""API versions: the newest shape of an object, and the shape before 2025-03-31.basil.

Objects are kept in the newest shape. What changed is in https://docs.stripe.com/changelog/basil: billing periods moved
from the subscription to its items; invoices and their lines name the subscription under `parent` only, and lines their
price under `pricing`.
"""

import re
from typing import Any

from sandbox.services.stripe.errors import StripeError

# The account's own version, which a request without Stripe-Version gets. Older than any that the platform should pin,
# so that a client which forgets to pin sees the older shape.
ACCOUNT_DEFAULT = "2024-06-20"
BASIL = "2025-03-31.basil"

_FORM = re.compile(r"(20\d\d-[01]\d-[0-3]\d)(\.[a-z]+)?")

Object = dict[str, Any]


def check(version: str, today: str) -> str:
    """The version itself. Raises StripeError (400) for one of another form or of the future."""
    match = _FORM.fullmatch(version)
    # Since 2024-09-30 a version has a name after its date.
    if match is None or match[1] > today or (match[1] >= "2024-09-30") != (match[2] is not None):
        raise StripeError(400, f"Invalid Stripe API version: {version}")
    return version


def is_newest(version: str) -> bool:
    return version[:10] >= BASIL[:10]


def render(value: Any, version: str) -> Any:
    """An object (or list of objects) in the newest shape, in the shape of a version. Leaves its argument as it is."""
    if is_newest(version):
        return value
    if isinstance(value, list):
        return [render(one, version) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("object")
    if kind == "event":  # an event shows what it holds as of the day it was made
        return value
    shape = {"subscription": _subscription, "invoice": _invoice, "line_item": _line}.get(str(kind))
    shaped = shape(value) if shape else value
    return {name: render(one, version) for name, one in shaped.items()}


def _subscription(new: Object) -> Object:
    items = new.get("items", {}).get("data", [])
    periods = ("current_period_start", "current_period_end")
    old = dict(new)
    if items:
        old |= {name: items[0][name] for name in periods if name in items[0]}
        bare = [{name: value for name, value in item.items() if name not in periods} for item in items]
        old["items"] = {**new["items"], "data": bare}
    return old


def _invoice(new: Object) -> Object:
    old = {name: value for name, value in new.items() if name not in ("parent", "total_taxes")}
    details = (new.get("parent") or {}).get("subscription_details") or {}
    old["subscription"] = details.get("subscription")
    old["subscription_details"] = {"metadata": details.get("metadata")}
    old["paid"] = new.get("status") == "paid"
    old["total_tax_amounts"] = new.get("total_taxes") or []
    return old


def _line(new: Object) -> Object:
    old = {name: value for name, value in new.items() if name not in ("parent", "pricing", "taxes")}
    parent = new.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    old["type"] = "subscription" if parent.get("type") == "subscription_item_details" else "invoiceitem"
    old["subscription"] = details.get("subscription")
    old["subscription_item"] = details.get("subscription_item")
    old["invoice_item"] = details.get("invoice_item")
    old["proration"] = details.get("proration", False)
    price = ((new.get("pricing") or {}).get("price_details") or {}).get("price")
    old["price"] = {"id": price, "object": "price"} if isinstance(price, str) else price
    old["tax_amounts"] = new.get("taxes") or []
    return old
