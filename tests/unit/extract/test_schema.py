import pytest
from google.cloud.bigquery import PolicyTagList, SchemaField

from extract.contract import Column, Table
from extract.delivery import RawColumn
from extract.errors import Terminal
from extract.schema import clustering, declared_tags, evolve, field, live_tag

TAGS = {name: f"projects/p/locations/us/taxonomies/1/policyTags/{name}" for name in ("restricted", "pii", "financial")}

USERS = Table(
    "aurora",
    "users",
    "Users.",
    "public.users",
    "snapshot",
    ("id",),
    (
        Column("id", "INT64", "Account id."),
        Column("email", "STRING", "Address.", policy_tag="pii"),
        Column("credit", "NUMERIC", "Balance.", path=("credit_balance",), policy_tag="financial"),
    ),
)
CUSTOMERS = Table(
    "stripe",
    "customers",
    "Customers.",
    "customers",
    "list",
    ("customer_id",),
    (Column("customer_id", "STRING", "Id.", path=("id",)),),
)
LIVE = [
    SchemaField("id", "INTEGER"),
    SchemaField("email", "STRING", policy_tags=PolicyTagList([TAGS["pii"]])),
]


def test_a_raw_column_has_the_tag_that_the_contract_gives_it_by_the_sources_name() -> None:
    assert declared_tags(USERS, ["id", "Email", "credit_balance"]) == {"Email": "pii", "credit_balance": "financial"}


def test_a_column_that_the_contract_does_not_know_is_restricted() -> None:
    assert declared_tags(USERS, ["note"]) == {"note": "restricted"}
    assert declared_tags(CUSTOMERS, ["id", "object", "novelty"]) == {"object": "restricted", "novelty": "restricted"}


def test_a_field_carries_the_resource_name_of_its_tag_and_the_contracts_words() -> None:
    made = field(USERS, RawColumn("email", "STRING"), TAGS)
    assert (live_tag(made), made.description) == (TAGS["pii"], "Address.")
    assert live_tag(field(USERS, RawColumn("id", "INT64"), TAGS)) is None


def test_a_table_is_clustered_by_the_parts_of_its_key_that_are_columns() -> None:
    assert clustering(USERS, [RawColumn("id", "INT64")]) == ["id"]
    assert clustering(CUSTOMERS, [RawColumn("id", "STRING"), RawColumn("object", "JSON")]) == ["id"]
    assert clustering(CUSTOMERS, [RawColumn("object", "JSON")]) == []


def test_a_live_schema_that_fits_needs_no_update() -> None:
    evolution = evolve(USERS, LIVE, [RawColumn("ID", "INT64"), RawColumn("email", "STRING")], TAGS)
    assert (evolution.changes, evolution.must_update) == ((), False)


def test_a_new_column_is_added_with_its_tag() -> None:
    delivered = [RawColumn("id", "INT64"), RawColumn("email", "STRING"), RawColumn("note", "STRING")]
    evolution = evolve(USERS, LIVE, delivered, TAGS)
    assert evolution.changes == ("unknown note STRING, restricted",)
    assert evolution.must_update
    assert live_tag(evolution.fields[-1]) == TAGS["restricted"]


def test_a_column_that_the_contract_does_not_know_is_told_with_every_delivery() -> None:
    delivered = [RawColumn("id", "INT64"), RawColumn("email", "STRING"), RawColumn("note", "STRING")]
    added = evolve(USERS, LIVE, delivered, TAGS)
    assert evolve(USERS, added.fields, delivered, TAGS).changes == ("unknown note STRING, restricted",)
    assert evolve(USERS, added.fields, delivered[:2], TAGS).changes == ()


def test_a_vanished_column_is_told_and_kept() -> None:
    evolution = evolve(USERS, LIVE, [RawColumn("id", "INT64")], TAGS)
    assert (evolution.changes, evolution.must_update) == (("vanished email",), False)
    assert [kept.name for kept in evolution.fields] == ["id", "email"]


def test_a_column_that_the_contract_tags_anew_is_tagged_anew() -> None:
    locked = [LIVE[0], SchemaField("email", "STRING", policy_tags=PolicyTagList([TAGS["restricted"]]))]
    evolution = evolve(USERS, locked, [RawColumn("id", "INT64"), RawColumn("email", "STRING")], TAGS)
    assert evolution.changes == ("tagged email pii",)
    assert live_tag(evolution.fields[1]) == TAGS["pii"]


def test_a_column_that_the_contract_releases_loses_its_tag_explicitly() -> None:
    locked = [SchemaField("id", "INTEGER", policy_tags=PolicyTagList([TAGS["restricted"]]))]
    evolution = evolve(USERS, locked, [RawColumn("id", "INT64")], TAGS)
    assert evolution.changes == ("tagged id with nothing",)
    assert evolution.fields[0].to_api_repr()["policyTags"] == {"names": []}


def test_a_changed_type_is_terminal() -> None:
    with pytest.raises(Terminal, match=r"aurora\.users: column id is INT64 in the raw table, STRING in the delivery"):
        evolve(USERS, LIVE, [RawColumn("id", "STRING")], TAGS)
