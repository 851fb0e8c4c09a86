"""A model runs within its scan budget or not at all."""

import json
from pathlib import Path

import pytest
from dbt.artifacts.schemas.results import ExecutionResult
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from extract.errors import Terminal
from governance.scans import budgets
from orchestration.scan_guard import ScanGuard
from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway, token

MERGED = "materialized='incremental', unique_key='n'"
MODELS = {
    "within": ("8 KiB", "{{ config(materialized='table') }} select n from numbers"),
    "beyond": ("7 KiB", "{{ config(materialized='table') }} select n from numbers"),
    "viewed": ("1 B", "{{ config(materialized='view') }} select n from numbers"),
    # On the first day a table is made, on the others merged into: of 1,000 numbers, and 1,000 that are there.
    "grown": ("15 KiB", f"{{{{ config({MERGED}) }}}} select n from numbers"),
    "unsaid": (None, "{{ config(materialized='table') }} select n from numbers"),
    "broken": ("1 B", "{{ config(materialized='table') }} select m from numbers"),
}


@pytest.fixture
def numbers(client: bigquery.Client, dataset: str) -> str:
    """1,000 numbers of 8 bytes."""
    client.query_and_wait(f"create table {dataset}.numbers as select n from unnest(generate_array(1, 1000)) as n")
    return f"{dataset}.numbers"


@pytest.fixture
def project(tmp_path: Path, gateway: Gateway, numbers: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    output = {
        "type": "bigquery", "method": "oauth-secrets", "token": token({"email": PLATFORM}), "threads": 2,
        "project": "koe-sandbox", "dataset": numbers.partition(".")[0], "location": "US",
    }  # fmt: skip
    properties = [
        {"name": name, "config": {"meta": {"scan_budget": of} if of else {}}} for name, (of, _) in MODELS.items()
    ]
    files = {
        "dbt_project": {"name": "trial", "profile": "trial", "flags": {"send_anonymous_usage_stats": False}},
        "profiles": {"trial": {"target": "only", "outputs": {"only": output}}},
        "models/properties": {"version": 2, "models": properties},
    }
    (tmp_path / "models").mkdir()
    for name, content in files.items():
        (tmp_path / f"{name}.yml").write_text(json.dumps(content))  # JSON is YAML
    for name, (_, sql) in MODELS.items():
        (tmp_path / "models" / f"{name}.sql").write_text(sql.replace("numbers", numbers))
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", gateway.url)
    return tmp_path


def run(project: Path, client: bigquery.Client) -> dict[str, tuple[str, str]]:
    """Runs dbt under guard; every model's status and message."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    outcome = dbtRunner(callbacks=[ScanGuard(client)]).invoke(["--quiet", "run", *folders])
    assert isinstance(outcome.result, ExecutionResult), outcome.exception
    return {one.node.name: (str(one.status), " ".join(str(one.message).split())) for one in outcome.result}


def test_a_model_beyond_its_budget_fails_before_it_costs_anything(
    client: bigquery.Client, project: Path, numbers: str
) -> None:
    first, second = run(project, client), run(project, client)
    for results in (first, second):
        status, message = results["beyond"]
        assert (status, results["within"][0], results["viewed"][0]) == ("error", "success", "success")
        assert message.endswith(
            "beyond would scan 7.8 KiB and its budget is 7.0 KiB: it has not run; read fewer days or columns, or raise "
            "scan_budget"
        )
        assert "unsaid has no scan_budget; state what it may scan" in results["unsaid"][1]
        assert "Unrecognized name: m" in results["broken"][1]
    assert (first["grown"][0], second["grown"][0]) == ("success", "error")
    assert "grown would scan 15.6 KiB and its budget is 15.0 KiB" in second["grown"][1]
    made = {table.table_id for table in client.list_tables(numbers.partition(".")[0])}
    assert made == {"numbers", "within", "viewed", "grown"}
    sent = [job.query for job in client.list_jobs() if isinstance(job, bigquery.QueryJob)]
    assert not [sql for sql in sent if "`beyond`" in sql and numbers in sql]
    assert [sql for sql in sent if "`within`" in sql and numbers in sql]


def test_a_query_is_estimated_without_running(client: bigquery.Client, numbers: str) -> None:
    before = len(list(client.list_jobs()))
    sql = f"select n from {numbers}"
    assert budgets.require_within(client, "chart users", sql, 8_000) == 8_000
    with pytest.raises(budgets.OverBudget, match=r"^chart users would scan 7\.8 KiB and its budget is 7\.8 KiB"):
        budgets.require_within(client, "chart users", sql, 7_999)
    with pytest.raises(Terminal, match="chart users is a script"):
        budgets.require_within(client, "chart users", f"declare m int64; {sql};", 8_000)
    with pytest.raises(Terminal, match=r"estimating what chart users scans: .*Unrecognized name: nothing"):
        budgets.require_within(client, "chart users", "select nothing", 8_000)
    assert len(list(client.list_jobs())) == before
