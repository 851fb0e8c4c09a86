"""Service account keys and the token endpoint, through google-auth."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import google.auth
import pytest
import requests
from google.auth import crypt, exceptions, jwt
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from sandbox.services.keys import write_service_account_key
from tests.integration.services.support import PLATFORM, PROJECT, Server

SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return content


def test_application_default_credentials_get_a_token_that_names_the_caller(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(server.directory / "platform.json"))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    credentials, project = google.auth.default(scopes=[SCOPE])
    credentials.refresh(Request())
    claims = claims_of(credentials.token)
    assert project == PROJECT
    assert credentials.valid
    assert (claims["email"], claims["sub"], claims["scope"]) == (PLATFORM, PLATFORM, SCOPE)
    assert claims["exp"] - claims["iat"] == 3600


def test_an_identity_token_names_the_account_by_its_number_as_googles_does(server: Server) -> None:
    path = server.directory / "platform.json"
    credentials = service_account.IDTokenCredentials.from_service_account_file(str(path), target_audience="somebody")
    credentials.refresh(Request())
    claims, number = claims_of(credentials.token), json.loads(path.read_text())["client_id"]
    assert (claims["iss"], claims["aud"], claims["email"]) == ("https://accounts.google.com", "somebody", PLATFORM)
    assert claims["azp"] == claims["sub"] == number
    assert claims["exp"] - claims["iat"] == 3600


def test_a_key_of_another_maker_with_a_known_address_gets_no_token(server: Server, tmp_path: Path) -> None:
    write_service_account_key(tmp_path / "forged.json", PLATFORM, PROJECT, f"{server.url}/oauth/token")
    forged = service_account.Credentials.from_service_account_file(str(tmp_path / "forged.json"), scopes=[SCOPE])
    with pytest.raises(exceptions.RefreshError, match="invalid_grant"):
        forged.refresh(Request())


def test_an_unknown_account_gets_no_token(server: Server, tmp_path: Path) -> None:
    write_service_account_key(tmp_path / "stranger.json", "stranger@x.iam", PROJECT, f"{server.url}/oauth/token")
    stranger = service_account.Credentials.from_service_account_file(str(tmp_path / "stranger.json"), scopes=[SCOPE])
    with pytest.raises(exceptions.RefreshError, match=r"stranger@x\.iam is not known"):
        stranger.refresh(Request())


@pytest.mark.parametrize(
    "changed",
    [{"aud": "https://example.com/token"}, {"iat": 1_000_000, "exp": 1_003_600}, {"exp": 99_999_999_999}],
    ids=["for another audience", "expired", "good for years"],
)
def test_a_badly_made_assertion_gets_no_token(server: Server, changed: dict[str, Any]) -> None:
    key = json.loads((server.directory / "platform.json").read_text())
    good = service_account.Credentials.from_service_account_info(key, scopes=[SCOPE])
    claims = jwt.decode(good._make_authorization_grant_assertion(), verify=False)
    signer = crypt.RSASigner.from_service_account_info(key)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    post = f"{server.url}/oauth/token"
    accepted = requests.post(post, form | {"assertion": jwt.encode(signer, claims)}, timeout=10)
    refused = requests.post(post, form | {"assertion": jwt.encode(signer, claims | changed)}, timeout=10)
    assert accepted.status_code == 200
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("assertion", ["", "no.jwt.atall", "x"])
def test_garbage_gets_no_token(server: Server, assertion: str) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    answer = requests.post(f"{server.url}/oauth/token", form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_another_grant_type_is_refused(server: Server) -> None:
    answer = requests.post(f"{server.url}/oauth/token", {"grant_type": "refresh_token"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_only_its_owner_can_read_a_key_file(server: Server) -> None:
    assert stat.S_IMODE((server.directory / "platform.json").stat().st_mode) == 0o600
