"""One customer's objects, and the events that their changes leave behind."""

from random import Random
from typing import Any

import orjson

from sandbox.koe.billing import objects
from sandbox.koe.billing.objects import Object
from sandbox.koe.history import History
from sandbox.services.stripe.versions import ACCOUNT_DEFAULT, render

KINDS = (
    *("customers", "subscriptions", "invoices", "charges", "refunds", "events"),
    *("payment_intents", "disputes", "credit_notes", "balance_transactions", "payouts"),
)
NOT_IN_EVENTS = {"payments", "deleted"}
"""What only a retrieval shows: payments when it asks to expand them, `deleted` of a customer that is gone."""


class Ledger:
    """Collects objects by kind. A change is made to the object first and reported second."""

    def __init__(self, chance: Random, history: History) -> None:
        self.kinds: dict[str, list[Object]] = {kind: [] for kind in KINDS}
        self._chance = chance
        self._history = history

    def add(self, kind: str, made: Object) -> Object:
        self.kinds[kind].append(made)
        return made

    def report(self, event_type: str, changed: Object, at: int, previous: dict[str, Any] | None = None) -> None:
        """Keep an event with a copy of the object as it is now, if the event is recent enough for Stripe to have it.

        An event shows objects in the shape of the account's own API version, which is older than the objects here.
        """
        if at >= self._history.end:
            raise ValueError(f"{event_type} of {changed['id']} lies after the end of the history")
        if at >= self._history.events_start:
            shown = {name: value for name, value in changed.items() if name not in NOT_IN_EVENTS}
            payload = render(orjson.loads(orjson.dumps(shown)), ACCOUNT_DEFAULT)
            event = _event(self._chance, event_type, ACCOUNT_DEFAULT, payload, at, previous)
            self.kinds["events"].append(event)


def _event(
    chance: Random, kind: str, version: str, payload: Object, created: int, previous: dict[str, Any] | None
) -> Object:
    """`payload` is the object right after the change, in that version's shape; `previous` what the change replaced."""
    data: Object = {"object": payload}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": objects.identifier(chance, "evt"),
        "object": "event",
        "api_version": version,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
