"""What dbt keeps of the project once it is parsed is good for every window."""

import json
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from tests.integration.dbt_project.warehouse import DBT, Warehouse, parsed


def content(manifest: Any) -> dict[str, Any]:
    """All that is made from the project's files, without the times at which that was done."""
    kinds = (manifest.nodes, manifest.sources, manifest.macros, manifest.unit_tests)
    made = {name: node.to_dict() for kind in kinds for name, node in kind.items()}
    for node in made.values():
        node.pop("created_at", None)
    return made


def test_nothing_that_is_parsed_depends_on_the_window(warehouse: Warehouse, tmp_path: Path) -> None:
    folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", tmp_path, "--log-path", tmp_path]
    variables = json.dumps({"window_date": "2026-02-28"})
    outcome = dbtRunner().invoke(["parse", *map(str, folders), "--vars", variables, "--quiet"])
    assert outcome.success, outcome.exception
    found, wanted = content(outcome.result), content(parsed())
    assert {name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)} == set()
