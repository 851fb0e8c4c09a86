"""Pseudonyms: stable, secret, and no text that dbt writes or sends has the pepper."""

import hashlib
import json
from typing import Any

from dbt.cli.main import dbtRunner

from sandbox import names
from tests.integration.dbt_project.warehouse import DBT, Warehouse


def dbt(warehouse: Warehouse, *arguments: str, parsed: Any = None) -> Any:
    """Runs dbt on the project, or on what was parsed of it before; returns the result."""
    folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", warehouse.target]
    folders += ["--log-path", warehouse.target]
    finished = dbtRunner(manifest=parsed).invoke([*arguments, *map(str, folders), "--quiet"])
    assert finished.success, finished.exception
    return finished.result


def test_a_pseudonym_is_a_hash_with_a_pepper_that_stands_in_no_text_and_never_changes(warehouse: Warehouse) -> None:
    parsed = dbt(warehouse, "parse")
    dbt(warehouse, "run-operation", "make_pepper", parsed=parsed)
    (row,) = warehouse.rows("select name, pepper from ops.peppers")
    dbt(warehouse, "run-operation", "make_pepper", parsed=parsed)
    assert warehouse.rows("select name, pepper from ops.peppers") == [row]
    assert len(row["pepper"]) == 72
    column = warehouse.client.get_table("ops.peppers").schema[1]
    assert column.policy_tags is not None
    assert list(column.policy_tags.names) == [names.policy_tag("restricted")]
    sql = "select {{ pseudonym(\"'a@example.org'\") }} as x"
    dbt(warehouse, "compile", "--inline", sql, "--log-level-file", "debug", parsed=parsed)
    compiled = json.loads((warehouse.target / "run_results.json").read_text())["results"][0]["compiled_code"]
    expected = hashlib.sha256(f"{row['pepper']}a@example.org".encode()).hexdigest()
    assert warehouse.rows(compiled) == [{"x": expected}]
    texts = [file.read_bytes() for file in warehouse.target.rglob("*") if file.is_file()]
    assert len(texts) > 2
    assert not any(row["pepper"].encode() in text for text in texts)
