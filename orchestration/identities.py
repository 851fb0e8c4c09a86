"""The Google identities that clients have: our own, or that of a service account which a setting names.

Where a run has no key, as on Cloud Run, our own identity impersonates the account. A configuration file of the type
`impersonated_service_account` cannot say that: it does not take the metadata server's credentials as its source.

https://docs.cloud.google.com/iam/docs/service-account-impersonation
"""

import re
from collections.abc import Sequence
from typing import Final

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError
from google.auth.transport.requests import Request
from google.oauth2 import id_token, service_account

from extract.errors import Terminal
from extract.outside import google_cloud

CLOUD: Final = ("https://www.googleapis.com/auth/cloud-platform",)
_EMAIL: Final = re.compile(r"[^\s@/\\]+@[^\s@/\\]+")


def credentials(variable: str, value: str, scopes: Sequence[str] = CLOUD) -> Credentials:
    """The credentials that a variable's value names: a file of any type that google-auth reads, or an account's e-mail.

    An account of which the e-mail is given is impersonated by our own credentials. Terminal when there is no such
    file, or when there are no credentials of our own.
    """
    if _EMAIL.fullmatch(value):
        with google_cloud(f"impersonating {value}"):
            ours, _ = google.auth.default(scopes=CLOUD)
            return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
                ours, target_principal=value, target_scopes=list(scopes)
            )
    try:
        found, _ = google.auth.load_credentials_from_file(value, scopes=scopes)  # type: ignore[no-untyped-call]
    except DefaultCredentialsError as error:
        raise Terminal(f"{variable}: {error}") from None
    return found  # type: ignore[no-any-return]


def identity_token(variable: str, value: str, audience: str) -> str:
    """A new OpenID Connect token, good for an hour, of the identity that a variable's value names; our own without one.

    Terminal when the identity cannot have one, such as a person's; Terminal or Transient when Google gives none.
    """
    doing = f"getting an identity token for {audience}"
    request = Request()
    with google_cloud(doing):
        try:
            found = _token_credentials(variable, value, audience, request)
        except (DefaultCredentialsError, ValueError):
            whose = f"the credentials in {variable}" if value else "our own credentials"
            advice = f"use a service account's, or set {variable} to the e-mail of one to impersonate"
            raise Terminal(f"{doing}: {whose} have none; {advice}") from None
        found.refresh(request)  # type: ignore[no-untyped-call]
        return str(found.token)


def _token_credentials(variable: str, value: str, audience: str, request: Request) -> Credentials:
    if not value:
        return id_token.fetch_id_token_credentials(audience, request)  # type: ignore[no-any-return, no-untyped-call]
    named = credentials(variable, value)
    if isinstance(named, impersonated_credentials.Credentials):
        return impersonated_credentials.IDTokenCredentials(  # type: ignore[no-untyped-call]
            named, target_audience=audience, include_email=True
        )
    return service_account.IDTokenCredentials.from_service_account_file(  # type: ignore[no-any-return, no-untyped-call]
        value, target_audience=audience
    )
