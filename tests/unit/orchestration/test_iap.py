"""Requests to a Metabase behind Identity-Aware Proxy carry a token of ours, beside the key that Metabase asks for."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from google.auth import jwt

from extract.errors import Terminal, Transient
from orchestration.dashboards.metabase import Metabase
from sandbox.services.keys import write_service_account_key

AUDIENCE = "123-metabase.apps.googleusercontent.com"
KEY = "METABASE_API_KEY"
ACCOUNT = "platform@koe-dev.iam.gserviceaccount.com"


class Behind(HTTPServer):
    """A token endpoint, and a Metabase behind a proxy that lets only the right token through."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.tokens: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Behind

    def do_POST(self) -> None:
        [assertion] = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())["assertion"]
        claims = jwt.decode(assertion, verify=False)
        token = ".".join(
            urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({"alg": "RS256"}, {"aud": claims["target_audience"], "exp": 4_000_000_000}, "signature")
        )
        self.server.tokens.append(token)
        self.answer(200, {"id_token": token})

    def do_GET(self) -> None:
        bearer = (self.headers.get("proxy-authorization") or "").removeprefix("Bearer ")
        if not bearer or jwt.decode(bearer, verify=False)["aud"] != AUDIENCE:
            self.answer(401, "Invalid IAP credentials", {"x-goog-iap-generated-response": "true"})
        elif self.headers["x-api-key"] != "mb_key":
            self.answer(401, "Unauthenticated")
        else:
            self.answer(200, [{"id": 7, "name": "kura"}])

    def answer(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behind]:
    with Behind() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        key = tmp_path / "platform.json"
        write_service_account_key(key, ACCOUNT, "koe-dev", f"{server.url}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        monkeypatch.setenv(KEY, "mb_key")
        yield server
        server.shutdown()


def test_our_token_lets_us_through_the_proxy_and_is_fetched_once(behind: Behind) -> None:
    metabase = Metabase(behind.url, KEY, "kura", AUDIENCE)
    assert (metabase.database(), metabase.database()) == (7, 7)
    assert len(behind.tokens) == 1


@pytest.mark.parametrize("audience", ["", "another.apps.googleusercontent.com"])
def test_a_refusal_of_the_proxy_says_what_the_proxy_needs(behind: Behind, audience: str) -> None:
    with pytest.raises(Terminal, match=r"Identity-Aware Proxy \(401\); set METABASE_IAP_AUDIENCE .* roles/iap"):
        Metabase(behind.url, KEY, "kura", audience).database()


def test_a_refusal_of_metabase_still_asks_for_its_key(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "another")
    with pytest.raises(Terminal, match="METABASE_API_KEY needs a key"):
        Metabase(behind.url, KEY, "kura", AUDIENCE).database()


def test_credentials_that_can_have_no_such_token_are_told_in_one_line(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone.json"))
    with pytest.raises(Terminal, match="METABASE_IAP_AUDIENCE needs the credentials of a service account") as caught:
        Metabase(behind.url, KEY, "kura", AUDIENCE).database()
    assert "\n" not in str(caught.value)


def test_a_token_endpoint_that_is_gone_is_worth_another_try(behind: Behind, tmp_path: Path) -> None:
    write_service_account_key(tmp_path / "platform.json", ACCOUNT, "koe-dev", "http://127.0.0.1:9/token")
    with pytest.raises(Transient, match="METABASE_IAP_AUDIENCE"):
        Metabase(behind.url, KEY, "kura", AUDIENCE).database()
