"""Stripe's lists and objects, read through Stripe's own client as the JSON that the API sends.

Paced below the rate limits, that of the account and that of each endpoint, and patient with them: 429 is retried after
what `Retry-After` says, a broken connection or a server error after a growing pause, each a bounded number of times.

https://docs.stripe.com/api/pagination, https://docs.stripe.com/rate-limits, https://docs.stripe.com/error-handling
"""

import contextlib
import itertools
import random
import re
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any, Final

import stripe

from extract.errors import Terminal, Transient

API_VERSION: Final = "2025-03-31.basil"
"""The version whose shapes the contracts declare: billing periods are on subscription items."""

_PAGE: Final = 100
_LONGEST_PAUSE: Final = 30.0

Object = dict[str, Any]


class Lists:
    """An account's lists and what is in them; several threads may use one.

    `key` is a secret or restricted API key, `base` the API's address without `/v1`. `patience` bounds the retries of
    one request, in seconds.
    """

    def __init__(self, key: str, base: str, patience: float) -> None:
        if not key.strip():
            raise Terminal("stripe: no API key; give a restricted key that may read what the contracts name")
        # Four fifths of the limits: requests that others make with the same account need room too.
        self._whole = _Pace(80 if "_live_" in key else 20)
        self._endpoints: dict[str, _Pace] = {}
        self._patience = patience
        self._client = stripe.StripeClient(
            key.strip(),
            stripe_version=API_VERSION,
            base_addresses={"api": base.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=60),
            max_network_retries=0,
        )

    def objects(self, name: str, parameters: dict[str, Any]) -> Iterator[Object]:
        """The objects of a list, newest first, each once, with the lists inside them complete.

        `name` is the list's, such as `customers`; `parameters` are those of its endpoint, with `created` as a mapping
        of bounds. Terminal when Stripe refuses, naming a permission that the key lacks; Transient when it stays
        unreachable or busy.
        """
        seen: set[str] = set()
        for item in self._paged(f"/v1/{name}", parameters):
            if item["id"] not in seen:
                seen.add(item["id"])
                # One that was deleted since its page was read cannot be completed; it is not in the list any more.
                with contextlib.suppress(_Gone):
                    self._complete(item)
                    yield item

    def fetch(self, name: str, identifier: str) -> Object | None:
        """One object of a list, by its id, with the lists inside it complete; None when there is none any more.

        Of a deleted one Stripe gives a stub with `deleted: true`, or nothing. Raises as `objects` does.
        """
        try:
            found = self._get(f"/v1/{name}/{urllib.parse.quote(identifier, safe='')}", {})
            self._complete(found)
        except _Gone:
            return None
        return found

    def _paged(self, path: str, parameters: dict[str, Any]) -> Iterator[Object]:
        cursor: Object | None = None
        while True:
            position = {"starting_after": cursor["id"]} if cursor else {}
            try:
                page = self._get(path, {**parameters, "limit": _PAGE, **position})
            except _Gone:
                if cursor is None:
                    raise
                # The object was deleted while its page was read. Its neighbours of the same second come again, and
                # all of a list that has no times, such as an invoice's lines.
                if "created" in parameters:
                    parameters = {**parameters, "created": {**parameters["created"], "lte": cursor["created"]}}
                cursor = None
                continue
            yield from page["data"]
            if not page["has_more"]:
                return
            cursor = page["data"][-1]

    def _complete(self, item: Object) -> None:
        """Fill the lists inside an object: Stripe puts the first few entries there and the rest behind an address."""
        for inner in item.values():
            if isinstance(inner, dict) and inner.get("object") == "list" and inner.get("has_more"):
                path, _, query = inner["url"].partition("?")
                entries = self._paged(path, dict(urllib.parse.parse_qsl(query)))
                inner["data"] = list({entry["id"]: entry for entry in entries}.values())
                inner["has_more"] = False

    def _get(self, path: str, parameters: dict[str, Any]) -> Object:
        began = time.monotonic()
        # To Stripe, /v1/customers is an endpoint, and so is /v1/customers/{id}, whatever the id.
        _, _, name, *rest = path.split("/")
        endpoint = self._endpoints.setdefault("/".join([name, "{id}" if rest else "", *rest[1:]]), _Pace(20))
        for attempt in itertools.count(1):
            endpoint.await_turn()
            self._whole.await_turn()
            try:
                answer: Object = self._client.raw_request("get", path, **parameters).data
                return answer
            except stripe.StripeError as error:
                pause = _pause(error, attempt)
                if pause is None:
                    raise _refused(path, parameters, error) from error
                if time.monotonic() + pause > began + self._patience:
                    raise _given_up(path, attempt, error) from error
                time.sleep(pause)
        raise AssertionError("unreachable")


class _Pace:
    """At most so many requests a second, one after the other, whichever threads make them."""

    def __init__(self, a_second: int) -> None:
        self._pause = 1 / a_second
        self._lock = threading.Lock()
        self._next = 0.0

    def await_turn(self) -> None:
        """Sleep until it is this request's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._pause
        time.sleep(turn - now)


class _Gone(Exception):
    """There is no such object: the one asked for, or the one that paging had come to."""


def _pause(error: stripe.StripeError, attempt: int) -> float | None:
    """The seconds to wait before the next attempt; None when another would fare no better."""
    status = error.http_status or 0
    if status == 429:
        after = (error.headers or {}).get("Retry-After", "")
        if after.isdigit():
            # All that wait would otherwise come back at the same moment.
            return min(float(after), _LONGEST_PAUSE) + random.uniform(0, 0.2)
    elif not isinstance(error, stripe.APIConnectionError) and status not in (409,) and status < 500:
        return None
    return float(min(0.25 * 2**attempt, _LONGEST_PAUSE)) * random.uniform(0.5, 1)


def _given_up(path: str, attempts: int, error: stripe.StripeError) -> Transient:
    if isinstance(error, stripe.APIConnectionError):
        # The client's own words are a page of advice on writing to Stripe; the cause says what failed.
        reason = f"Stripe did not answer: {error.__cause__ or type(error).__name__}; check the network and the address"
    else:
        reason = f"Stripe is busy ({error.http_status}: {error.user_message}); run again later"
    return Transient(f"stripe: {path}: {attempts} attempts failed: {reason}")


def _refused(path: str, parameters: dict[str, Any], error: stripe.StripeError) -> Exception:
    # Stripe's own words on keys and permissions hold a part of the key; they stay out of the message.
    if isinstance(error, stripe.AuthenticationError):
        return Terminal(f"stripe: {path}: the API key is not valid (401); give one that is")
    if isinstance(error, stripe.PermissionError):
        named = re.search(r"'(rak_\w+)'", str(error))
        permission = named[1] if named else "to read it"
        return Terminal(
            f"stripe: {path}: the API key lacks the permission {permission}; "
            "grant it to the key in Stripe's dashboard under Developers, API keys"
        )
    if isinstance(error, stripe.InvalidRequestError) and error.param == "starting_after" in parameters:
        return _Gone()
    if error.http_status == 404:
        # An address that Stripe does not have answers 404 as well, and without this code.
        if error.code == "resource_missing":
            return _Gone()
        return Terminal(f"stripe: {path}: there is no such list; check relation in the contract")
    return Terminal(f"stripe: {path}: Stripe answered {error.http_status}: {error.user_message}")
