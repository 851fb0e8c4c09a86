"""A running server, and Stripe objects and spreadsheets to fill it with."""

import gzip
import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from stripe import StripeClient

PROJECT = "koe-sandbox"
PLATFORM = f"platform@{PROJECT}.iam.gserviceaccount.com"
ANALYST = f"analyst@{PROJECT}.iam.gserviceaccount.com"
SPREADSHEET = "1kuraPlanningSheet"
DAY = 86_400
NOW = 1_790_000_000  # what the stopped clock shows first


@dataclass
class Server:
    """A running server and the directory of its keys and its data."""

    url: str
    directory: Path
    process: subprocess.Popen[bytes]

    def control(self, path: str, body: Any) -> Any:
        answer = requests.post(f"{self.url}/_kura/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stripe(self, key: str = "sk_test_koe", version: str = "2025-03-31.basil", **options: Any) -> StripeClient:
        options = {"max_network_retries": 0, **options}
        return StripeClient(key, base_addresses={"api": f"{self.url}/stripe"}, stripe_version=version, **options)

    def kill(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(directory: Path, port: int) -> Server:
    command = [sys.executable, "-m", "sandbox.services", "--port", str(port), "--data", str(directory / "data")]
    server = Server(f"http://127.0.0.1:{port}", directory, subprocess.Popen(command))
    deadline = time.monotonic() + 30
    while True:
        try:
            if requests.get(f"{server.url}/_kura/health", timeout=1).status_code == 200:
                return server
        except requests.ConnectionError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise


def write_seed(directory: Path, objects: dict[str, list[dict[str, Any]]]) -> None:
    (directory / "stripe").mkdir(exist_ok=True)
    for kind, bodies in objects.items():
        with gzip.open(directory / "stripe" / f"{kind}.json.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(body, separators=(",", ":"), ensure_ascii=False) + "\n" for body in bodies)


def customer(number: int, created: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"cus_{number:014d}",
        "object": "customer",
        "created": created,
        "email": f"user{number}@example.com",
        "livemode": False,
        "metadata": {"user_id": str(number)},
        "name": f"顧客{number}",
        **fields,
    }


def line(number: int, invoice: str) -> dict[str, Any]:
    details = {"subscription": "sub_00000000000001", "subscription_item": "si_00000000000001", "proration": False}
    return {
        "id": f"il_{invoice[-4:]}{number:010d}",
        "object": "line_item",
        "amount": 1500,
        "parent": {"type": "subscription_item_details", "subscription_item_details": details},
        "pricing": {"type": "price_details", "price_details": {"price": "price_creator", "product": "prod_creator"}},
        "taxes": [],
    }


def invoice(number: int, created: int, lines: int = 1, **fields: Any) -> dict[str, Any]:
    identifier = f"in_{number:014d}"
    details = {"metadata": {"user_id": "1"}, "subscription": "sub_00000000000001"}
    return {
        "id": identifier,
        "object": "invoice",
        "created": created,
        "customer": "cus_00000000000001",
        "amount_due": 1500,
        "currency": "jpy",
        "status": "paid",
        "parent": {"type": "subscription_details", "quote_details": None, "subscription_details": details},
        "lines": {
            "object": "list",
            "data": [line(one, identifier) for one in range(lines)],
            "has_more": False,
            "total_count": lines,
            "url": f"/v1/invoices/{identifier}/lines",
        },
        **fields,
    }


PRICE = {
    "id": "price_creator",
    "object": "price",
    "active": True,
    "created": NOW - 90 * DAY,
    "currency": "jpy",
    "product": "prod_creator",
    "recurring": {"interval": "month", "interval_count": 1},
    "type": "recurring",
    "unit_amount": 1500,
}


def subscription(number: int, created: int, status: str) -> dict[str, Any]:
    identifier = f"sub_{number:014d}"
    item = {
        "id": f"si_{number:014d}",
        "object": "subscription_item",
        "created": created,
        "current_period_start": created,
        "current_period_end": created + 30 * DAY,
        "price": PRICE,
        "quantity": 1,
        "subscription": identifier,
    }
    return {
        "id": identifier,
        "object": "subscription",
        "created": created,
        "customer": f"cus_{number:014d}",
        "cancel_at_period_end": False,
        "currency": "jpy",
        "items": {
            "object": "list",
            "data": [item],
            "has_more": False,
            "total_count": 1,
            "url": f"/v1/subscription_items?subscription={identifier}",
        },
        "metadata": {"user_id": str(number)},
        "status": status,
    }


def event(number: int, created: int, kind: str) -> dict[str, Any]:
    return {
        "id": f"evt_{number:014d}",
        "object": "event",
        "api_version": "2024-06-20",
        "created": created,
        "data": {"object": {"id": "in_00000000000001", "object": "invoice", "subscription": "sub_00000000000001"}},
        "type": kind,
    }


SEED: dict[str, list[dict[str, Any]]] = {
    # Several customers of the same second, so that pages must not lean on the time alone.
    "customers": [customer(number, NOW - 60 * DAY + number // 4) for number in range(230)]
    + [customer(900, NOW - 50 * DAY, deleted=True)],
    "products": [
        {"id": "prod_creator", "object": "product", "active": True, "created": NOW - 90 * DAY, "name": "Creator"},
        {"id": "prod_old", "object": "product", "active": False, "created": NOW - 91 * DAY, "name": "Old"},
    ],
    "prices": [PRICE],
    "subscriptions": [
        subscription(1, NOW - 40 * DAY, "active"),
        subscription(2, NOW - 30 * DAY, "canceled"),
        subscription(3, NOW - 20 * DAY, "past_due"),
    ],
    "invoices": [
        invoice(1, NOW - 40 * DAY),
        invoice(2, NOW - 10 * DAY, lines=25),
        invoice(3, NOW - 9 * DAY, customer="cus_00000000000900", status="open"),
    ],
    "charges": [
        {
            "id": "ch_00000000000001",
            "object": "charge",
            "amount": 1500,
            "amount_refunded": 0,
            "created": NOW - 40 * DAY,
            "currency": "jpy",
            "customer": "cus_00000000000001",
            "payment_intent": None,
            "refunded": False,
        }
    ],
    "events": [
        event(1, NOW - 31 * DAY, "customer.created"),
        event(2, NOW - 29 * DAY, "customer.created"),
        event(3, NOW - 2 * DAY, "invoice.paid"),
        event(4, NOW - 1 * DAY, "customer.subscription.updated"),
    ],
}

PLANNING: dict[str, Any] = {
    "spreadsheetId": SPREADSHEET,
    "title": "planning",
    "sharedWith": [PLATFORM],
    "namedRanges": [{"name": "targets", "range": "kpi_targets!A1:C"}],
    "sheets": [
        {
            "title": "kpi_targets",
            "values": [
                ["Date", "Metric", "Target", "Note"],
                [43831, "mrr", 1000000, ""],
                [43832, "active_users", 1234.5, None],
                [],
                [43833.5, "mrr", True, "last", "", ""],
                ["", "", ""],
            ],
            "dateColumns": [0],
            "numberFormats": {"2": "#,##0.00"},
        },
        {
            "title": "campaign costs",
            "values": [
                ["Date", "Code", "Cost"],
                [43831, "007", "#REF!"],
                [43832, "010", {"formula": "=1+1", "value": 2}],
            ],
            "dateColumns": [0],
        },
        {"title": "Q1", "values": [["quarter"]]},
        {"title": "empty", "values": []},
    ],
}
