"""A bad delivery fails its asset with the reason, and the data that was there stays."""

import datetime
import json
import urllib.request
from typing import Any

import pytest

from tests.support import Sandbox

REASONS = {
    "truncate": "not as the export wrote it",
    "alter": "not as the export wrote it",
    "empty": "the delivery has no rows",
}


def post(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    address = sandbox.variables["AWS_ENDPOINT_URL"] + path
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers)) as answer:
        assert answer.status < 300


def days_before(sandbox: Sandbox, days: int) -> str:
    """A day whose exports nobody has asked for yet: an export that exists already would be used again."""
    return (sandbox.day - datetime.timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("days", "kind"), [(1, "truncate"), (2, "alter"), (3, "empty")])
def test_a_damaged_or_empty_export_fails_the_asset_and_leaves_the_warehouse(
    daily_run: Sandbox, days: int, kind: str
) -> None:
    before = daily_run.contents("raw_dynamodb")
    post(daily_run, "/_kura/faults", {"source": "dynamodb", "kind": kind, "table": "koe-voices"})
    finished = daily_run.kura("run", "--date", days_before(daily_run, days), "--select", 'key:"raw_dynamodb/voices"')
    assert finished.returncode == 1, finished.stdout
    assert "dynamodb.voices" in finished.stdout
    assert REASONS[kind] in finished.stdout
    assert "Traceback" not in finished.stdout
    assert daily_run.contents("raw_dynamodb") == before


def test_a_table_that_the_export_skipped_fails_by_name_while_the_others_load(daily_run: Sandbox) -> None:
    date = days_before(daily_run, 4)
    post(daily_run, "/_kura/rds", {"skip": ["public.teams"]})
    try:
        finished = daily_run.kura("run", "--date", date, "--select", 'key:"raw_aurora/teams" or key:"raw_aurora/users"')
    finally:
        post(daily_run, "/_kura/rds", {"skip": []})
    assert finished.returncode == 1, finished.stdout
    assert "failed assets: raw_aurora/teams\n" in finished.stdout
    partition = date.replace("-", "")
    client = daily_run.client()
    assert list(client.list_rows(f"raw_aurora.users${partition}", max_results=1))
