"""The lineage guard over the real models, and over a copy of the project in which leaks are planted."""

import json
import shutil
from pathlib import Path

import pytest
from google.cloud import bigquery

from governance.lineage.guard import Finding, check
from orchestration.lineage import compile_project
from tests.integration.bigquery.access_fixtures import PROJECT, TAGS, tag
from tests.integration.dbt_project.plants import ELSEWHERE, HARMLESS, MACROS, PLANTS
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
    for file, (text, _) in ELSEWHERE.items():
        (project / file).parent.mkdir(exist_ok=True)
        (project / file).write_text(text)
    seeds = [{"name": "leak_seed", "config": {"schema": "build", "post_hook": "create table marts.t as select 1 as y"}}]
    content = json.dumps({"version": 2, "models": models, "seeds": seeds})
    (project / "models" / "marts" / "_leaks__models.yml").write_text(content)
    (project / "macros" / "leaks.sql").write_text(MACROS)


@pytest.fixture(scope="module")
def found(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What the guard finds in the copy, as models are first built and as incremental ones go on."""
    project = tmp_path_factory.mktemp("planted") / "project"
    shutil.copytree(DBT, project, ignore=shutil.ignore_patterns("target", "logs", ".user.yml"))
    plant(project)
    x = bigquery.SchemaField("x", "STRING")
    for kind in ("going_on", "first_build"):
        # Once its table is there, an incremental model compiles as on every day but the first.
        warehouse.client.create_table(bigquery.Table(f"{PROJECT}.build.leak_{kind}", schema=[x]))
    policy_tags = {name: tag(name) for name in TAGS}
    return [finding for each in compile_project(project) for finding in check(each, TABLES.values(), policy_tags)]


def test_neither_a_real_model_nor_one_behind_declassifiers_leaks(found: list[Finding]) -> None:
    planted = ("leak_", "macro asked")
    assert [str(finding) for finding in found if not finding.model.startswith(planted)] == []


@pytest.mark.parametrize("kind", PLANTS)
def test_a_planted_leak_is_found_and_its_path_is_shown(kind: str, found: list[Finding]) -> None:
    said = [str(finding) for finding in found if finding.model == f"leak_{kind}"]
    assert any(PLANTS[kind].said in text for text in said), said


@pytest.mark.parametrize("file", ELSEWHERE)
def test_a_leak_that_is_planted_in_no_model_is_found(file: str, found: list[Finding]) -> None:
    said = [str(finding) for finding in found if finding.model == Path(file).stem]
    assert any(ELSEWHERE[file][1] in text for text in said), said
