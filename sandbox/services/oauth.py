"""Google's OAuth token endpoint for service accounts, and the reading of the tokens that it gave.

The flow is https://developers.google.com/identity/protocols/oauth2/service-account. The access token is an unsigned
JWT, so that every sandbox server can read the caller from it without asking this one. An assertion with the claim
`target_audience` gets an identity token instead.
"""

import base64
import binascii
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from google.auth import exceptions, jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.services.keys import KnownKey, known_keys

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = 3600
ISSUER = "https://accounts.google.com"
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"


@dataclass(frozen=True)
class Caller:
    """Who sent a request, and what the token allows."""

    email: str
    scopes: frozenset[str]


def routes(keys: Path) -> list[Route]:
    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        grant = form.get("grant_type", [""])[0]
        if grant != GRANT_TYPE:
            return _refusal("unsupported_grant_type", f"Invalid grant_type: {grant}")
        try:
            claims = _verified(form.get("assertion", [""])[0], keys)
        except (ValueError, exceptions.GoogleAuthError) as error:
            return _refusal("invalid_grant", f"Invalid JWT: {error}")
        if "target_audience" in claims:
            key = known_keys(keys)[claims["iss"]]
            return JSONResponse({"id_token": identity_token(key, claims["target_audience"], int(time.time()))})
        access_token = unsigned_token(claims["iss"], str(claims.get("scope", "")), int(time.time()))
        return JSONResponse({"access_token": access_token, "expires_in": LIFETIME, "token_type": "Bearer"})

    return [Route("/oauth/token", token, methods=["POST"])]


def _verified(assertion: str, keys: Path) -> dict[str, Any]:
    """The claims of an assertion that a known key signed for its own token endpoint. Raises ValueError."""
    email = jwt.decode(assertion, verify=False).get("iss")  # type: ignore[no-untyped-call]
    key = known_keys(keys).get(email)
    if key is None:
        raise ValueError(f"the account {email} is not known")
    # google-auth names Google's own endpoint as the audience, whatever the key's token_uri is; other clients name that.
    audiences = [GOOGLE_AUDIENCE, key.token_uri]
    claims: dict[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
        assertion, certs={key.key_id: key.public_key}, audience=audiences, clock_skew_in_seconds=60
    )
    if claims["exp"] - claims["iat"] > LIFETIME:
        raise ValueError(
            "Token must be a short-lived token (60 minutes): check your iat and exp values in the JWT claim"
        )
    return claims


def unsigned_token(email: str, scope: str, now: int) -> str:
    """A JWT without a signature (RFC 7519, section 6)."""
    return _unsigned({"email": email, "sub": email, "scope": scope, "iat": now, "exp": now + LIFETIME})


def identity_token(key: KnownKey, audience: str, now: int) -> str:
    """An OpenID Connect token with the claims that Google's have for a service account, without a signature."""
    who = {"azp": key.account_id, "sub": key.account_id, "email": key.email, "email_verified": True}
    return _unsigned({"iss": ISSUER, "aud": audience, **who, "iat": now, "exp": now + LIFETIME})


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."


def caller(request: Request) -> Caller | None:
    """The caller of a request; None when there is no token, or it is broken or has expired."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    parts = token.split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if claims["exp"] <= time.time():
            return None
        # A client may sign a token itself instead of asking for one; such a token has no e-mail, but a subject.
        return Caller(claims.get("email") or claims["sub"], frozenset(claims.get("scope", "").split()))
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _encoded(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def _refusal(error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status_code=400)
