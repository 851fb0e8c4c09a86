"""All services as one application, with the sandbox's own addresses below /_kura.

GET  /_kura/health
POST /_kura/seed     {"directory": DIR}: replaces all Stripe objects and spreadsheets
POST /_kura/clock    {"now": Unix seconds or null}: stops Stripe's and Sheets' clock, or lets it run again
POST /_kura/stripe   {"rate_limit", "restricted_keys", "revoked_keys", "api_version"}: settings; null: the default
POST /_kura/stripe/objects   [{"kind", "object", "event"}]: keeps whole objects, with an event where a type is given
POST /_kura/sheets   {"limits": {…}}: settings; {"spreadsheet": {…}}: keeps a whole spreadsheet
POST /_kura/transfers {"hold", "fail", "unseen", "daily"}: what goes wrong with runs; null: nothing
"""

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.services import iam, oauth, seed, slack
from sandbox.services.clock import Clock
from sandbox.services.database import Database
from sandbox.services.metabase import Metabase
from sandbox.services.sheets.quota import LIMITS
from sandbox.services.sheets.routes import SheetsApi
from sandbox.services.stripe.kinds import KINDS
from sandbox.services.stripe.routes import Stripe
from sandbox.services.transfers.routes import SETTINGS as TRANSFER_SETTINGS
from sandbox.services.transfers.routes import Transfers

STRIPE_SETTINGS = frozenset({"rate_limit", "restricted_keys", "revoked_keys", "api_version"})


def create(data: Path, keys: Path, upstream: dict[str, str] | None = None) -> Starlette:
    """data: directory of the state. keys: directory of the service account keys that may ask for tokens.

    upstream: the addresses of the servers `aws`, `bigquery` and `storage`, between which transfers carry.
    """
    database = Database(data / "services.sqlite")
    clock = Clock()
    stripe = Stripe(database, clock)
    sheets = SheetsApi(database, clock)
    transfers = Transfers(database, keys, upstream)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def load_seed(body: dict[str, Any]) -> Any:
        directory = Path(body["directory"])
        if not directory.is_dir():
            raise ValueError(f"{directory}: there is no such directory")
        return seed.load(database, directory)

    def set_clock(body: dict[str, Any]) -> Any:
        clock.set(body["now"])
        return {"now": clock.now()}

    def set_stripe(body: dict[str, Any]) -> Any:
        _only(body, STRIPE_SETTINGS)
        for name, value in body.items():
            database.set_setting(f"stripe.{name}", value)
        return body

    def put_objects(body: list[dict[str, Any]]) -> Any:
        with database.transaction():
            for one in body:
                stripe.put(KINDS[one["kind"]], one["object"], one.get("event"))
        return {"kept": len(body)}

    def set_sheets(body: dict[str, Any]) -> Any:
        _only(body, frozenset({"limits", "spreadsheet"}))
        if "limits" in body:
            _only(body["limits"] or {}, frozenset(LIMITS))
            database.set_setting("sheets.limits", body["limits"])
        if "spreadsheet" in body:
            with database.transaction():
                sheets.store.put(body["spreadsheet"])
        return {}

    def set_transfers(body: dict[str, Any]) -> Any:
        _only(body, TRANSFER_SETTINGS)
        for name, value in body.items():
            database.set_setting(f"transfers.{name}", value)
        return body

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        transfers.resume()
        yield
        database.close()

    return Starlette(
        routes=[
            Route("/_kura/health", health),
            Route("/_kura/seed", _control(load_seed), methods=["POST"]),
            Route("/_kura/clock", _control(set_clock), methods=["POST"]),
            Route("/_kura/stripe", _control(set_stripe), methods=["POST"]),
            Route("/_kura/stripe/objects", _control(put_objects), methods=["POST"]),
            Route("/_kura/sheets", _control(set_sheets), methods=["POST"]),
            Route("/_kura/transfers", _control(set_transfers), methods=["POST"]),
            *oauth.routes(keys),
            *iam.routes(keys),
            *slack.routes(database, clock),
            Mount("/stripe", routes=stripe.routes()),
            Mount("/sheets", routes=sheets.routes()),
            Mount("/datatransfer", routes=transfers.routes()),
            Mount("/metabase", routes=Metabase(database).routes()),
        ],
        lifespan=lifespan,
    )


def _control(act: Callable[[Any], Any]) -> Callable[[Request], Awaitable[Response]]:
    """JSON in, JSON out; what the body gets wrong is a 400 that says so."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(act(json.loads(await request.body())))
        except (ValueError, KeyError, TypeError, sqlite3.Error) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return endpoint


def _only(body: dict[str, Any], names: frozenset[str]) -> None:
    unknown = sorted(set(body) - names)
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known are {', '.join(sorted(names))}")
