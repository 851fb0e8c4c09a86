"""Stripe's addresses, below /v1."""

import logging
import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.services.clock import Clock
from sandbox.services.database import Database
from sandbox.services.stripe import billing, lists, templates, versions
from sandbox.services.stripe.access import Access
from sandbox.services.stripe.changes import DELETABLE, Changes
from sandbox.services.stripe.errors import StripeError, missing, unrecognized
from sandbox.services.stripe.expand import expand
from sandbox.services.stripe.kinds import KINDS, LINES, Kind
from sandbox.services.stripe.parameters import Parameters, parse
from sandbox.services.stripe.store import Object, Store, text

log = logging.getLogger(__name__)
_ALPHABET = string.ascii_letters + string.digits


class Stripe:
    """One account. Its test and live keys see the same objects."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._store = Store(database)
        self._changes = Changes(self._store, clock)
        self._access = Access(database, clock)

    def routes(self) -> list[Route]:
        return [Route("/v1/{path:path}", self._endpoint, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])]

    def put(self, kind: Kind, body: Object, event: str | None) -> None:
        self._changes.put(kind, body, event)

    async def _endpoint(self, request: Request) -> Response:
        headers = {"Request-Id": "req_" + "".join(secrets.choice(_ALPHABET) for _ in range(14))}
        encoded = (await request.body()).decode() if request.method == "POST" else request.url.query
        try:
            content, version = self._answer(request, encoded)
        except StripeError as error:
            return Response(text(error.body), error.status, headers | error.headers, "application/json")
        headers["Stripe-Version"] = version
        return Response(content, 200, headers, "application/json")

    def _answer(self, request: Request, encoded: str) -> tuple[str, str]:
        """The answer as JSON text, and the API version that it is written in."""
        key = self._access.key(request.headers.get("authorization", ""))
        default = self._database.setting("stripe.api_version", versions.ACCOUNT_DEFAULT)
        version = versions.check(request.headers.get("stripe-version", default), datetime.now(UTC).date().isoformat())
        path = request.path_params["path"]
        name, *rest = path.split("/")
        kind = KINDS.get(name)
        if kind is None or len(rest) > 2 or "" in rest:
            raise unrecognized(request.method, f"/v1/{path}")
        self._access.count(key, " ".join([request.method, name, "{id}" if rest else "", *rest[1:]]))
        self._access.require(key, kind, request.method)
        parameters = parse(encoded)
        if request.method == "GET" and not rest:
            return lists.page(self._store, kind, parameters, version, self._clock.now()), version
        if request.method == "GET" and kind.name == "invoices" and rest[1:] == ["lines"]:
            self._changes.existing(kind, rest[0])
            return lists.page(self._store, LINES, parameters, version, self._clock.now(), parent=rest[0]), version
        act = self._action(request.method, kind, rest)
        if act is None:
            raise unrecognized(request.method, f"/v1/{path}")
        paths = parameters.pop("expand", [])
        body = act(parameters)
        expand(body, paths, self._store)
        return text(versions.render(body, version)), version

    def _action(self, method: str, kind: Kind, rest: list[str]) -> Callable[[Parameters], Object] | None:
        """What a request does that answers with one object; None when Stripe has no such address."""
        match method, rest:
            case "GET", [identifier]:
                return lambda _: self._retrieve(kind, identifier)
            case "POST", [] if templates.can_create(kind.name):
                return lambda parameters: self._changes.create(kind, parameters)
            case "POST", [identifier] if kind.name not in ("events", "balance_transactions", "subscription_items"):
                return lambda parameters: self._changes.update(kind, identifier, parameters)
            case "POST", [identifier, action] if kind.name == "invoices" and action in billing.ACTIONS:
                return lambda _: self._changes.act(kind, identifier, action)
            case "DELETE", [identifier] if kind.name in DELETABLE or kind.name == "subscriptions":
                return lambda _: self._changes.delete(kind, identifier)
        return None

    def _retrieve(self, kind: Kind, identifier: str) -> Object:
        body = self._store.get(kind, identifier)
        is_deleted = body is not None and body.get("deleted")
        if is_deleted and kind.name == "customers":
            return {"id": identifier, "object": kind.object, "deleted": True}
        is_forgotten = (
            kind.name == "events" and body and body["created"] < self._clock.now() - lists.EVENT_DAYS * 86_400
        )
        if body is None or is_deleted or is_forgotten:
            raise missing(kind.object, identifier)
        return body
