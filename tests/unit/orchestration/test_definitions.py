"""What Dagster shows is derived from the contracts and the dbt project, whole and without touching the network."""

import datetime
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.instance.config import PoolGranularity

from extract import aurora_task, contract, contract_file
from orchestration import instance, manifest
from orchestration.defs import publish

ROOT = Path(manifest.__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "orchestration").rglob("*.py")
)


@pytest.fixture
def definitions(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    def refuse(*_: Any) -> None:
        raise AssertionError("loading definitions must not connect to anything")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    from orchestration.definitions import definitions

    return definitions()


@pytest.fixture
def tables() -> tuple[contract.Table, ...]:
    return contract_file.read(manifest.MODELS)


def specs(definitions: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in definitions.resolve_all_asset_specs()}


def test_importing_any_module_reads_no_setting_and_opens_no_connection() -> None:
    script = f"""
import importlib, os, socket, sys

def refuse(*_):
    raise AssertionError("importing must not connect to anything")

socket.socket.connect = refuse
for module in {MODULES!r}:
    importlib.import_module(module)
"""
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""


def test_every_table_of_the_contracts_is_an_asset(
    definitions: dg.Definitions, tables: tuple[contract.Table, ...]
) -> None:
    found = specs(definitions)
    assert len(tables) >= 16
    for table in tables:
        spec = found[dg.AssetKey([table.dataset, table.name])]
        assert spec.group_name == table.source
        assert spec.description == table.description
        assert {"bigquery"} < spec.kinds
        schema = spec.metadata["dagster/column_schema"]
        shown = {
            (column.name, column.type, column.description, column.tags.get("policy_tag")) for column in schema.columns
        }
        assert shown == {(c.name, c.data_type, c.description, c.policy_tag) for c in table.columns}


def test_every_asset_has_a_description_a_group_and_daily_partitions(definitions: dg.Definitions) -> None:
    for key, spec in specs(definitions).items():
        assert spec.description, key
        assert spec.group_name in {"dynamodb", "aurora", "stripe", "sheets", "staging", "build", "marts", "ops"}, key
        assert isinstance(spec.partitions_def, dg.DailyPartitionsDefinition), key
        assert spec.partitions_def.timezone == "Asia/Tokyo", key


def test_every_staging_model_comes_from_its_source_table_alone(
    definitions: dg.Definitions, tables: tuple[contract.Table, ...]
) -> None:
    graph = definitions.resolve_asset_graph()
    for table in tables:
        key = dg.AssetKey(["staging", f"stg_{table.source}__{table.name}"])
        assert graph.get(key).parent_keys == {dg.AssetKey([table.dataset, table.name])}


def test_every_published_table_leads_back_to_the_stores(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    published = {key for key in graph.get_all_asset_keys() if key.path[0] == publish.MARTS}
    assert len(published) >= 6
    assert {key.path[0] for key in roots(graph, published)} >= {
        "raw_aurora",
        "raw_dynamodb",
        "raw_stripe",
        "raw_sheets",
    }


def roots(graph: Any, keys: set[dg.AssetKey]) -> set[dg.AssetKey]:
    """The assets from which everything above the keys comes."""
    found: set[dg.AssetKey] = set()
    while keys:
        found |= {key for key in keys if not graph.get(key).parent_keys}
        keys = {parent for key in keys for parent in graph.get(key).parent_keys}
    return found


def test_every_model_in_the_marts_folder_is_published(definitions: dg.Definitions) -> None:
    models = {path.stem for path in (manifest.MODELS / "marts").rglob("*.sql")}
    found = {key.path[1] for key in specs(definitions) if key.path[0] == publish.MARTS}
    assert found == models
    assert models


def test_a_published_table_shows_its_columns_with_logical_policy_tags(definitions: dg.Definitions) -> None:
    schema = specs(definitions)[dg.AssetKey(["marts", "dim_users"])].metadata["dagster/column_schema"]
    tags = {column.name: column.tags.get("policy_tag") for column in schema.columns}
    assert tags["email"] == "pii"
    assert tags["plan"] is None


def test_every_asset_that_is_a_table_has_checks_that_stop_the_run(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    names: dict[dg.AssetKey, set[str]] = {}
    for key in graph.asset_check_keys:
        names.setdefault(key.asset_key, set()).add(key.name)
    for key in graph.get_all_asset_keys():
        wanted = {"policy_tags", "reconciled"} if key.path[0].startswith("raw_") else {"policy_tags"}
        assert wanted <= names[key], key
    for check in (check for group in definitions.asset_checks or [] for check in group.check_specs):
        assert check.blocking


def test_every_raw_table_has_a_check_of_its_freshness_that_stops_nothing(
    definitions: dg.Definitions, tables: tuple[contract.Table, ...]
) -> None:
    graph = definitions.resolve_asset_graph()
    for table in tables:
        check = graph.get(dg.AssetCheckKey(dg.AssetKey([table.dataset, table.name]), "freshness"))
        assert table.freshness and not check.blocking


def test_the_job_has_one_step_a_source_one_of_dbt_one_of_checks_and_one_that_publishes(
    definitions: dg.Definitions,
) -> None:
    job = definitions.resolve_job_def("daily")
    assert {node.name for node in job.nodes} == {
        "dynamodb",
        "aurora",
        "stripe",
        "sheets",
        "dbt_build",
        "tags",
        "publish",
    }


def test_no_more_runs_export_from_aurora_at_a_time_than_its_account_has_export_tasks(
    definitions: dg.Definitions, tmp_path: Path
) -> None:
    nodes = definitions.resolve_job_def("daily").nodes
    assert {node.name: node.definition.pools for node in nodes if node.definition.pools} == {
        "aurora": {"aurora_exports"}
    }
    instance.prepare(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as prepared:
        pools = prepared.get_concurrency_config().pool_config
    assert (pools.default_pool_limit, pools.pool_granularity) == (aurora_task.AT_ONCE, PoolGranularity.RUN)


def test_the_schedule_runs_the_day_that_has_just_ended(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily_schedule")
    assert schedule.cron_schedule == "30 1 * * *"
    assert schedule.execution_timezone == "Asia/Tokyo"
    tick = datetime.datetime(2026, 3, 9, 16, 30, tzinfo=datetime.UTC)  # 01:30 of the 10th in Tokyo
    with dg.build_schedule_context(
        scheduled_execution_time=tick, repository_def=definitions.get_repository_def()
    ) as context:
        requests = schedule.evaluate_tick(context).run_requests
    assert [request.partition_key for request in requests or []] == ["2026-03-09"]


@pytest.mark.parametrize("webhook", ["", "https://hooks.example/services/x"])
def test_runs_and_tables_are_watched_whether_or_not_there_is_a_webhook(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, webhook: str
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", webhook)
    from orchestration.definitions import definitions

    names = {sensor.name for sensor in definitions().sensors or []}
    assert names == {"freshness", "punctuality", "continue_failed_run", "report_success", "report_failure"}
