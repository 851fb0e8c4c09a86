"""What is special to subscriptions and invoices: items with their periods, and an invoice's way from draft to paid."""

import calendar
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.services.stripe.errors import StripeError, missing, missing_parameter
from sandbox.services.stripe.kinds import KINDS
from sandbox.services.stripe.store import Object, Store


def change_items(store: Store, subscription: Object, wanted: Any, now: int, new_id: Callable[[], str]) -> None:
    """Puts the parameter `items`, [{price, quantity}], into a subscription; with `id`, changes the item of that id."""
    if not isinstance(wanted, list):
        raise StripeError(400, "Invalid array", param="items")
    items = {item["id"]: dict(item) for item in subscription["items"]["data"]}
    for position, parameters in enumerate(wanted):
        identifier = parameters.get("id")
        if identifier and identifier not in items:
            raise missing("subscription_item", identifier, f"items[{position}][id]")
        if parameters.get("deleted"):
            del items[identifier]
            continue
        item = items.get(identifier) or {
            "id": new_id(),
            "object": "subscription_item",
            "created": now,
            "metadata": {},
            "quantity": 1,
            "subscription": subscription["id"],
        }
        if "price" in parameters:
            item |= _priced(store, parameters["price"], now, f"items[{position}][price]")
        elif identifier is None:
            raise missing_parameter(f"items[{position}][price]")
        item["quantity"] = parameters.get("quantity", item["quantity"])
        items[item["id"]] = item
    if not items:
        raise StripeError(400, "A subscription must have at least one active item.", param="items")
    subscription["items"] = {**subscription["items"], "data": list(items.values()), "total_count": len(items)}


def _priced(store: Store, identifier: str, now: int, param: str) -> Object:
    price = store.get(KINDS["prices"], identifier)
    if price is None:
        raise missing("price", identifier, param)
    recurring = price["recurring"]
    if recurring is None:
        raise StripeError(400, f"The price specified is set to `type=one_time`: {identifier}", param=param)
    end = period_end(now, recurring["interval"], recurring.get("interval_count", 1))
    return {"price": price, "current_period_start": now, "current_period_end": end}


def period_end(start: int, interval: str, count: int) -> int:
    """Unix seconds. A month that is too short ends the period on its last day."""
    if interval in ("day", "week"):
        return start + count * 86_400 * (7 if interval == "week" else 1)
    begin = datetime.fromtimestamp(start, UTC)
    months = begin.year * 12 + begin.month - 1 + count * (12 if interval == "year" else 1)
    year, month = months // 12, months % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return int(begin.replace(year=year, month=month, day=day).timestamp())


# Action: the states it starts from, the state it leads to, the field of status_transitions that it sets, its events.
_ACTIONS = {
    "finalize": (("draft",), "open", "finalized_at", ("finalized",)),
    "pay": (("draft", "open", "uncollectible"), "paid", "paid_at", ("paid", "payment_succeeded")),
    "void": (("open", "uncollectible"), "void", "voided_at", ("voided",)),
    "mark_uncollectible": (("open",), "uncollectible", "marked_uncollectible_at", ("marked_uncollectible",)),
}


def act_on_invoice(invoice: Object, action: str, now: int) -> tuple[str, ...]:
    """Changes an invoice; returns the names of the events. Raises StripeError (400) if its state does not allow it."""
    before, after, moment, events = _ACTIONS[action]
    if invoice["status"] not in before:
        raise StripeError(400, f"You cannot {action.replace('_', ' ')} an invoice whose status is {invoice['status']}.")
    invoice["status_transitions"] = {**invoice.get("status_transitions", {}), moment: now}
    invoice["status"] = after
    if action == "pay":
        invoice |= {"amount_paid": invoice["amount_due"], "amount_remaining": 0}
    return events


ACTIONS = frozenset(_ACTIONS)
