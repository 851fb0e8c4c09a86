"""Google's IAM Service Account Credentials API: tokens of one account for another that may impersonate it.

https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
Who may: the access file's `token_creators`, members by the account's e-mail; only an account with a key is known.
"""

import datetime
import json
import time
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.services import oauth
from sandbox.services.keys import KnownKey, known_keys

PERMISSIONS = {
    "generateAccessToken": "iam.serviceAccounts.getAccessToken",
    "generateIdToken": "iam.serviceAccounts.getOpenIdToken",
}


def routes(keys: Path) -> list[Route]:
    """`keys`: directory of the service account keys and of the access file."""

    async def endpoint(request: Request) -> Response:
        email, _, action = str(request.path_params["account"]).partition(":")
        caller = oauth.caller(request)
        if caller is None:
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if action not in PERMISSIONS:
            return _error(501, "UNIMPLEMENTED", f"the sandbox has {', '.join(PERMISSIONS)}")
        key = known_keys(keys).get(email)
        if key is None or f"serviceAccount:{caller.email}" not in _creators(keys, email):
            refusal = f"Permission '{PERMISSIONS[action]}' denied on resource (or it may not exist)."
            return _error(403, "PERMISSION_DENIED", refusal)
        return JSONResponse(_token(key, action, json.loads(await request.body())))

    return [Route("/iam/v1/projects/-/serviceAccounts/{account}", endpoint, methods=["POST"])]


def _creators(keys: Path, email: str) -> list[str]:
    access = keys / "access.json"
    policy = json.loads(access.read_text()) if access.exists() else {}
    return list(policy.get("token_creators", {}).get(email, ()))


def _token(key: KnownKey, action: str, body: dict[str, Any]) -> dict[str, str]:
    now = int(time.time())
    if action == "generateIdToken":
        return {"token": oauth.identity_token(key, body["audience"], now)}
    expires = datetime.datetime.fromtimestamp(now + oauth.LIFETIME, datetime.UTC)
    token = oauth.unsigned_token(key.email, " ".join(body["scope"]), now)
    return {"accessToken": token, "expireTime": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}


def _error(code: int, status: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "status": status}}, status_code=code)
