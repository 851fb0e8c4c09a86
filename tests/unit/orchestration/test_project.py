"""What dbt's manifest says of models: what they are made from, which tests are theirs, which code they run."""

from typing import Any

import pytest

from orchestration.publication.project import Project

ABOVE = {"stg": ["source.raw.users"], "mid": ["stg"], "dim": ["mid", "seed"], "fct": ["dim", "stg"]}


def node(name: str, parents: list[str], **more: Any) -> dict[str, Any]:
    config = {"materialized": "ephemeral" if name == "mid" else "table", "severity": "ERROR"}
    marts = name in ("dim", "fct")
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "build" if marts else "staging",
        "fqn": ["kura", "marts" if marts else "staging", name],
        "raw_code": f"select {name}",
        "checksum": {"checksum": name},
        "depends_on": {"nodes": parents, "macros": ["day"] if name == "stg" else []},
        "config": config,
        **more,
    }


@pytest.fixture
def manifest() -> dict[str, Any]:
    nodes = {name: node(name, parents) for name, parents in ABOVE.items()}
    nodes["seed"] = node("seed", [], resource_type="seed")
    test = {"resource_type": "test"}
    nodes["test.unique"] = node("unique", ["dim"], **test, attached_node="dim")
    nodes["test.relation"] = node("relation", ["fct", "dim"], **test, attached_node="fct")
    nodes["test.singular"] = node("singular", ["stg", "fct"], **test)
    nodes["test.warns"] = node("warns", ["dim"], **test, attached_node="dim", config={"severity": "warn"})
    macros = {
        "day": {"macro_sql": "day", "depends_on": {"macros": ["zone"]}},
        "zone": {"macro_sql": "zone", "depends_on": {"macros": []}},
    }
    sources = {"source.raw.users": {"schema": "raw_aurora", "identifier": "users"}}
    return {"nodes": nodes, "sources": sources, "macros": macros}


def test_a_model_is_made_from_all_above_it_and_an_ephemeral_one_is_no_table(manifest: dict[str, Any]) -> None:
    project = Project(manifest)
    assert project.above("fct") == ("stg", "seed", "dim")
    assert project.parents("dim") == ("stg", "seed")
    assert project.raw_tables("stg") == [("aurora", "users")]
    assert project.marts() == ["dim", "fct"]


def test_a_test_belongs_to_what_it_is_attached_to_or_else_to_the_last_of_what_it_reads(
    manifest: dict[str, Any],
) -> None:
    project = Project(manifest)
    assert project.tests("dim") == {"test.unique"}
    assert project.tests("fct") == {"test.relation", "test.singular"}
    assert project.tests("stg") == frozenset()


def test_the_expected_code_changes_with_every_model_and_macro_above(manifest: dict[str, Any]) -> None:
    before = Project(manifest).expected_code("fct")
    assert Project(manifest).expected_code("fct") == before
    manifest["macros"]["zone"]["macro_sql"] = "another zone"
    after = Project(manifest).expected_code("fct")
    assert after != before
    manifest["nodes"]["dim"]["raw_code"] = "select other"
    assert Project(manifest).expected_code("fct") != after
    assert Project(manifest).expected_code("seed") == Project(manifest).expected_code("seed")
