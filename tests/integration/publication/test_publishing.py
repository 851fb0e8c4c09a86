"""Publication against the gateway: whole, with tags, tested, or not at all."""

import datetime
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from google.cloud import bigquery
from google.cloud.exceptions import NotFound

from extract.errors import Terminal
from orchestration import manifest, published
from orchestration.environment import Environment
from orchestration.publication import evidence
from orchestration.publication.copier import Copier, Mart
from orchestration.publication.project import Project
from orchestration.publication.release import Outcome, release
from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway, tag
from tests.integration.publication import shop

ROWS = "SELECT 1 AS id, 'a@example.com' AS email UNION ALL SELECT 2, 'b@example.com'"


@dataclass
class Shop:
    """A project with one mart of a name of its own, whose `email` is protected."""

    client: bigquery.Client
    settings: Environment
    name: str
    declared: Mapping[str, Any]

    @property
    def model(self) -> str:
        return f"model.shop.{self.name}"

    @property
    def project(self) -> Project:
        return Project(shop.manifest({self.name: dict(self.declared)}))

    @property
    def copier(self) -> Copier:
        return Copier(self.client, self.settings, shop.WINDOW)

    def build(self, query: str = ROWS, **changes: Any) -> None:
        shop.build(self.client, self.settings, self.project, {shop.STAGING: "SELECT 1 AS id", self.model: query})
        if changes:
            shop.build(self.client, self.settings, self.project, {self.model: query}, **changes)

    def publish(self, window: str = shop.WINDOW) -> Outcome:
        copier = replace(self.copier, partition_id=window)
        [(_, outcome)] = release(copier, self.project, [self.model], logging.getLogger(__name__))
        return outcome

    def published(self) -> bigquery.Table:
        return self.client.get_table(f"marts.{self.name}")

    def ids(self) -> list[int]:
        return [row["id"] for row in self.client.query_and_wait(f"SELECT id FROM marts.{self.name} ORDER BY id")]

    def tags(self) -> dict[str, str] | None:
        return self.copier.published_tags(Mart.of(self.settings, self.project, self.model))


@pytest.fixture
def one(publication_gateway: Gateway, settings: Environment) -> Shop:
    client = publication_gateway.client(PLATFORM)
    shop.load_source(client)
    return Shop(client, settings, f"dim_{uuid.uuid4().hex[:8]}", shop.columns(id=None, email="pii"))


def copies(client: bigquery.Client, name: str) -> int:
    """How many copy jobs have written to a table."""
    return sum(job.job_type == "copy" and job.destination.table_id == name for job in client.list_jobs())


def test_a_mart_is_published_whole_with_its_tags_descriptions_and_labels(one: Shop) -> None:
    one.build()
    outcome = one.publish()
    assert isinstance(outcome, dict)
    assert outcome["dagster/row_count"] == 2
    table = one.published()
    assert one.ids() == [1, 2]
    assert one.tags() == {"email": "pii"}
    assert table.description == f"The table {one.name}."
    assert [field.description for field in table.schema] == ["The id.", "The email."]
    assert table.labels["window"] == shop.WINDOW
    assert {item.table_id for item in one.client.list_tables("build")} >= {one.name}
    assert f"{one.name}__candidate" not in {item.table_id for item in one.client.list_tables("build")}


def test_a_rebuilt_mart_needs_one_copy_and_an_unchanged_one_none(one: Shop) -> None:
    one.build()
    one.publish()
    first = copies(one.client, one.name)
    one.build(f"{ROWS} UNION ALL SELECT 3, 'c@example.com'")
    one.publish()
    assert one.ids() == [1, 2, 3]
    assert (copies(one.client, one.name), copies(one.client, f"{one.name}__candidate")) == (first + 1, 2)
    outcome = one.publish()
    assert isinstance(outcome, dict) and "unchanged" in outcome["job_id"]
    assert copies(one.client, one.name) == first + 1


def test_settings_are_put_in_order_even_when_the_mart_is_unchanged(one: Shop) -> None:
    one.build()
    one.publish()
    table = one.published()
    table.description, table.labels = "changed by hand", {**table.labels, "by": "hand"}
    table.expires = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
    one.client.update_table(table, ["description", "labels", "expires"])
    one.publish()
    table = one.published()
    assert (table.description, set(table.labels), table.expires) == (
        f"The table {one.name}.",
        {"window", "built"},
        None,
    )


def test_labels_expiration_and_partition_filter_follow_the_built_table(one: Shop) -> None:
    one.build()
    expires = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    built = bigquery.Table(f"{one.client.project}.build.{one.name}_days", schema=[bigquery.SchemaField("day", "DATE")])
    built.time_partitioning = bigquery.TimePartitioning(field="day", expiration_ms=400 * 86_400_000)
    built.require_partition_filter, built.expires = True, expires
    built = one.client.create_table(built)
    columns = shop.columns(day=None)
    node = shop.node(f"{one.name}_days", "marts", [], columns=columns, config={"labels": {"team": "data"}})
    mart = Mart(f"{one.name}_days", node, {})
    build = replace(evidence.newest(one.client)[one.project.table(one.model)], modified=built.modified)
    one.copier.publish(mart, build, is_of_present_code=True)
    table = one.client.get_table(mart.published)
    assert table.require_partition_filter
    assert table.expires == expires
    assert table.time_partitioning.expiration_ms == 400 * 86_400_000
    assert table.labels["team"] == "data"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"passed": False, "reason": "test unique failed"}, "did not pass (test unique failed)"),
        ({"partition_id": "20261120"}, "holds 20261120"),
        ({"modified": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}, "after it had been tested"),
    ],
)
def test_a_mart_without_good_evidence_is_held_back(one: Shop, spoil: dict[str, Any], reason: str) -> None:
    one.build(**spoil)
    outcome = one.publish()
    assert isinstance(outcome, Terminal)
    assert f"marts.{one.name} is held back: build.{one.name}" in str(outcome)
    assert reason in str(outcome)
    with pytest.raises(NotFound):
        one.published()


def test_a_mart_is_held_back_by_what_it_is_made_from(one: Shop) -> None:
    one.build()
    failed = {"passed": False, "reason": "test unique failed"}
    shop.build(one.client, one.settings, one.project, {shop.STAGING: "SELECT 1 AS id"}, **failed)
    assert "held back: staging.stg_users did not pass (test unique failed)" in str(one.publish())
    shop.build(one.client, one.settings, one.project, {shop.STAGING: "SELECT 1 AS id"})
    one.client.query_and_wait("INSERT INTO staging.stg_users VALUES (2)")
    assert "held back: staging.stg_users was modified" in str(one.publish())


def test_a_mart_is_held_back_until_its_sources_are_loaded(one: Shop) -> None:
    shop.build(
        one.client,
        one.settings,
        one.project,
        {shop.STAGING: "SELECT 1 AS id", one.model: ROWS},
        partition_id="20261119",
    )
    assert "held back: raw_aurora.users is not loaded for 20261119" in str(one.publish("20261119"))


def test_a_table_that_nobody_has_built_here_is_held_back(one: Shop) -> None:
    one.client.query_and_wait(f"CREATE TABLE build.{one.name} AS {ROWS}")
    assert f"build.{one.name} was never built by a run" in str(one.publish())


def test_a_tag_that_is_added_reaches_the_published_table_though_the_model_is_unchanged(one: Shop) -> None:
    one.build()
    one.publish()
    copied = copies(one.client, one.name)
    one.declared = shop.columns(id="financial", email="restricted")
    one.publish()
    one.publish()
    assert copies(one.client, one.name) == copied + 1
    assert one.tags() == {"id": "financial", "email": "restricted"}


def test_a_column_is_not_opened_over_rows_of_other_code(one: Shop) -> None:
    one.build()
    one.publish()
    one.declared = shop.columns(id=None, email=None)
    one.build(code="")
    outcome = one.publish()
    assert "email would be opened, and rows were made by other code" in str(outcome)
    assert one.tags() == {"email": "pii"}
    one.build()
    one.publish()
    assert one.tags() == {}


def test_a_copy_that_loses_tags_is_seen_in_its_rehearsal(one: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    one.build()
    copy = Copier._copy

    def losing(self: Copier, source: str, destination: str) -> Any:
        job = copy(self, source, destination)
        table = self.client.get_table(destination)
        table.schema = [
            bigquery.SchemaField(field.name, field.field_type, policy_tags=bigquery.PolicyTagList([]))
            for field in table.schema
        ]
        self.client.update_table(table, ["schema"])
        return job

    monkeypatch.setattr(Copier, "_copy", losing)
    assert f"marts.{one.name} is left as it was: a copy of build.{one.name} loses the tags of email" in str(
        one.publish()
    )
    with pytest.raises(NotFound):
        one.published()
    assert f"{one.name}__candidate" not in {item.table_id for item in one.client.list_tables("build")}


def test_the_tags_of_nested_fields_count(one: Shop) -> None:
    one.declared = {**shop.columns(id=None), "home.street": {"description": "", "policy_tags": [tag("pii")]}}
    one.build("SELECT 1 AS id, STRUCT('x' AS street, 'Tokyo' AS city) AS home")
    one.publish()
    assert one.tags() == {"home.street": "pii"}


def test_what_holds_a_later_window_is_found(one: Shop) -> None:
    mart = Mart.of(one.settings, one.project, one.model)
    assert one.copier.published_later(mart) is None
    one.build()
    one.publish()
    assert replace(one.copier, partition_id="20261120").published_later(mart) == shop.WINDOW
    assert one.copier.published_later(mart) is None
    assert replace(one.copier, partition_id="20261122").published_later(mart) is None


def test_a_mart_that_is_clustered_anew_is_so_when_it_is_published(one: Shop) -> None:
    one.build()
    one.publish()
    shop.build(one.client, one.settings, one.project, {one.model: ROWS}, layout="CLUSTER BY id")
    assert isinstance(one.publish(), dict)
    assert one.published().clustering_fields == ["id"]


def test_a_mart_that_is_partitioned_anew_says_what_to_do(one: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    one.declared = shop.columns(day=None)
    one.build("SELECT DATE '2026-11-21' AS day")
    one.publish()
    one.client.delete_table(f"build.{one.name}")
    queries = {one.model: "SELECT DATE '2026-11-21' AS day"}
    shop.build(one.client, one.settings, one.project, queries, layout="PARTITION BY day")
    assert f"remove it with `kura unpublish {one.name}`, and publish it again" in str(one.publish())
    monkeypatch.setattr(manifest, "load", lambda: shop.manifest({one.name: dict(one.declared)}))
    published.unpublish(one.name)
    one.publish()
    assert one.published().time_partitioning.field == "day"
