"""Who may ask, and how often: API keys, permissions of restricted keys, the rate limit."""

import base64
import binascii
import re
from dataclasses import dataclass

from sandbox.services.clock import Clock
from sandbox.services.database import Database
from sandbox.services.limits import Window
from sandbox.services.stripe.errors import StripeError
from sandbox.services.stripe.kinds import Kind

ACCOUNT = "acct_1KoeSandbox000000"
# Requests a second, https://docs.stripe.com/rate-limits
RATE_LIMITS = {"test": 25, "live": 100}
ENDPOINT_LIMIT = 25

_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Key:
    """An API key. mode: test or live."""

    text: str
    is_restricted: bool
    mode: str

    @property
    def masked(self) -> str:
        """As Stripe shows keys in its errors: no message carries a whole one."""
        head = "_".join(self.text.split("_")[:2]) + "_"
        return head + "*" * max(len(self.text) - len(head) - 4, 4) + self.text[-4:]


class Access:
    """Settings: `stripe.rate_limit`, requests a second in place of Stripe's limits; `stripe.revoked_keys`, [key, …];

    `stripe.restricted_keys`, {key: [permission, …]}, a permission being e.g. customer_read. Writing includes reading.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._second = Window(1, clock)

    def key(self, authorization: str) -> Key:
        """The key of a request. Raises StripeError: 401 without a valid one, 429 above the rate limit."""
        scheme, _, value = authorization.partition(" ")
        text = value.strip()
        if scheme.lower() == "basic":
            try:
                text = base64.b64decode(value, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                text = ""
        if scheme.lower() not in ("bearer", "basic") or not text:
            raise StripeError(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                headers={"WWW-Authenticate": 'Bearer realm="Stripe"'},
            )
        match = _KEY.fullmatch(text)
        key = Key(text, text.startswith("rk_"), match[2] if match else "test")
        if match is None or text in self._database.setting("stripe.revoked_keys", []):
            raise StripeError(401, f"Invalid API Key provided: {key.masked}")
        self._count(key.mode, RATE_LIMITS[key.mode], "global-rate")
        return key

    def count(self, key: Key, endpoint: str) -> None:
        """Raises StripeError (429) above the limit of an endpoint, such as GET customers/{id}."""
        self._count(f"{key.mode} {endpoint}", ENDPOINT_LIMIT, "endpoint-rate")

    def _count(self, caller: str, limit: int, reason: str) -> None:
        if self._second.is_full(caller, self._database.setting("stripe.rate_limit", limit)):
            raise StripeError(
                429,
                "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
                code="rate_limit",
                headers={"Retry-After": "1", "Stripe-Rate-Limited-Reason": reason},
            )
        self._second.add(caller)

    def require(self, key: Key, kind: Kind, method: str) -> None:
        """Raises StripeError (403) that names the permission which a restricted key lacks."""
        if not key.is_restricted:
            return
        granted = self._database.setting("stripe.restricted_keys", {}).get(key.text, [])
        needed = f"{kind.permission}_{'read' if method == 'GET' else 'write'}"
        if needed not in granted and f"{kind.permission}_write" not in granted:
            raise StripeError(
                403,
                f"The provided key '{key.masked}' does not have the required permissions for this endpoint on account "
                f"'{ACCOUNT}'. Having the 'rak_{needed}' permission would allow this request to continue.",
            )
