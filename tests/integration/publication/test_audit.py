"""After a real `dbt build`: tags are as declared, and the evidence says what passed and what did not, and why."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from orchestration import policy_tags
from orchestration.environment import Environment
from orchestration.publication import evidence, states
from orchestration.publication.audit import Audit
from orchestration.publication.evidence import Build
from orchestration.publication.project import Project
from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway, tag, token
from tests.integration.publication import shop

PARTITION = "partition_by={'field': 'day', 'data_type': 'date'}"
DAYS = f"{{{{ config(materialized='incremental', incremental_strategy='insert_overwrite', {PARTITION}) }}}}"
# A materialization that goes on from the rows that are there, of the name that one of ours has.
GROWING = """{% materialization days, adapter='bigquery' %}
    {% set there = load_relation(this) is not none and not should_full_refresh() %}
    {% call statement('main') %}
        {{ 'insert into ' ~ this ~ ' ' ~ sql if there else create_table_as(False, this, sql) }}
    {% endcall %}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}"""
ITSELF = """select day, id, email from {{ ref('stg_people') }}
    {{ 'union all select * from ' ~ this if execute and load_relation(this) }}"""
BY_DAYS = "{{ config(materialized='days') }} select day, id, email from {{ ref('stg_people') }}"
MODELS = {
    "staging/stg_people": "select 1 as id, 'a@example.com' as email, date '2026-11-21' as day",
    "marts/dim_people": "select id, email from {{ ref('stg_people') }}",
    "marts/fct_days": f"{DAYS} select day, id, email from {{{{ ref('stg_people') }}}}",
    "marts/dim_alone": "{{ config(materialized='view') }} select 1 as id",
}
PROJECT = {
    "name": "people",
    "profile": "people",
    "models": {
        "+materialized": "table",
        "+persist_docs": {"relation": True, "columns": True},
        "people": {"staging": {"+schema": "staging"}},
    },
    "flags": {"send_anonymous_usage_stats": False, "use_colors": False, "partial_parse": False},
}
SCHEMA = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"


class Dbt:
    """A dbt project whose models and declarations a test changes."""

    def __init__(self, folder: Path, client: bigquery.Client, settings: Environment, url: str) -> None:
        self.folder, self.client, self.settings = folder, client, settings
        output = {
            "type": "bigquery", "method": "oauth-secrets", "token": token({"email": PLATFORM}), "threads": 2,
            "project": settings.project, "dataset": "build", "location": "US",
        }  # fmt: skip
        profiles = {"people": {"target": "only", "outputs": {"only": output}}}
        for name in ("models/staging", "models/marts", "macros"):
            (folder / name).mkdir(parents=True)
        for name, content in (("dbt_project", PROJECT), ("profiles", profiles)):
            (folder / f"{name}.yml").write_text(json.dumps(content))  # JSON is YAML
        (folder / "macros" / "macros.sql").write_text(SCHEMA + GROWING)
        for name, sql in MODELS.items():
            self.write(name, sql)
        self.declare({"email": "pii"})

    def write(self, model: str, sql: str) -> None:
        (self.folder / "models" / f"{model}.sql").write_text(sql)

    def declare(self, tags: Mapping[str, str], *tests: str) -> None:
        """Declare tags of all tables' columns, and tests of `dim_people.id`."""
        columns = [
            {"name": name, "policy_tags": [tag(tags[name])] if name in tags else []} for name in ("id", "email", "day")
        ]
        tested = [{**columns[0], "data_tests": list(tests)}, *columns[1:2]]
        models = [
            {"name": "stg_people", "columns": columns},
            {"name": "dim_people", "columns": tested},
            {"name": "fct_days", "columns": columns[1:]},
        ]
        (self.folder / "models" / "models.yml").write_text(json.dumps({"version": 2, "models": models}))

    def project(self) -> Project:
        return Project(json.loads((self.folder / "target" / "manifest.json").read_text()))

    def build(
        self, *arguments: str, findings: Mapping[str, str] = {}, after: str = ""
    ) -> tuple[list[str], dict[str, Build]]:
        """Build, run the SQL `after`, and audit: the problems, and the newest evidence by table."""
        target = self.folder / "target"
        folders = ["--project-dir", self.folder, "--profiles-dir", self.folder, "--target-path", target]
        finished = dbtRunner().invoke(["--quiet", "build", *map(str, folders), *arguments])
        assert isinstance(finished.result, RunExecutionResult), finished.exception
        if after:
            self.client.query_and_wait(after)
        audit = Audit(self.client, self.settings, self.project(), shop.WINDOW, "run")
        problems = audit.record(finished.result.results, findings)
        return problems, evidence.newest(self.client)

    def tags(self, table: str) -> dict[str, str]:
        return policy_tags.live(self.client.get_table(table), self.settings)


@pytest.fixture
def dbt(publication_gateway: Gateway, settings: Environment, tmp_path: Path) -> Dbt:
    client = publication_gateway.client(PLATFORM)
    shop.load_source(client)
    for dataset in ("staging", "build"):
        for item in client.list_tables(dataset):
            client.delete_table(item)
    client.delete_table(evidence.TABLE, not_found_ok=True)
    return Dbt(tmp_path / "project", client, settings, publication_gateway.url)


def test_what_is_built_and_tested_has_evidence_of_its_very_version(dbt: Dbt) -> None:
    dbt.declare({"email": "pii"}, "unique", "not_null")
    problems, builds = dbt.build()
    assert problems == []
    assert {name for name, build in builds.items() if build.passed} == {
        "staging.stg_people",
        "build.dim_people",
        "build.fct_days",
        "build.dim_alone",
    }
    build, table = builds["build.dim_people"], dbt.client.get_table("build.dim_people")
    assert (build.modified, build.row_count, build.partition_id) == (table.modified, 1, shop.WINDOW)
    assert build.code and build.compiled
    dbt.client.query_and_wait("INSERT INTO build.dim_people VALUES (2, 'b')")
    changed = dbt.client.get_table("build.dim_people")
    assert evidence.doubt(build, changed, shop.WINDOW, shop.WINDOW)


def test_a_failed_test_a_finding_and_an_error_are_told_in_the_evidence(dbt: Dbt) -> None:
    dbt.write("staging/stg_people", f"{MODELS['staging/stg_people']} union all select 1, 'b', null")
    dbt.write("marts/dim_alone", "select error('broken') as id")
    dbt.declare({"email": "pii"}, "unique")
    problems, builds = dbt.build(findings={"model.people.fct_days": "email leaks"})
    assert problems == ["build.fct_days: email leaks"]
    assert "test unique_dim_people_id failed: Got 1 result" in builds["build.dim_people"].reason
    assert builds["build.fct_days"].reason == "email leaks"
    assert "broken" in builds["build.dim_alone"].reason
    assert builds["staging.stg_people"].passed
    assert not any(builds[f"build.{name}"].passed for name in ("dim_people", "fct_days", "dim_alone"))


def test_what_is_built_on_something_unsound_does_not_pass(dbt: Dbt) -> None:
    dbt.build(findings={"model.people.stg_people": "email leaks"})
    _, builds = dbt.build("--select", "dim_people")
    assert "staging.stg_people, which it is made from, did not pass (email leaks)" in builds["build.dim_people"].reason


def test_a_test_that_was_not_run_is_missed(dbt: Dbt) -> None:
    dbt.declare({"email": "pii"}, "unique")
    _, builds = dbt.build("--exclude", "unique_dim_people_id")
    assert builds["build.dim_people"].reason == "test unique_dim_people_id was not run"


def test_tags_follow_the_declaration_in_every_table_that_is_built(dbt: Dbt) -> None:
    for declared in ({"email": "restricted", "id": "financial"}, {}):
        dbt.declare(declared)
        problems, _ = dbt.build()
        assert problems == []
        assert dbt.tags("staging.stg_people") == dbt.tags("build.dim_people") == declared
        # What is not described, dbt does not tag.
        assert dbt.tags("build.fct_days") == {name: tag for name, tag in declared.items() if name != "id"}


def test_rows_of_older_code_are_remembered_of_every_table_that_keeps_rows(dbt: Dbt) -> None:
    keeping = {"fct_days": MODELS["marts/fct_days"], "fct_by_days": BY_DAYS, "fct_itself": ITSELF}
    for name, sql in {**keeping, "fct_same": BY_DAYS}.items():
        dbt.write(f"marts/{name}", sql)
    _, first = dbt.build()
    for name, sql in keeping.items():
        dbt.write(f"marts/{name}", sql.replace("id, email", "id, 'hash' as email", 1))
    _, changed = dbt.build()
    assert [changed[f"build.{name}"].code for name in keeping] == ["", "", ""]
    assert all(changed[f"build.{name}"].code == first[f"build.{name}"].code for name in ("dim_people", "fct_same"))
    for name in keeping:
        dbt.client.delete_table(f"build.{name}")
    _, whole = dbt.build()
    assert all(whole[f"build.{name}"].code not in ("", first[f"build.{name}"].code) for name in keeping)


def test_a_table_goes_on_from_its_state_only_when_its_present_version_has_passed(dbt: Dbt) -> None:
    """Its labels say what it may go on from, and one that its model declares stays."""
    declared = "{{ config(materialized='days', labels={'team': 'data'}) }}"
    dbt.write("marts/fct_days", BY_DAYS.replace("{{ config(materialized='days') }}", declared))

    labels = "alter table build.fct_days set options (labels=[('team', 'data'), ('state', 's'), ('before', 'r')])"

    def built(findings: Mapping[str, str] = {}) -> None:
        """As our materializations leave it, and then audited."""
        dbt.client.delete_table("build.fct_days", not_found_ok=True)
        dbt.build("--select", "+fct_days", findings=findings, after=labels)

    def forgotten() -> list[str]:
        lines: list[str] = []
        states.forget_unsound(dbt.client, dbt.project(), lines.append)
        kept = {} if lines else {"state": "s", "before": "r"}
        assert dbt.client.get_table("build.fct_days").labels == {"team": "data", **kept}
        return lines

    built()
    assert forgotten() == []
    dbt.client.query_and_wait("update build.fct_days set email = 'b' where true")
    [line] = forgotten()
    assert line.startswith("build.fct_days is built in whole: it was modified at ")
    built({"model.people.fct_days": "email leaks"})
    assert forgotten() == ["build.fct_days is built in whole: it did not pass (email leaks)"]
    dbt.client.query_and_wait(labels)
    dbt.client.delete_table(evidence.TABLE)
    assert forgotten() == ["build.fct_days is built in whole: it was never built by a run"]
