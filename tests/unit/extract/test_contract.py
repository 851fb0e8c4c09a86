import copy
import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from extract import contract, contract_file
from extract.errors import ContractError
from extract.freshness import Freshness

Document = dict[str, Any]

VALID: Document = {
    "version": 2,
    "sources": [
        {
            "name": "raw_dynamodb",
            "description": "The product's items.",
            "tables": [
                {
                    "name": "generations",
                    "description": "One row per generation.",
                    "config": {
                        "freshness": {"warn_after": {"count": 30, "period": "hour"}},
                        "meta": {
                            "extract": {"mode": "full", "relation": "generations", "key": ["user_id", "generation_id"]}
                        },
                    },
                    "columns": [
                        {
                            "name": "user_id",
                            "data_type": "INT64",
                            "description": "Who.",
                            "config": {"meta": {"path": "userId"}},
                        },
                        {"name": "generation_id", "data_type": "STRING", "description": "Which."},
                        {
                            "name": "format",
                            "data_type": "STRING",
                            "description": "How.",
                            "config": {"meta": {"path": ["request", "format"], "policy_tag": "pii"}},
                        },
                        {"name": "labels", "data_type": "ARRAY<STRING>", "description": "Labels."},
                    ],
                }
            ],
        }
    ],
}


def read(directory: Path, document: object, name: str = "_dynamodb__sources.yml") -> tuple[contract.Table, ...]:
    (directory / name).write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return contract_file.read(directory)


def test_a_contract_becomes_a_table_with_its_columns(tmp_path: Path) -> None:
    [table] = read(tmp_path, VALID)
    assert str(table) == "dynamodb.generations"
    assert table.dataset == "raw_dynamodb"
    assert (table.relation, table.mode, table.key) == ("generations", "full", ("user_id", "generation_id"))
    assert (table.shrink_limit, table.allow_empty) == (0.5, False)
    assert [column.path for column in table.columns] == [
        ("userId",),
        ("generation_id",),
        ("request", "format"),
        ("labels",),
    ]
    assert [column.policy_tag for column in table.columns] == [None, None, "pii", None]


def test_contracts_are_found_in_the_folders_below(tmp_path: Path) -> None:
    (tmp_path / "dynamodb").mkdir()
    (tmp_path / "dynamodb" / "_dynamodb__sources.yml").write_text(yaml.safe_dump(VALID))
    (tmp_path / "schema.yml").write_text("not: a contract")
    assert [table.name for table in contract_file.read(tmp_path)] == ["generations"]


def test_the_freshness_of_a_table_is_its_own_before_that_of_its_source(tmp_path: Path) -> None:
    document = copy.deepcopy(VALID)
    document["sources"][0]["config"] = {"freshness": {"error_after": {"count": 3, "period": "day"}}}
    [found] = read(tmp_path, document)
    assert found.freshness == Freshness(datetime.timedelta(hours=30), datetime.timedelta(days=3))


def test_limits_are_read(tmp_path: Path) -> None:
    document = copy.deepcopy(VALID)
    document["sources"][0]["tables"][0]["config"]["meta"]["extract"] |= {"shrink_limit": 0, "allow_empty": True}
    [table] = read(tmp_path, document)
    assert (table.shrink_limit, table.allow_empty) == (0, True)


def test_options_of_a_mode_are_read(tmp_path: Path) -> None:
    document = copy.deepcopy(VALID)
    document["sources"][0]["tables"][0]["config"]["meta"]["extract"] |= {"mode": "incremental", "full_every": "7d"}
    [table] = read(tmp_path, document)
    assert (table.mode, table.full_every) == ("incremental", datetime.timedelta(days=7))


def table(document: Document) -> Document:
    found: Document = document["sources"][0]["tables"][0]
    return found


def extract(document: Document) -> Document:
    found: Document = table(document)["config"]["meta"]["extract"]
    return found


def column(document: Document, number: int = 0) -> Document:
    found: Document = table(document)["columns"][number]
    return found


TABLE = r"_dynamodb__sources\.yml: raw_dynamodb\.generations"

PROBLEMS: dict[str, tuple[Callable[[Document], object], str]] = {
    "unknown type": (
        lambda document: column(document).update(data_type="TEXT"),
        rf"{TABLE}: column user_id: unknown type 'TEXT'; use ",
    ),
    "array of arrays": (
        lambda document: column(document, 3).update(data_type="ARRAY<ARRAY<STRING>>"),
        rf"{TABLE}: column labels: unknown type",
    ),
    "array of JSON": (
        lambda document: column(document, 3).update(data_type="ARRAY<JSON>"),
        rf"{TABLE}: column labels: unknown type",
    ),
    "option of another mode": (
        lambda document: extract(document).update(full_every="7d"),
        rf"{TABLE}: extract: full_every has no meaning in mode full of dynamodb",
    ),
    "changes without an end": (
        lambda document: extract(document).update(mode="incremental"),
        rf"{TABLE}: extract: missing full_every",
    ),
    "no duration": (
        lambda document: extract(document).update(mode="incremental", full_every="a week"),
        rf"{TABLE}: extract: full_every must be a duration such as 7d, 12h or 30m, not 'a week'",
    ),
    "short duration": (
        lambda document: extract(document).update(mode="incremental", full_every="3h"),
        rf"{TABLE}: extract: full_every is too short",
    ),
    "missing type": (
        lambda document: column(document).pop("data_type"),
        rf"{TABLE}: column user_id: missing data_type",
    ),
    "missing column description": (
        lambda document: column(document).pop("description"),
        rf"{TABLE}: column user_id: missing description",
    ),
    "blank column description": (
        lambda document: column(document).update(description=" "),
        rf"{TABLE}: column user_id: missing description",
    ),
    "column without name": (lambda document: column(document).pop("name"), rf"{TABLE}: columns: missing name"),
    "column that is no name": (
        lambda document: column(document).update(name="user id"),
        rf"{TABLE}: column 'user id': a name has only",
    ),
    "unknown policy tag": (
        lambda document: column(document, 2)["config"]["meta"].update(policy_tag="secret"),
        rf"{TABLE}: column format: unknown policy_tag 'secret'; use financial, pii, restricted",
    ),
    "misspelt policy tag": (
        lambda document: column(document, 2)["config"]["meta"].update(policytag="pii"),
        rf"{TABLE}: column format: config\.meta: unknown key 'policytag'",
    ),
    "policy tag outside config": (
        lambda document: column(document).update(meta={"policy_tag": "pii"}),
        rf"{TABLE}: column user_id: unknown key 'meta'",
    ),
    "path of a number": (
        lambda document: column(document)["config"]["meta"].update(path=7),
        rf"{TABLE}: column user_id: path must be a name",
    ),
    "empty path": (
        lambda document: column(document)["config"]["meta"].update(path=[]),
        rf"{TABLE}: column user_id: missing path",
    ),
    "duplicate column, whatever its case": (
        lambda document: column(document, 1).update(name="User_ID"),
        rf"{TABLE}: column User_ID: duplicate",
    ),
    "no columns": (lambda document: table(document).update(columns=[]), rf"{TABLE}: missing columns"),
    "column that is no mapping": (
        lambda document: table(document).update(columns=["user_id"]),
        rf"{TABLE}: columns: expected a mapping",
    ),
    "missing description": (lambda document: table(document).pop("description"), rf"{TABLE}: missing description"),
    "description of a number": (
        lambda document: table(document).update(description=1),
        rf"{TABLE}: description must be text",
    ),
    "table without name": (lambda document: table(document).pop("name"), r"raw_dynamodb: missing name"),
    "table that is no name": (lambda document: table(document).update(name="a-b"), r"table 'a-b': a name has only"),
    "missing extract": (
        lambda document: table(document)["config"]["meta"].pop("extract"),
        rf"{TABLE}: missing extract",
    ),
    "freshness outside config": (
        lambda document: document["sources"][0].update(freshness={}),
        r"_dynamodb__sources\.yml: raw_dynamodb: freshness stands outside config",
    ),
    "freshness that dbt does not know": (
        lambda document: table(document)["config"].update(freshness="36h"),
        rf"{TABLE}: freshness has warn_after, error_after or both, not '36h'",
    ),
    "meta outside config": (lambda document: table(document).update(meta={}), rf"{TABLE}: meta stands outside config"),
    "missing mode": (lambda document: extract(document).pop("mode"), rf"{TABLE}: extract: missing mode"),
    "unknown mode": (
        lambda document: extract(document).update(mode="snapshot"),
        rf"{TABLE}: extract: unknown mode 'snapshot' for dynamodb; use full",
    ),
    "missing relation": (lambda document: extract(document).pop("relation"), rf"{TABLE}: extract: missing relation"),
    "relation of another source": (
        lambda document: extract(document).update(relation="planning/generations"),
        rf"{TABLE}: extract: relation 'planning/generations' is not the table's name",
    ),
    "missing key": (lambda document: extract(document).pop("key"), rf"{TABLE}: extract: missing key"),
    "empty key": (lambda document: extract(document).update(key=[]), rf"{TABLE}: extract: missing key"),
    "key that is no column": (
        lambda document: extract(document).update(key=["userId"]),
        rf"{TABLE}: extract: key 'userId' is not among the columns",
    ),
    "key with a column twice": (
        lambda document: extract(document).update(key=["user_id", "user_id"]),
        rf"{TABLE}: extract: key names a column twice",
    ),
    "unknown key of extract": (
        lambda document: extract(document).update(shrink=0.1),
        rf"{TABLE}: extract: unknown key 'shrink'",
    ),
    "shrink limit above 1": (
        lambda document: extract(document).update(shrink_limit=50),
        rf"{TABLE}: extract: shrink_limit must be from 0 to 1, not 50",
    ),
    "shrink limit in words": (
        lambda document: extract(document).update(shrink_limit="half"),
        rf"{TABLE}: extract: shrink_limit must be a number",
    ),
    "shrink limit yes": (
        lambda document: extract(document).update(shrink_limit=True),
        rf"{TABLE}: extract: shrink_limit must be a number",
    ),
    "allow empty in words": (
        lambda document: extract(document).update(allow_empty="perhaps"),
        rf"{TABLE}: extract: allow_empty must be true or false",
    ),
    "unknown carrier": (
        lambda document: extract(document).update(carrier="pigeon"),
        rf"{TABLE}: extract: unknown carrier 'pigeon'; use transfer, or leave it out",
    ),
    "carrier that is no text": (
        lambda document: extract(document).update(carrier=True),
        rf"{TABLE}: extract: carrier must be text",
    ),
    "unknown source": (
        lambda document: document["sources"][0].update(name="raw_oracle"),
        r"_dynamodb__sources\.yml: unknown source 'raw_oracle'; use raw_aurora, raw_dynamodb",
    ),
    "source without raw_": (
        lambda document: document["sources"][0].update(name="dynamodb"),
        r"unknown source 'dynamodb'",
    ),
    "source without tables": (
        lambda document: document["sources"][0].pop("tables"),
        r"_dynamodb__sources\.yml: raw_dynamodb: missing tables",
    ),
    "no sources": (lambda document: document.pop("sources"), r"_dynamodb__sources\.yml: missing sources"),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_is_named_in_one_line(problem: str, tmp_path: Path) -> None:
    spoil, message = PROBLEMS[problem]
    document = copy.deepcopy(VALID)
    spoil(document)
    with pytest.raises(ContractError, match=message) as raised:
        read(tmp_path, document)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: [", r"_dynamodb__sources\.yml: not valid YAML"),
        ("version: 2\nversion: 2\n", r"not valid YAML: duplicate key 'version'"),
        ("- sources", r"expected a mapping"),
        ("", r"missing sources"),
    ],
)
def test_a_file_that_is_no_contract_is_named_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=message) as raised:
        read(tmp_path, text)
    assert "\n" not in str(raised.value)


def test_a_table_declared_twice_is_named(tmp_path: Path) -> None:
    read(tmp_path, VALID)
    with pytest.raises(ContractError, match=r"raw_dynamodb\.generations: duplicate table"):
        read(tmp_path, VALID, "_dynamodb_more__sources.yml")


def test_a_folder_without_contracts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no contract found"):
        contract_file.read(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"cannot be read: No such file"):
        contract_file.read(tmp_path / "_missing__sources.yml")


def queried(**options: Any) -> contract.Table:
    columns = (contract.Column("id", "INT64", "Id."), contract.Column("changed", "TIMESTAMP", "When."))
    return contract.Table("aurora", "users", "Users.", "public.users", "query", ("id",), columns, **options)


def test_a_cursor_has_a_lookback_and_a_full_delivery_now_and_then(tmp_path: Path) -> None:
    document = copy.deepcopy(VALID)
    document["sources"][0]["name"] = "raw_aurora"
    options = {"mode": "query", "relation": "public.items", "cursor": "generation_id", "lookback": "30m"}
    extract(document).update(options)
    column(document, 1)["data_type"] = "TIMESTAMP"
    column(document, 2)["config"] = {}
    [table] = read(tmp_path, document)
    assert (table.cursor, table.lookback) == ("generation_id", datetime.timedelta(minutes=30))
    assert table.full_every == contract.FULL_EVERY
    assert queried(cursor="changed", full_every=contract.DAY).full_every == contract.DAY
    assert queried().full_every is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cursor": "changed_at"}, "cursor 'changed_at' is not among the columns"),
        ({"cursor": "id"}, "cursor 'id' is INT64; it must be one of TIMESTAMP, DATETIME, DATE"),
        ({"lookback": datetime.timedelta()}, "lookback and full_every need a cursor"),
        ({"full_every": contract.DAY}, "lookback and full_every need a cursor"),
    ],
)
def test_options_of_a_cursor_without_one_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        queried(**options)


@pytest.mark.parametrize("source", ["aurora", "sheets"])
def test_sources_without_nested_values_have_paths_of_one_key(source: str) -> None:
    nested = contract.Column("id", "INT64", "Id.", ("a", "b"))
    relation, mode = {"aurora": ("public.users", "snapshot"), "sheets": ("planning/users", "sheet")}[source]
    with pytest.raises(ContractError, match=r"column id: .* has no nested values"):
        contract.Table(source, "users", "Users.", relation, mode, ("id",), (nested,))


def test_the_projects_own_contracts_are_valid() -> None:
    tables = contract_file.read(Path(__file__).parents[3] / "dbt_project" / "models" / "staging")
    assert {table.source for table in tables} == set(contract.MODES)
