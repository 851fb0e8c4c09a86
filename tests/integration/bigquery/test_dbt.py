"""A small dbt project runs, and runs again, as on BigQuery."""

import json
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway, token
from tests.integration.bigquery.tables import TAG, select, tags

PARTITION = "partition_by={'field': 'day', 'data_type': 'date'}"
OVERWRITE = f"materialized='incremental', incremental_strategy='insert_overwrite', {PARTITION}"
COLUMNS = "select id, email, day from {{ ref('users') }}"
NEWER = "{% if is_incremental() %} where day >= date '2026-11-04' {% endif %}"
MODELS = {
    "users": "{{ config(materialized='table', cluster_by=['id'], labels={'team': 'data'}) }} select x as id, "
    'concat(\'{{ var("prefix", "a") }}\', cast(x as string)) as email, '
    "date_add(date '2026-11-01', interval mod(x, 5) day) as day from unnest(generate_array(1, 100)) as x",
    "users_view": "{{ config(materialized='view') }} select id, day from {{ ref('users') }}",
    "static": f"{{{{ config({OVERWRITE}, require_partition_filter=true, "
    f"partitions=[\"date '2026-11-04'\", \"date '2026-11-05'\"]) }}}} {COLUMNS} {NEWER}",
    "dynamic": f"{{{{ config({OVERWRITE}, require_partition_filter=true) }}}} {COLUMNS} {NEWER}",
    "merged": f"{{{{ config(materialized='incremental', unique_key='id') }}}} {COLUMNS} {NEWER}",
}
TAGGED = {"name": "email", "description": "The address", "policy_tags": [TAG.format("pii")]}
KEY = {"name": "id", "description": "The key", "data_tests": ["unique", "not_null"]}
PROPERTIES = {
    "version": 2,
    "models": [
        {"name": "users", "description": "Everybody", "columns": [KEY, TAGGED]},
        {"name": "users_view", "description": "A view", "columns": [KEY]},
        *({"name": name, "columns": [TAGGED]} for name in ("static", "dynamic", "merged")),
    ],
}
PROJECT = {
    "name": "trial",
    "profile": "trial",
    "models": {"+persist_docs": {"relation": True, "columns": True}},
    "flags": {"send_anonymous_usage_stats": False, "use_colors": False},
}


@pytest.fixture
def project(tmp_path: Path, gateway: Gateway, dataset: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    output = {
        "type": "bigquery", "method": "oauth-secrets", "token": token({"email": PLATFORM}), "threads": 4,
        "project": "koe-sandbox", "dataset": dataset, "location": "US",
    }  # fmt: skip
    profiles = {"trial": {"target": "only", "outputs": {"only": output}}}
    (tmp_path / "models").mkdir()
    for name, content in (("dbt_project", PROJECT), ("profiles", profiles), ("models/properties", PROPERTIES)):
        (tmp_path / f"{name}.yml").write_text(json.dumps(content))  # JSON is YAML
    for name, sql in MODELS.items():
        (tmp_path / "models" / f"{name}.sql").write_text(sql)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", gateway.url)
    return tmp_path


def build(project: Path, **variables: str) -> dict[str, str]:
    """Runs `dbt build` and gives every node's status."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    outcome = dbtRunner().invoke(["--quiet", "build", *folders, "--vars", json.dumps(variables)])
    assert outcome.exception is None
    return {str(result.node.name): f"{result.status}: {result.message}" for result in outcome.result}


def test_a_project_builds_and_builds_again(client: bigquery.Client, dataset: str, project: Path) -> None:
    for prefix in ("a", "b"):
        results = build(project, prefix=prefix)
        assert len(results) == 9
        assert [text for text in results.values() if not text.startswith(("success", "pass"))] == []
        filtered = "WHERE day > '2000-01-01'"
        for name in ("users", "static", "dynamic", "merged"):
            counted = f"SELECT COUNT(*), COUNT(DISTINCT id) FROM {dataset}.{name} {filtered}"
            assert select(client, counted) == [(100, 100)]
            assert tags(client, f"{dataset}.{name}") == {"email": (TAG.format("pii"),)}
        by_prefix = "SELECT LEFT(email, 1), COUNT(*) FROM {}.{} WHERE day > '2000-01-01' GROUP BY 1 ORDER BY 1"
        expected = [("a", 100)] if prefix == "a" else [("a", 60), ("b", 40)]
        for name in ("static", "dynamic", "merged"):
            assert select(client, by_prefix.format(dataset, name)) == expected
    users, view = (client.get_table(f"{dataset}.{name}") for name in ("users", "users_view"))
    assert (users.description, users.labels, users.clustering_fields) == ("Everybody", {"team": "data"}, ["id"])
    assert [column.description for column in users.schema][:2] == ["The key", "The address"]
    assert (view.table_type, view.description, view.schema[0].description) == ("VIEW", "A view", "The key")
    assert client.get_table(f"{dataset}.static").require_partition_filter
    assert {table.table_id for table in client.list_tables(dataset)} == set(MODELS), "no temporary table is left"
