"""Creating, changing and deleting objects, and the events that tell of it.

A change does what its parameters say, and what an extraction can see of its effects on other objects: a deleted
customer's subscriptions end, a refund changes its charge. Billing does not run by itself: no invoice appears unasked.
"""

import secrets
import string
from collections.abc import Callable
from typing import Any

from sandbox.services.clock import Clock
from sandbox.services.stripe import billing, templates, versions
from sandbox.services.stripe.errors import StripeError, missing, missing_parameter, unknown_parameter
from sandbox.services.stripe.kinds import KINDS, Kind, kind_of
from sandbox.services.stripe.parameters import Parameters
from sandbox.services.stripe.store import Object, Store

_ALPHABET = string.ascii_letters + string.digits
DELETABLE = frozenset({"customers", "products", "coupons", "invoices"})


def new_id(kind: Kind) -> str:
    return kind.prefix + "".join(secrets.choice(_ALPHABET) for _ in range(24))


class Changes:
    """Every method is one transaction: the object, its side effects and the events are all kept or none is."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def _now(self) -> int:
        return int(self._clock.now())

    def create(self, kind: Kind, parameters: Parameters) -> Object:
        for name in templates.REQUIRED.get(kind.name, ()):
            if parameters.get(name, "") == "":
                raise missing_parameter(name)
        body = templates.new(kind.name, kind.object, str(parameters.pop("id", "")) or new_id(kind), self._now)
        if self._store.get(kind, body["id"]) is not None:
            raise StripeError(
                400, f"{kind.object.capitalize()} already exists.", code="resource_already_exists", param="id"
            )
        with self._store.database.transaction():
            complete = _COMPLETIONS.get(kind.name)
            if complete:
                complete(self, body, parameters)
            _apply(body, parameters)
            self._check_references(body)
            self._store.put(kind, body)
            self._event("succeeded" if kind.name == "charges" else "created", kind, body)
            if kind.name == "refunds":
                self._refund_charge(body)
        return body

    def update(self, kind: Kind, identifier: str, parameters: Parameters) -> Object:
        body = self.existing(kind, identifier)
        before = dict(body)
        with self._store.database.transaction():
            if kind.name == "subscriptions" and "items" in parameters:
                billing.change_items(
                    self._store, body, parameters.pop("items"), self._now, lambda: new_id(KINDS["subscription_items"])
                )
            _apply(body, parameters)
            self._check_references(body)
            self._replace(kind, before, body, "updated")
        return body

    def delete(self, kind: Kind, identifier: str) -> Object:
        """The stub that remains; of a subscription, the canceled subscription."""
        body = self.existing(kind, identifier)
        with self._store.database.transaction():
            if kind.name == "subscriptions":
                return self._cancel(body)
            if kind.name == "invoices" and body["status"] != "draft":
                raise StripeError(400, "You can only delete draft invoices. Use the void endpoint for finalized ones.")
            if kind.name == "customers":
                for subscription in self._store.of_customer(KINDS["subscriptions"], identifier):
                    if subscription["status"] != "canceled":
                        self._cancel(subscription)
            self._event("deleted", kind, body)
            self._store.put(kind, {**body, "deleted": True})
        return {"id": identifier, "object": kind.object, "deleted": True}

    def act(self, kind: Kind, identifier: str, action: str) -> Object:
        """finalize, pay, void or mark_uncollectible an invoice."""
        body = self.existing(kind, identifier)
        before = dict(body)
        with self._store.database.transaction():
            for event in billing.act_on_invoice(body, action, self._now):
                self._event(event, kind, body)
            self._replace(kind, before, body, "updated")
        return body

    def put(self, kind: Kind, body: Object, event: str | None) -> None:
        """Keeps a whole object as given, with an event of that type when one is named.

        For tests, and for objects that Stripe makes by itself: disputes, payouts, balance transactions.
        """
        with self._store.database.transaction():
            self._store.put(kind, body)
            if event:
                self._event(event, None, body)

    def existing(self, kind: Kind, identifier: str) -> Object:
        body = self._store.get(kind, identifier)
        if body is None or body.get("deleted"):
            raise missing(kind.object, identifier)
        return body

    def _replace(self, kind: Kind, before: Object, body: Object, event: str) -> None:
        previous = {name: before.get(name) for name in body if before.get(name) != body[name]}
        if previous:
            self._store.put(kind, body)
            self._event(event, kind, body, previous)

    def _cancel(self, subscription: Object) -> Object:
        if subscription["status"] == "canceled":
            raise missing("subscription", subscription["id"])
        subscription |= {"status": "canceled", "canceled_at": self._now, "ended_at": self._now}
        self._store.put(KINDS["subscriptions"], subscription)
        self._event("deleted", KINDS["subscriptions"], subscription)
        return subscription

    def _event(self, name: str, kind: Kind | None, body: Object, previous: Object | None = None) -> None:
        """Events show an object as of when they are made, in the account's own version, not the caller's."""
        if kind is not None and kind.events is None:
            return
        version = self._store.database.setting("stripe.api_version", versions.ACCOUNT_DEFAULT)
        data: Object = {"object": versions.render(body, version)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": new_id(KINDS["events"]),
            "object": "event",
            "api_version": version,
            "created": self._now,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None},
            "type": f"{kind.events}.{name}" if kind else name,
        }
        self._store.put(KINDS["events"], event)

    def _check_references(self, body: Object) -> None:
        for name in ("customer", "product", "charge", "invoice", "payment_intent"):
            identifier = body.get(name)
            kind = kind_of(identifier) if isinstance(identifier, str) else None
            if identifier and (kind is None or (self._store.get(kind, identifier) or {"deleted": True}).get("deleted")):
                raise missing(name, str(identifier), name)

    def _refund_charge(self, refund: Object) -> None:
        charge = self.existing(KINDS["charges"], refund["charge"])
        before = dict(charge)
        charge["amount_refunded"] += refund["amount"]
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._store.put(KINDS["charges"], charge)
        previous = {name: before[name] for name in ("amount_refunded", "refunded") if before[name] != charge[name]}
        self._event("refunded", KINDS["charges"], charge, previous)

    def _complete_price(self, body: Object, parameters: Parameters) -> None:
        if "recurring" in parameters:
            body["type"] = "recurring"
            body["recurring"] = {"interval_count": 1, "usage_type": "licensed"}

    def _complete_subscription(self, body: Object, parameters: Parameters) -> None:
        body["start_date"] = self._now
        body["items"] = {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={body['id']}",
        }
        billing.change_items(
            self._store, body, parameters.pop("items"), self._now, lambda: new_id(KINDS["subscription_items"])
        )
        body["currency"] = body["items"]["data"][0]["price"]["currency"]

    def _complete_invoice(self, body: Object, parameters: Parameters) -> None:
        body["lines"]["url"] = f"/v1/invoices/{body['id']}/lines"
        if "subscription" in parameters:
            identifier = parameters.pop("subscription")
            subscription = self._store.get(KINDS["subscriptions"], identifier)
            if subscription is None:
                raise missing("subscription", identifier, "subscription")
            details = {"metadata": subscription["metadata"], "subscription": identifier}
            body["parent"] = {"type": "subscription_details", "quote_details": None, "subscription_details": details}

    def _complete_credit_note(self, body: Object, parameters: Parameters) -> None:
        invoice = self._store.get(KINDS["invoices"], parameters["invoice"])
        if invoice is None:
            raise missing("invoice", parameters["invoice"], "invoice")
        body |= {"currency": invoice["currency"], "customer": invoice["customer"]}

    def _complete_charge(self, body: Object, parameters: Parameters) -> None:
        body["amount_captured"] = parameters["amount"]

    def _complete_refund(self, body: Object, parameters: Parameters) -> None:
        charge = self._store.get(KINDS["charges"], parameters["charge"])
        if charge is None:
            raise missing("charge", parameters["charge"], "charge")
        left = charge["amount"] - charge["amount_refunded"]
        amount = parameters.get("amount", left)
        if left == 0:
            raise StripeError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if amount > left:
            raise StripeError(
                400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
            )
        body |= {"amount": amount, "currency": charge["currency"], "payment_intent": charge["payment_intent"]}


_COMPLETIONS: dict[str, Callable[[Changes, Object, Parameters], None]] = {
    "prices": Changes._complete_price,
    "subscriptions": Changes._complete_subscription,
    "invoices": Changes._complete_invoice,
    "charges": Changes._complete_charge,
    "credit_notes": Changes._complete_credit_note,
    "refunds": Changes._complete_refund,
}


def _apply(body: Object, parameters: Parameters) -> None:
    """Puts parameters into an object. Blank takes a value away; metadata and other nested objects are merged by key."""
    for name, value in parameters.items():
        if name not in {*body, "metadata"} or name in (
            "id",
            "object",
            "created",
            "livemode",
            "items",
            "lines",
            "status",
        ):
            raise unknown_parameter(name)
        if isinstance(value, dict):
            merged: dict[str, Any] = {**(body.get(name) or {}), **value}
            body[name] = {key: one for key, one in merged.items() if one != ""}
        elif name == "metadata":
            body[name] = {}
        else:
            body[name] = None if value == "" else value
