"""Pseudonyms: stable, secret, and no text that dbt writes or sends has the pepper."""

import datetime
import hashlib
import json

from dbt.cli.main import dbtRunner

from tests.integration.dbt_project.warehouse import DBT, Warehouse

DAY = datetime.date(2026, 11, 20)


def dbt(warehouse: Warehouse, *arguments: str) -> None:
    folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", warehouse.target]
    folders += ["--log-path", warehouse.target]
    finished = dbtRunner().invoke([*arguments, *map(str, folders), "--quiet"])
    assert finished.success, finished.exception


def test_a_pseudonym_is_a_hash_with_a_pepper_that_stands_in_no_text_and_never_changes(warehouse: Warehouse) -> None:
    dbt(warehouse, "run-operation", "make_pepper")
    (row,) = warehouse.rows("select name, pepper from ops.peppers")
    dbt(warehouse, "run-operation", "make_pepper")
    assert warehouse.rows("select name, pepper from ops.peppers") == [row]
    assert len(row["pepper"]) == 72
    dbt(
        warehouse,
        "compile",
        "--inline",
        "select {{ pseudonym(\"'a@example.org'\") }} as x",
        "--log-level-file",
        "debug",
    )
    compiled = json.loads((warehouse.target / "run_results.json").read_text())["results"][0]["compiled_code"]
    expected = hashlib.sha256(f"{row['pepper']}a@example.org".encode()).hexdigest()
    assert warehouse.rows(compiled) == [{"x": expected}]
    texts = [file.read_bytes() for file in warehouse.target.rglob("*") if file.is_file()]
    assert len(texts) > 2
    assert not any(row["pepper"].encode() in text for text in texts)
