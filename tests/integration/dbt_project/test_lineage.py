"""The lineage guard over the real models, and over a copy of the project in which leaks are planted."""

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from governance.lineage.guard import Finding, Guard, check
from tests.integration.bigquery.access_fixtures import TAGS, tag
from tests.integration.dbt_project.plants import HARMLESS, MACROS, PLANTS
from tests.integration.dbt_project.warehouse import DBT, TABLES, Warehouse

DAY = datetime.date(2026, 11, 20)


def plant(project: Path) -> None:
    """Adds the planted models to a project."""
    models = []
    for kind, leak in PLANTS.items():
        (project / "models" / "marts" / f"leak_{kind}.sql").write_text(leak.sql)
        x = [{"name": "x", "data_type": "STRING", "description": "-", **leak.x}] if leak.declared else []
        others = [{"name": name, "data_type": "STRING", "description": "-"} for name in leak.columns]
        models.append({"name": f"leak_{kind}", "description": "-", "columns": x + others})
    for kind, sql in HARMLESS.items():
        (project / "models" / "marts" / f"open_{kind}.sql").write_text(sql)
        x = {"name": "x", "data_type": "STRING", "description": "-"}
        models.append({"name": f"open_{kind}", "description": "-", "columns": [x]})
    (project / "models" / "marts" / "_leaks__models.yml").write_text(json.dumps({"version": 2, "models": models}))
    (project / "macros" / "leaks.sql").write_text(MACROS)


def create(client: bigquery.Client, node: dict[str, Any]) -> None:
    """The empty table of an incremental model, so that dbt compiles what it does on every day but the first."""
    schema = [bigquery.SchemaField(column["name"], column["data_type"]) for column in node["columns"].values()]
    table = bigquery.Table(f"{node['database']}.{node['schema']}.{node['name']}", schema=schema)
    table.time_partitioning = bigquery.TimePartitioning(field=node["config"]["partition_by"]["field"])
    client.create_table(table)


@pytest.fixture(scope="module")
def found(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What the guard finds in the copy: in every model as it is built first, and in incremental ones as they go on."""
    project = tmp_path_factory.mktemp("planted") / "project"
    shutil.copytree(DBT, project, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    plant(project)
    folders = ["--project-dir", project, "--profiles-dir", project, "--target-path", warehouse.target]
    arguments = [*map(str, folders), "--log-path", str(warehouse.target), "--quiet"]
    arguments += ["--vars", json.dumps({"window_date": DAY.isoformat()})]
    policy_tags = {name: tag(name) for name in TAGS}

    def compiled(*selection: str, parsed: Any = None) -> tuple[dict[str, Any], Any]:
        runner = dbtRunner(manifest=parsed)
        finished = runner.invoke(["compile", *arguments, *selection])
        assert finished.success, finished.exception
        return json.loads((warehouse.target / "manifest.json").read_bytes()), runner.manifest

    first, parsed = compiled()
    findings = check(first, TABLES.values(), policy_tags)
    incremental = [node for node in first["nodes"].values() if node["config"]["materialized"] == "incremental"]
    assert incremental
    for node in incremental:
        create(warehouse.client, node)
    again, _ = compiled("--select", "config.materialized:incremental", parsed=parsed)
    ids = {node["unique_id"] for node in incremental}
    assert all("generated_on in" in again["nodes"][one]["compiled_code"] for one in ids if "fct_generations" in one)
    guard = Guard(again, TABLES.values(), policy_tags)
    return [*findings, *(finding for one in ids for finding in guard.check(again["nodes"][one]))]


def test_neither_a_real_model_nor_one_behind_declassifiers_leaks(found: list[Finding]) -> None:
    assert [str(finding) for finding in found if not finding.model.startswith("leak_")] == []


@pytest.mark.parametrize("kind", PLANTS)
def test_a_planted_leak_is_found_and_its_path_is_shown(kind: str, found: list[Finding]) -> None:
    said = [str(finding) for finding in found if finding.model == f"leak_{kind}"]
    assert any(PLANTS[kind].said in text for text in said), said
