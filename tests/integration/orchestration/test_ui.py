"""What the Dagster UI shows and does, asked of a real `dagster dev` through GraphQL as the UI asks it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration import manifest
from tests.support import Sandbox, without_settings

DEADLINE = 120.0
LOCATION = {"repositoryLocationName": "orchestration.definitions", "repositoryName": "__repository__"}
GRAPH = """query($days: [String!]) { assetNodes {
    assetKey { path } groupName description isPartitioned isMaterializable kinds
    partitionDefinition { type description }
    dependencyKeys { path } dependedByKeys { path }
    assetChecksOrError { ... on AssetChecks { checks { name blocking } } }
    assetMaterializations(limit: 1, partitions: $days) {
        partition metadataEntries { label ... on IntMetadataEntry { intRepr } } }
} }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
AGAIN = """mutation($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"

Node = dict[str, Any]


class UI:
    """A server of the UI and the way its pages ask it."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self._address, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def ended(self, run_id: str) -> str:
        """The status of a run once it has ended."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            status: str = self.ask(STATUS, id=run_id)["runOrError"]["status"]
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                return status
            time.sleep(0.5)
        raise AssertionError(f"run {run_id} has not ended in {DEADLINE} s")


@pytest.fixture(scope="module")
def ui(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UI]:
    """`dagster dev` over a sandbox in which the sheets were loaded."""
    loaded = sandbox.kura("run", "--date", sandbox.day.isoformat(), "--select", "group:sheets")
    assert loaded.returncode == 0, loaded.stdout
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dagster = str(Path(sys.executable).with_name("dagster"))
    command = [dagster, "dev", "--host", "127.0.0.1", "--port", str(port), "--module-name", "orchestration.definitions"]
    with (tmp_path_factory.mktemp("ui") / "log").open("w+") as log:
        server = subprocess.Popen(
            command,
            cwd=manifest.PROJECT.parent,
            env=without_settings() | sandbox.variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + DEADLINE
            while not _answers(port):
                log.seek(0)
                assert server.poll() is None and time.monotonic() < deadline, log.read()
                time.sleep(0.5)
            yield UI(port)
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def nodes(ui: UI, sandbox: Sandbox) -> dict[str, Node]:
    return {
        "/".join(node["assetKey"]["path"]): node for node in ui.ask(GRAPH, days=[sandbox.day.isoformat()])["assetNodes"]
    }


def above(nodes: dict[str, Node], name: str) -> set[str]:
    """Every asset that an asset is made from, however far away."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        parents = {"/".join(key["path"]) for key in nodes[waiting.pop()]["dependencyKeys"]}
        waiting += parents - found
        found |= parents
    return found


def test_every_asset_has_its_group_a_description_and_daily_partitions(nodes: dict[str, Node]) -> None:
    groups: dict[str, set[str]] = {}
    for name, node in nodes.items():
        groups.setdefault(node["groupName"], set()).add(name.split("/")[0])
        assert node["description"], name
        assert node["isPartitioned"] and node["isMaterializable"], name
        assert node["partitionDefinition"]["type"] == "TIME_WINDOW", name
        assert node["partitionDefinition"]["description"] == "Daily, starting 2026-01-01 Asia/Tokyo.", name
    assert groups == {
        **{source: {f"raw_{source}"} for source in ("aurora", "dynamodb", "sheets", "stripe")},
        **{name: {name} for name in ("staging", "build", "marts", "ops")},
    }


def test_lineage_leads_from_every_source_table_to_what_is_published(nodes: dict[str, Node]) -> None:
    published = {name for name in nodes if name.startswith("marts/")}
    assert published >= {
        f"marts/{model}"
        for model in ("dim_date", "dim_users", "dim_voices", "fct_generations", "fct_invoices", "kpi_daily")
    }
    for name in nodes:
        if name.startswith("raw_"):
            source, table = name.removeprefix("raw_").split("/")
            below = {"/".join(key["path"]) for key in nodes[name]["dependedByKeys"]}
            assert below - {f"staging/stg_{source}__deleted_{table}"} == {f"staging/stg_{source}__{table}"}
    assert above(nodes, "marts/dim_users") >= {"build/dim_users", "staging/stg_aurora__users", "raw_aurora/users"}
    stores = {"raw_dynamodb/generations", "raw_stripe/invoices", "raw_sheets/kpi_targets"}
    assert above(nodes, "marts/kpi_daily_targets") >= stores


def test_every_asset_has_checks_and_those_of_ours_block(nodes: dict[str, Node]) -> None:
    for name, node in nodes.items():
        blocking = {check["name"] for check in node["assetChecksOrError"]["checks"] if check["blocking"]}
        assert "policy_tags" in blocking, name
        assert ("reconciled" in blocking) == name.startswith("raw_"), name


def test_the_history_shows_what_kura_run_made_in_its_partition(sandbox: Sandbox, nodes: dict[str, Node]) -> None:
    for name in ("raw_sheets/campaign_costs", "raw_sheets/exchange_rates", "raw_sheets/kpi_targets"):
        node = nodes[name]
        [newest] = node["assetMaterializations"]
        assert newest["partition"] == sandbox.day.isoformat(), name
        entries = {entry["label"]: entry.get("intRepr") for entry in newest["metadataEntries"]}
        assert int(entries["dagster/row_count"]) >= 0, name
        assert {"bytes", "seconds"} <= entries.keys(), name


def test_the_run_belongs_to_the_job_that_the_ui_knows(sandbox: Sandbox, ui: UI) -> None:
    query = """query($filter: RunsFilter) { runsOrError(filter: $filter) { ... on Runs { results {
        status tags { key value } repositoryOrigin { repositoryName repositoryLocationName } } } } }"""
    partition = {"key": "dagster/partition", "value": sandbox.day.isoformat()}
    asked = {"pipelineName": "daily", "statuses": ["SUCCESS"], "tags": [partition]}
    runs = ui.ask(query, filter=asked)["runsOrError"]["results"]
    assert runs
    for run in runs:
        assert run["repositoryOrigin"] == LOCATION
        assert partition in run["tags"]


def test_a_table_can_be_materialized_from_the_ui_and_run_again(sandbox: Sandbox, ui: UI) -> None:
    asset = {"path": ["raw_sheets", "kpi_targets"]}
    partition = {"key": "dagster/partition", "value": sandbox.day.isoformat()}
    launched = ui.ask(
        LAUNCH,
        params={
            "selector": {**LOCATION, "jobName": "__ASSET_JOB", "assetSelection": [asset]},
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [partition]},
        },
    )["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    assert ui.ended(run_id) == "SUCCESS"
    again = ui.ask(AGAIN, params={"parentRunId": run_id, "strategy": "ALL_STEPS"})["launchRunReexecution"]
    assert again["__typename"] == "LaunchRunSuccess", again
    assert ui.ended(again["run"]["runId"]) == "SUCCESS"


def test_the_schedule_is_on(ui: UI) -> None:
    query = """query($selector: RepositorySelector!) { schedulesOrError(repositorySelector: $selector) {
        ... on Schedules { results { name cronSchedule executionTimezone scheduleState { status } } } } }"""
    [schedule] = ui.ask(query, selector=LOCATION)["schedulesOrError"]["results"]
    assert schedule == {
        "name": "daily_schedule",
        "cronSchedule": "30 1 * * *",
        "executionTimezone": "Asia/Tokyo",
        "scheduleState": {"status": "RUNNING"},
    }
