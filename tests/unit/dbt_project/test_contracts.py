"""Staging and the contracts say the same: no table, column, type, key or policy tag can drift from one to the other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from extract.contract import Table
from extract.contract_file import read

MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
TABLES = read(MODELS / "staging")
RENDERED_TAG = re.compile(r"\{\{ env_var\('KURA_POLICY_TAG_(\w+)'\) \}\}")


def declared_models() -> Iterator[dict[str, Any]]:
    for file in sorted(MODELS.rglob("*__models.yml")):
        yield from yaml.safe_load(file.read_text())["models"]


BY_NAME = {model["name"]: model for model in declared_models()}


def staging_name(table: Table) -> str:
    return f"stg_{table.source}__{table.name}"


def tag(column: dict[str, Any]) -> str | None:
    """The logical name of a column's policy tag."""
    tags = column.get("policy_tags", [])
    assert len(tags) <= 1, "BigQuery takes one policy tag a column"
    if not tags:
        return None
    found = RENDERED_TAG.fullmatch(tags[0])
    assert found, tags
    return found[1].lower()


def selected(model: Path) -> list[str]:
    """The columns that a staging model's last SELECT lists."""
    last = model.read_text().rpartition("\nselect\n")[2]
    listed = last.rpartition("{{ undecoded(")[0]
    return [line.strip().rstrip(",") for line in listed.splitlines() if line.strip()]


def test_every_contract_has_a_staging_model_and_no_staging_model_lacks_a_contract() -> None:
    models = {path.stem: path.parent.name for path in (MODELS / "staging").rglob("*.sql")}
    # Of a table that is delivered as changes there may be a model of what was deleted.
    deletes = {staging_name(table).replace("__", "__deleted_") for table in TABLES if table.mode == "incremental"}
    assert {name: models[name] for name in models.keys() - deletes} == {
        staging_name(table): table.source for table in TABLES
    }


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_staging_model_has_the_columns_types_and_policy_tags_of_its_contract(table: Table) -> None:
    columns = [(column["name"], column["data_type"], tag(column)) for column in BY_NAME[staging_name(table)]["columns"]]
    added = [("_undecoded", "ARRAY<STRING>", None), ("_delivered_on", "DATE", None)]
    declared = [(column.name, column.data_type, column.policy_tag) for column in table.columns]
    assert columns == declared + (added if table.full_every else added[:1])


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_staging_model_selects_the_columns_of_its_contract_from_its_own_raw_table(table: Table) -> None:
    model = MODELS / "staging" / table.source / f"{staging_name(table)}.sql"
    assert selected(model) == [column.name for column in table.columns]
    named = re.findall(r"\b(current_rows|deliver|decode|undecoded)\('(\w+)', '(\w+)'\)", model.read_text())
    assert named == [(call, table.dataset, table.name) for call in ("deliver", "current_rows", "decode", "undecoded")]


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_table_that_is_delivered_as_changes_is_staged_by_them_and_no_other_is(table: Table) -> None:
    model = (MODELS / "staging" / table.source / f"{staging_name(table)}.sql").read_text()
    assert ("materialized='changes'" in model) is (table.full_every is not None)
    assert model.endswith(" as _undecoded,\n    _delivered_on\nfrom decoded\n") is (table.full_every is not None)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_the_key_of_a_contract_is_tested_and_so_is_that_all_values_decode(table: Table) -> None:
    tests = BY_NAME[staging_name(table)]["data_tests"]
    by_name = {name: test[name] for test in tests if isinstance(test, dict) for name in test}
    assert by_name["unique_key"]["arguments"]["columns"] == list(table.key)
    assert "decoded" in [*by_name, *(test for test in tests if isinstance(test, str))]


def test_every_model_is_declared_once_and_every_column_of_it_is_described() -> None:
    names = [model["name"] for model in declared_models()]
    assert sorted(names) == sorted(path.stem for path in MODELS.rglob("*.sql"))
    assert [model["name"] for model in declared_models() if not model.get("description")] == []
    bare = [
        f"{model['name']}.{column['name']}"
        for model in declared_models()
        for column in model["columns"]
        if not column.get("description") or not column.get("data_type")
    ]
    assert bare == []


def accepted_metrics(model: str) -> list[str]:
    metric = next(column for column in BY_NAME[model]["columns"] if column["name"] == "metric")
    values: list[str] = metric["data_tests"][0]["accepted_values"]["arguments"]["values"]
    return values


def test_every_metric_that_may_have_a_target_is_a_column_of_kpi_daily_and_stands_beside_its_target() -> None:
    metrics = accepted_metrics("kpi_daily_targets")
    assert metrics == accepted_metrics("stg_sheets__kpi_targets")
    assert [column["name"] for column in BY_NAME["kpi_daily"]["columns"] if column["name"] in metrics] == metrics


MART_COLUMNS = [
    (f"{model['name']}.{column['name']}", column)
    for file in (MODELS / "marts").rglob("*__models.yml")
    for model in yaml.safe_load(file.read_text())["models"]
    for column in model["columns"]
]


def test_a_column_of_a_mart_that_is_named_like_a_protected_one_of_staging_is_protected_too() -> None:
    protected = {column.name: column.policy_tag for table in TABLES for column in table.columns if column.policy_tag}
    open_somewhere = {column.name for table in TABLES for column in table.columns if not column.policy_tag}
    differing = {
        name: tag(column)
        for name, column in MART_COLUMNS
        if column["name"] in protected.keys() - open_somewhere and tag(column) != protected[column["name"]]
    }
    assert differing == {}


def test_what_is_pii_in_a_mart_is_text_for_of_nothing_else_bigquery_makes_a_hash() -> None:
    """https://cloud.google.com/bigquery/docs/column-data-masking-intro#masking_options"""
    pii = {name: column["data_type"] for name, column in MART_COLUMNS if tag(column) == "pii"}
    assert pii
    assert {name: data_type for name, data_type in pii.items() if data_type not in ("STRING", "BYTES")} == {}
