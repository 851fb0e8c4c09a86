"""Templates that query while dbt compiles them, and what dbt can build beside models, count as leaks."""

from typing import Any

import pytest

from governance.lineage.guard import check
from tests.unit.governance.tables import COLUMNS, POLICY_TAGS, TABLES, node


def macro(name: str, sql: str, *depends_on: str, package: str = "kura") -> dict[str, Any]:
    text = f"{{% macro {name}(x) %}}{sql}{{% endmacro %}}"
    given = {"name": name, "package_name": package, "macro_sql": text, "depends_on": {"macros": list(depends_on)}}
    return {"unique_id": f"macro.{package}.{name}", **given}


STATEMENT = macro("statement", "", package="dbt")
RUN_QUERY = macro("run_query", "", "macro.dbt.statement", package="dbt")
SPINE = macro("date_spine", "", "macro.dbt.run_query", package="dbt")


def said(*macros: dict[str, Any], **given: Any) -> list[str]:
    """What is said of a model, or of what `given` makes of it, with these macros."""
    made = node("made", {"x": ("STRING", None)}, "select 'a' as x") | {"raw_code": "select 'a' as x"} | given
    known = {each["unique_id"]: each for each in (STATEMENT, RUN_QUERY, SPINE, *macros)}
    nodes = {each["unique_id"]: each for each in (node("users", COLUMNS["users"], "select 1"), made)}
    manifest = {"nodes": nodes, "macros": known, "metadata": {"project_name": "kura"}}
    return [str(found) for found in check(manifest, TABLES, POLICY_TAGS) if found.model != "users"]


@pytest.mark.parametrize(
    "template",
    [
        "select '{{ run_query('select email from build.users').columns[0].values()[0] }}' as x",
        "select '{{ dbt.run_query('select 1') }}' as x",
        "{% call statement('s', fetch_result=true) %}select email from build.users{% endcall %}select 'a' as x",
        "select '{{ load_result('s')['data'][0][0] }}' as x",
        "select '{{ adapter.execute('select 1', fetch=true)[1] }}' as x",
        "{% set a = adapter %}select '{{ a.execute('select 1', fetch=true)[1] }}' as x",
        "select '{{ adapter['execute']('select 1') }}' as x",
        "select '{{ adapter | attr('execute') }}' as x",
        "select '{{ context['run_' ~ 'query']('select 1') }}' as x",
        "select '{{ dbt['run_' ~ 'query']('select 1') }}' as x",
        "select '{{ render('{{ 1 }}') }}' as x",
    ],
)
@pytest.mark.parametrize("kind", ["model", "test", "analysis", "snapshot"])
def test_a_template_that_queries_when_it_is_compiled_is_refused(template: str, kind: str) -> None:
    config = {"materialized": kind if kind == "snapshot" else "table"}
    found = said(raw_code=template, resource_type=kind, config=config)
    assert any("made: its template" in text for text in found), found


def test_a_macro_that_queries_is_refused_and_so_is_what_comes_to_it() -> None:
    inner = macro("values_of", "{{ run_query(x).columns[0].values() }}", RUN_QUERY["unique_id"], package="utils")
    outer = macro("listed", "{{ utils.values_of(x) }}", inner["unique_id"])
    found = said(inner, outer, depends_on={"macros": [outer["unique_id"]]})
    assert "made: its template queries when it is compiled, by run_query, in the macro values_of" in found
    assert "macro values_of: its template queries when it is compiled, by run_query" in found
    assert said(inner, outer)  # dbt calls materializations and some others by their names alone


def test_a_macro_of_dbt_that_comes_to_a_query_is_refused() -> None:
    found = said(depends_on={"macros": [SPINE["unique_id"]]})
    assert found == ["made: its template queries when it is compiled, by dbt's date_spine"]


def test_a_macro_that_people_have_read_may_query_and_no_other_of_its_name() -> None:
    text = "{{ run_query(x) }}"
    known = macro("deliveries", text, RUN_QUERY["unique_id"])
    assert said(known, depends_on={"macros": [known["unique_id"]]}) == []
    other = macro("deliveries", text, RUN_QUERY["unique_id"], package="utils")
    assert said(other, depends_on={"macros": [other["unique_id"]]})


def test_a_macro_that_is_given_sql_may_be_called_where_people_have_read_what_it_is_given() -> None:
    known = macro("differing_days", "{{ run_query(x) }}", RUN_QUERY["unique_id"])
    called = {"depends_on": {"macros": [known["unique_id"]]}}
    assert said(known, name="fct_payments", **called) == []
    assert "its template calls differing_days, which is not meant for it" in said(known, **called)[0]


@pytest.mark.parametrize(
    "template",
    [
        "select 'a' as x -- run_query",
        "{# run_query('select 1') #}select 'a' as x",
        "select statement as x, adapter from {{ ref('statement') }}",
        "{% set built = adapter.get_columns_in_relation(this) | map(attribute='name') | list %}select 'a' as x",
    ],
)
def test_words_in_sql_and_comments_and_names_of_columns_are_no_queries(template: str) -> None:
    assert said(raw_code=template) == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"config": {"materialized": "copy"}}, "it is materialized as copy"),
        ({"resource_type": "test", "config": {"store_failures": True}}, "keeps the rows that fail"),
        ({"resource_type": "test", "config": {"store_failures_as": "view"}}, "keeps the rows that fail"),
        ({"resource_type": "seed", "config": {"post-hook": [{"sql": "select 1"}]}}, "its post-hook is SQL"),
        ({"resource_type": "operation"}, "a hook is SQL"),
        ({"config": {"meta": {"touched_by": {"users": "birth_date"}}}}, "users.birth_date, which is no open column"),
        ({"config": {"meta": {"touched_by": {"users": "date(birth_date)"}}}}, "which is no open column"),
        ({"config": {"meta": {"touched_by": {"nobody": "id"}}}}, "which is no open column"),
        ({"raw_code": "{{ ' }}"}, "its template cannot be read"),
    ],
)
def test_what_writes_or_shows_rows_around_the_models_sql_is_refused(given: dict[str, Any], problem: str) -> None:
    found = said(**given)
    assert any(problem in text for text in found), found


def test_a_table_is_not_partitioned_by_a_protected_column() -> None:
    made = node("made", {"x": ("DATE", "pii")}, "select birth_date as x from build.users")
    found = said(**(made | {"config": {"partition_by": {"field": "X"}}}))
    assert found == ["made: it is partitioned by X, which is pii, and the names of partitions are open"]


@pytest.mark.parametrize("kind", ["functions", "saved_queries"])
def test_what_else_dbt_can_build_counts_as_a_leak(kind: str) -> None:
    manifest = {"nodes": {}, kind: {"a": {"name": "a"}}}
    assert len(check(manifest, TABLES, POLICY_TAGS)) == 1
