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
