"""Declared and live policy tags are compared by their logical names."""

from typing import Any

from google.cloud import bigquery

from orchestration import environment, policy_tags


def table(**tags: str | None) -> bigquery.Table:
    """A live table whose columns have these tags."""
    fields = [
        bigquery.SchemaField(name, "STRING", policy_tags=bigquery.PolicyTagList([resource]) if resource else None)
        for name, resource in tags.items()
    ]
    return bigquery.Table("koe-dev.marts.dim_users", schema=fields)


def node(**columns: Any) -> dict[str, Any]:
    return {"columns": columns}


def test_live_tags_go_by_their_logical_names(variables: dict[str, str]) -> None:
    settings = environment.load(variables)
    live = policy_tags.live(table(email=variables["KURA_POLICY_TAG_PII"], plan=None, age="projects/x/other"), settings)
    assert live == {"email": "pii", "age": "projects/x/other"}


def test_declared_tags_are_read_from_either_place_in_which_dbt_takes_them(variables: dict[str, str]) -> None:
    settings = environment.load(variables)
    pii, financial = variables["KURA_POLICY_TAG_PII"], variables["KURA_POLICY_TAG_FINANCIAL"]
    declared = policy_tags.declared_by_model(
        node(email={"policy_tags": [pii]}, mrr={"config": {"policy_tags": [financial]}}, plan={"config": {}}), settings
    )
    assert declared == {"email": "pii", "mrr": "financial"}


def test_a_difference_names_each_column_and_both_tags() -> None:
    declared, live = {"email": "pii", "mrr": "financial", "name": "pii"}, {"email": "pii", "mrr": "pii", "text": "pii"}
    assert policy_tags.difference(declared, live) == (
        "mrr is pii but declared financial, name is open but declared pii, text is pii but declared open"
    )
    assert policy_tags.difference(declared, dict(declared)) == ""


def test_what_opens_a_column_is_told_from_what_closes_it() -> None:
    before = {"email": "pii", "note": "restricted", "mrr": "financial", "id": "pii"}
    after = {"email": "restricted", "note": "pii", "mrr": "pii", "plan": "pii", "id": "pii"}
    assert policy_tags.opened(before, after) == ["mrr", "note"]
    assert policy_tags.opened(before, {}) == ["email", "id", "mrr", "note"]
    assert policy_tags.opened({}, after) == []
    assert policy_tags.tightened(before, after) == {**after, "mrr": "financial", "note": "restricted"}


def test_tags_are_set_changed_and_removed_in_a_schema_and_fields_of_records_go_by_their_paths(
    variables: dict[str, str],
) -> None:
    settings = environment.load(variables)
    street = bigquery.SchemaField("street", "STRING")
    old = table(email=variables["KURA_POLICY_TAG_PII"], mrr=variables["KURA_POLICY_TAG_PII"], plan=None)
    old.schema = [*old.schema, bigquery.SchemaField("home", "RECORD", fields=[street])]
    declared = {"mrr": "financial", "plan": "restricted", "home.street": "pii"}
    before = [field.to_api_repr() for field in old.schema]
    new = bigquery.Table(old.reference, schema=policy_tags.with_tags(old.schema, declared, settings))
    assert policy_tags.live(new, settings) == declared
    assert new.schema[0].to_api_repr()["policyTags"] == {"names": []}
    assert [field.to_api_repr() for field in old.schema] == before
