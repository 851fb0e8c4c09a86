"""Changing a table that exists, by REST."""

import pytest
from google.api_core.exceptions import BadRequest, PreconditionFailed
from google.cloud import bigquery

from tests.integration.bigquery.tables import TAG, create, field, load, select, tags


def update(client: bigquery.Client, name: str, schema: list[bigquery.SchemaField]) -> None:
    table = client.get_table(name)
    table.schema = schema
    client.update_table(table, ["schema"])


def test_columns_can_be_added_at_every_depth(client: bigquery.Client, dataset: str) -> None:
    name = f"{dataset}.t"
    before = [field("a")]
    create(client, name, [field("r", "RECORD", fields=before), field("l", "RECORD", "REPEATED", fields=before)])
    load(client, name, [{"r": {"a": "x"}, "l": [{"a": "y"}]}])
    inside = [field("a"), field("b", "INTEGER", tag="pii")]
    schema = [field("r", "RECORD", fields=inside), field("l", "RECORD", "REPEATED", fields=inside)]
    schema.append(field("n", "NUMERIC"))
    update(client, name, schema)
    assert client.get_table(name).schema == schema
    expected = [({"a": "x", "b": None}, [{"a": "y", "b": None}], None)]
    assert select(client, f"SELECT * FROM {name}") == expected
    load(client, name, [{"r": {"b": 1}, "l": [{"b": 2}], "n": "1.5"}])
    assert select(client, f"SELECT SUM(r.b) FROM {name}") == [(1,)]


def test_tags_are_set_kept_and_removed(client: bigquery.Client, dataset: str) -> None:
    name = f"{dataset}.t"
    create(client, name, [field("a"), field("b", tag="pii")])
    update(client, name, [field("a", tag="restricted"), field("b", description="kept")])
    assert tags(client, name) == {"a": (TAG.format("restricted"),), "b": (TAG.format("pii"),)}
    untagged = bigquery.SchemaField("b", "STRING", policy_tags=bigquery.PolicyTagList())
    update(client, name, [field("a"), untagged])
    assert set(tags(client, name)) == {"a"}


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ([field("a", "INT64")], "Field a has changed type from STRING to INT"),
        ([field("b")], "Field a is missing"),
        ([field("a", mode="REPEATED")], "changed mode"),
        ([field("a"), field("b", mode="REQUIRED")], "Cannot add required fields"),
    ],
)
def test_other_changes_are_refused(
    client: bigquery.Client, dataset: str, schema: list[bigquery.SchemaField], problem: str
) -> None:
    create(client, f"{dataset}.t", [field("a")])
    with pytest.raises(BadRequest, match=problem):
        update(client, f"{dataset}.t", schema)
    assert client.get_table(f"{dataset}.t").schema == [field("a")]


def test_a_required_column_can_be_relaxed(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [field("a", mode="REQUIRED"), field("b")])
    update(client, f"{dataset}.t", [field("a"), field("b")])
    load(client, f"{dataset}.t", [{"b": "x"}])
    assert select(client, f"SELECT * FROM {dataset}.t") == [(None, "x")]


def test_a_change_to_an_outdated_version_is_refused(client: bigquery.Client, dataset: str) -> None:
    table = create(client, f"{dataset}.t", [field("a")])
    update(client, f"{dataset}.t", [field("a"), field("b")])
    table.description = "late"
    with pytest.raises(PreconditionFailed):
        client.update_table(table, ["description"])


def test_other_settings_survive_a_change_of_schema(client: bigquery.Client, dataset: str) -> None:
    table = bigquery.Table(f"{client.project}.{dataset}.t", [field("a"), field("day", "DATE")])
    table.time_partitioning = bigquery.TimePartitioning(field="day")
    table.require_partition_filter, table.clustering_fields = True, ["a"]
    table.description, table.labels = "What it holds", {"team": "data"}
    client.create_table(table)
    update(client, f"{dataset}.t", [*table.schema, field("b")])
    found = client.get_table(f"{dataset}.t")
    assert found.require_partition_filter and found.clustering_fields == ["a"]
    assert (found.description, found.labels) == ("What it holds", {"team": "data"})
    assert found.time_partitioning.field == "day"


def test_labels_that_are_set_by_ddl_replace_those_that_were_there(client: bigquery.Client, dataset: str) -> None:
    client.query_and_wait(f"create table {dataset}.t (x int64) options (labels = [('team', 'data'), ('state', 'a')])")
    client.query_and_wait(f"alter table {dataset}.t set options (labels = [('state', 'b')])")
    assert client.get_table(f"{dataset}.t").labels == {"state": "b"}
    client.query_and_wait(f"alter table {dataset}.t set options (labels = [])")
    assert client.get_table(f"{dataset}.t").labels == {}
