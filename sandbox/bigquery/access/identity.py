"""Who is asking. Gap: local_bigquery takes every caller, and a request without a token as its own user.

Callers are known by the e-mail in their access token. The answers are those of "Using OAuth 2.0 to access Google APIs":
401 without a token or with one that means nobody.
"""

import json
import time
from dataclasses import dataclass, field, fields
from pathlib import Path

from fastapi import FastAPI
from local_bigquery.app import identify_caller
from local_bigquery.catalog import row_access
from local_bigquery.errors import STATUSES, BigQueryError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.bigquery.access import data_policies
from sandbox.bigquery.access.data_policies import DataPolicy

OPEN_PATHS = ("/_kura/", "/discovery/", "/$discovery/")
OF_SERVICES = frozenset({"transfer_users", "token_creators"})  # keys of the access file that the other server reads
MISSING = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
INVALID = MISSING.replace("is missing required authentication credential", "had invalid authentication credentials")


@dataclass(frozen=True)
class Policy:
    """Who may do what in the project, apart from the datasets' access lists. Members are `serviceAccount:e-mail`."""

    administrators: frozenset[str] = frozenset()
    job_users: frozenset[str] = frozenset()
    tag_setters: frozenset[str] = frozenset()
    fine_grained_readers: dict[str, frozenset[str]] = field(default_factory=dict)  # by policy tag
    data_policies: tuple[DataPolicy, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Policy":
        """Reads the access file. Raises ValueError when it is no JSON object of that shape."""
        content = json.loads(path.read_text())
        if unknown := set(content) - {field.name for field in fields(cls)} - OF_SERVICES:
            raise ValueError(f"{path.name}: unknown keys {', '.join(sorted(unknown))}. Remove them.")
        readers = content.get("fine_grained_readers") or {}
        return cls(
            frozenset(content.get("administrators") or ()),
            frozenset(content.get("job_users") or ()),
            frozenset(content.get("tag_setters") or ()),
            {tag: frozenset(members) for tag, members in readers.items()},
            data_policies.read(content.get("data_policies") or ()),
        )

    def knows(self, member: str) -> bool:
        return member in self.administrators or member in self.job_users


policy = Policy()


def load(path: Path) -> None:
    """Takes the access file's content as the policy of this process."""
    global policy
    policy = Policy.read(path)
    STATUSES["authError"] = (401, "UNAUTHENTICATED")


def caller() -> str:
    """The member who asks; empty outside a request, which may do nothing."""
    members = row_access.caller.get()
    return members[0] if members else ""


def email() -> str:
    """The caller's e-mail, as jobs show it."""
    return caller().partition(":")[2]


def is_administrator() -> bool:
    return caller() in policy.administrators


def authenticate(authorization: str | None) -> tuple[str, ...]:
    """The caller of a request with this header, and its groups. Raises authError for nobody that we know."""
    if not authorization:
        raise BigQueryError("authError", MISSING)
    claims = row_access._claims(authorization)
    address = claims.get("email") or claims.get("sub")
    expires = claims.get("exp")
    if not isinstance(address, str) or (isinstance(expires, int | float) and expires < time.time()):
        raise BigQueryError("authError", INVALID)
    kind = "serviceAccount" if address.endswith(".gserviceaccount.com") else "user"
    if not policy.knows(f"{kind}:{address}"):
        raise BigQueryError("authError", INVALID)
    return (f"{kind}:{address}",)


class Authentication:
    """Middleware that answers 401 before anything else sees the request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OPEN_PATHS):
            await self.app(scope, receive, send)
            return
        try:
            members = authenticate(Request(scope).headers.get("authorization"))
        except BigQueryError as error:
            await JSONResponse(error.response(), status_code=error.code)(scope, receive, send)
            return
        token = row_access.caller.set(members)
        try:
            await self.app(scope, receive, send)
        finally:
            row_access.caller.reset(token)


def install(app: FastAPI) -> None:
    """Puts the check before every request, in the place of local_bigquery's own, which takes everybody."""
    others = [one for one in app.user_middleware if one.kwargs.get("dispatch") is not identify_caller]
    if len(others) != len(app.user_middleware) - 1:
        raise RuntimeError("local_bigquery has changed its middleware: look at it again")
    app.user_middleware = others
    app.add_middleware(Authentication)
