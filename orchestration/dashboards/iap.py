"""Getting through Identity-Aware Proxy: a token of ours, beside what the application behind it asks for.

IAP reads `Proxy-Authorization` and does not pass it on. The audience is an OAuth client that the proxy's settings list
under programmatic access: https://cloud.google.com/iap/docs/authentication-howto
"""

from typing import Final

import requests
from google.auth import credentials, exceptions
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from requests.auth import AuthBase

from extract.errors import Terminal, Transient, one_line

VARIABLE: Final = "METABASE_IAP_AUDIENCE"


class ProxyToken(AuthBase):
    """Signs requests with an ID token of the account that this process runs as; renewed when it expires."""

    def __init__(self, audience: str) -> None:
        self._audience = audience
        self._credentials: credentials.Credentials | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Proxy-Authorization"] = f"Bearer {self._token()}"
        return request

    def _token(self) -> str:
        try:
            if self._credentials is None:
                self._credentials = id_token.fetch_id_token_credentials(  # type: ignore[no-untyped-call]
                    self._audience, Request()
                )
            if not self._credentials.valid:
                self._credentials.refresh(Request())
        except exceptions.TransportError as error:
            raise Transient(f"the token that {VARIABLE} asks for: {one_line(str(error))}; run it again") from None
        except exceptions.GoogleAuthError as error:
            raise Terminal(
                f"{VARIABLE} needs the credentials of a service account, its own or impersonated: "
                f"{one_line(str(error))}"
            ) from None
        return str(self._credentials.token)


def refused(answer: requests.Response) -> bool:
    """Whether the proxy answered, and not what is behind it."""
    return answer.headers.get("x-goog-iap-generated-response") == "true"
