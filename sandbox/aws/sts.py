"""AssumeRoleWithWebIdentity. Gap: moto gives every role to everybody, whatever the token is.

The role of the loader trusts Google's identity tokens of the loader's account for one audience, as a trust policy says
it in IAM; tokens are those of the sandbox's token endpoint, which are not signed.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import base64
import json
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse

from sandbox import names

ISSUER = "https://accounts.google.com"


def _claims(token: str) -> dict[str, Any]:
    try:
        payload = token.split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (ValueError, IndexError, TypeError):
        raise STSClientError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None


def require_trust(role: str, token: str, now: float) -> None:
    """Raises the error of a caller with this token whom the role does not trust."""
    claims = _claims(token)
    if claims.get("iss") != ISSUER:
        raise STSClientError("InvalidIdentityToken", "No OpenIDConnect provider found in your account for this token")
    if claims.get("exp", 0) <= now:
        raise STSClientError("ExpiredTokenException", "Token expired: current date/time must be before the expiration")
    if (role, claims.get("email"), claims.get("aud")) != (names.LOADER_ROLE, names.LOADER, names.AWS_AUDIENCE):
        raise STSClientError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def install() -> None:
    """Puts the check before moto's answer."""
    assume = TokenResponse.assume_role_with_web_identity

    def checked(self: TokenResponse) -> ActionResult:
        require_trust(self._get_param("RoleArn"), self._get_param("WebIdentityToken"), time.time())
        return assume(self)

    TokenResponse.assume_role_with_web_identity = checked  # type: ignore[method-assign]
