"""The lineage guard over the real models, and over a copy of the project in which leaks are planted."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from google.cloud import bigquery

from governance.lineage.guard import Finding, Guard, check
from orchestration.lineage import compile_project
from tests.integration.bigquery.access_fixtures import PROJECT, TAGS, tag
from tests.integration.dbt_project.plants import HARMLESS, MACROS, PLANTS
from tests.integration.dbt_project.warehouse import DBT, TABLES, Warehouse


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


def create_incremental_tables(client: bigquery.Client, project: Path) -> set[str]:
    """Empty tables for the incremental models, so that dbt compiles what it does on every day but the first."""
    files = [file for file in (project / "models").rglob("*.sql") if "materialized='incremental'" in file.read_text()]
    names = {file.stem for file in files}
    declared = [yaml.safe_load(file.read_text()) for file in (project / "models").rglob("*__models.yml")]
    for model in (model for each in declared for model in each["models"] if model["name"] in names):
        schema = [bigquery.SchemaField(column["name"], column["data_type"]) for column in model["columns"]]
        client.create_table(bigquery.Table(f"{PROJECT}.build.{model['name']}", schema=schema))
    return names


@pytest.fixture(scope="module")
def found(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What the guard finds in the copy: in all models as first built, and in incremental ones as they go on."""
    project = tmp_path_factory.mktemp("planted") / "project"
    shutil.copytree(DBT, project, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    plant(project)
    incremental = create_incremental_tables(warehouse.client, project)
    policy_tags = {name: tag(name) for name in TAGS}
    going_on, full = compile_project(project)
    findings = check(full, TABLES.values(), policy_tags)
    guard = Guard(going_on, TABLES.values(), policy_tags)
    for node in (node for node in guard.nodes.values() if node["name"] in incremental):
        assert node["compiled_code"] != full["nodes"][node["unique_id"]]["compiled_code"]
        findings += guard.check(node)
    return findings


def test_neither_a_real_model_nor_one_behind_declassifiers_leaks(found: list[Finding]) -> None:
    assert [str(finding) for finding in found if not finding.model.startswith("leak_")] == []


@pytest.mark.parametrize("kind", PLANTS)
def test_a_planted_leak_is_found_and_its_path_is_shown(kind: str, found: list[Finding]) -> None:
    said = [str(finding) for finding in found if finding.model == f"leak_{kind}"]
    assert any(PLANTS[kind].said in text for text in said), said
