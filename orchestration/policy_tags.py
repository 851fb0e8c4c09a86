"""Policy tags by their logical names: what is declared, what tables have in BigQuery, how they differ."""

from collections.abc import Mapping
from typing import Any

from google.cloud import bigquery

from extract.schema import live_tag
from orchestration.environment import Environment


def declared_by_model(node: Mapping[str, Any], environment: Environment) -> dict[str, str]:
    """The tags that a model declares, by column, from its node in dbt's manifest. Columns without one are left out."""
    return {
        name: _logical(resource, environment)
        for name, column in node["columns"].items()
        # dbt takes them at the column's top level or in its `config`.
        for resource in (column.get("policy_tags") or column.get("config", {}).get("policy_tags") or [])
    }


def live(table: bigquery.Table, environment: Environment) -> dict[str, str]:
    """The tags that a table's columns have, by column. Columns without one are left out."""
    return {column.name: _logical(resource, environment) for column in table.schema if (resource := live_tag(column))}


def difference(declared: Mapping[str, str], live: Mapping[str, str]) -> str:
    """How live tags differ from declared ones, as a sentence for people; empty when they do not."""
    return ", ".join(
        f"{column} is {live.get(column, 'open')} but declared {declared.get(column, 'open')}"
        for column in sorted(declared.keys() | live.keys())
        if declared.get(column) != live.get(column)
    )


def _logical(resource: str, environment: Environment) -> str:
    """The logical name of a tag; a resource name that is none of ours stays as it is."""
    names = {known: name for name, known in environment.policy_tags.items()}
    return names.get(resource, resource)
