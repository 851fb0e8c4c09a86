"""Seeding, the Slack webhook, and what a restart or a crash leaves."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.services.support import SEED, Server, customer, write_seed


def everything(server: Server) -> list[dict[str, Any]]:
    stripe = server.stripe()
    kinds = ("customers", "subscriptions", "invoices", "charges", "prices")
    return [one.to_dict() for kind in kinds for one in getattr(stripe.v1, kind).list({"limit": 100}).auto_paging_iter()]


def test_seeding_again_gives_the_same_and_replaces_what_was_changed(server: Server, seed_directory: Path) -> None:
    before = everything(server)
    server.stripe().v1.customers.create({"name": "new"})
    server.stripe().v1.customers.delete("cus_00000000000001")
    assert everything(server) != before
    counts = server.control("seed", {"directory": str(seed_directory)})
    assert everything(server) == before
    assert counts["customers"] == len(SEED["customers"])
    assert counts["spreadsheets"] == 1


@pytest.mark.parametrize(
    ("kind", "bodies", "message"),
    [
        ("unicorns", [], "there is no such kind"),
        ("customers", [{"object": "customer"}], "not lines of JSON objects with an id"),
        (
            "customers",
            [customer(1, 1), customer(2, 2, object="charge")],
            '1 of 2 objects do not have "object": "customer"',
        ),
    ],
)
def test_a_bad_seed_file_is_named_and_changes_nothing(
    server: Server, tmp_path: Path, kind: str, bodies: list[dict[str, Any]], message: str
) -> None:
    before = everything(server)
    write_seed(tmp_path, {kind: bodies})
    answer = requests.post(f"{server.url}/_kura/seed", json={"directory": str(tmp_path)}, timeout=10)
    assert answer.status_code == 400
    assert f"{kind}.json.gz" in answer.json()["error"]
    assert message in answer.json()["error"]
    assert everything(server) == before


def test_a_seed_that_is_not_there_is_refused(server: Server, tmp_path: Path) -> None:
    answer = requests.post(f"{server.url}/_kura/seed", json={"directory": str(tmp_path / "none")}, timeout=10)
    assert answer.status_code == 400
    assert "there is no such directory" in answer.json()["error"]


def test_an_unknown_setting_is_refused_with_the_known_ones(server: Server) -> None:
    answer = requests.post(f"{server.url}/_kura/stripe", json={"rate": 1}, timeout=10)
    assert answer.status_code == 400
    assert "unknown: rate; known are api_version, rate_limit" in answer.json()["error"]


def test_an_object_without_an_id_is_refused(server: Server) -> None:
    objects = [{"kind": "customers", "object": {"object": "customer"}}]
    answer = requests.post(f"{server.url}/_kura/stripe/objects", json=objects, timeout=10)
    assert answer.status_code == 400
    assert "NOT NULL" in answer.json()["error"]


def test_the_webhook_keeps_what_it_gets(server: Server) -> None:
    before = len(requests.get(f"{server.url}/slack", timeout=10).json())
    answer = requests.post(f"{server.url}/slack/services/T1/B1/x", json={"text": "日次 run ok"}, timeout=10)
    assert (answer.status_code, answer.text) == (200, "ok")
    kept = requests.get(f"{server.url}/slack", timeout=10).json()[before:]
    assert [(one["path"], one["message"]) for one in kept] == [("/slack/services/T1/B1/x", {"text": "日次 run ok"})]


@pytest.mark.parametrize(
    ("body", "message"), [(b"{", "invalid_payload"), (b"[]", "invalid_payload"), (b"{}", "no_text")]
)
def test_the_webhook_refuses_what_slack_refuses(server: Server, body: bytes, message: str) -> None:
    answer = requests.post(f"{server.url}/slack/x", data=body, timeout=10)
    assert (answer.status_code, answer.text) == (400, message)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_was_ended_goes_on_with_the_same_data(
    servers: Callable[[], Server], seed_directory: Path, number: signal.Signals
) -> None:
    first = servers()
    first.control("seed", {"directory": str(seed_directory)})
    first.control("stripe", {"rate_limit": 1000})
    made = first.stripe().v1.customers.create({"name": "kept"})
    before = everything(first)
    began = time.monotonic()
    first.kill(number)
    assert time.monotonic() - began < 3
    second = servers()
    assert second.stripe().v1.customers.retrieve(made.id).name == "kept"
    assert json.dumps(everything(second)) == json.dumps(before)
