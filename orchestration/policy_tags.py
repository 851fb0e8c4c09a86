"""Policy tags by their logical names: what is declared, what tables have in BigQuery, how they differ.

A field of a record goes by its path, such as `address.street`, as dbt names it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.cloud import bigquery

from extract.outside import google_cloud
from extract.schema import UNKNOWN as STRICTEST
from extract.schema import live_tag
from orchestration.clients import RETRY
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
    return {path: _logical(tag, environment) for path, field in _leaves(table.schema) if (tag := live_tag(field))}


def difference(declared: Mapping[str, str], live: Mapping[str, str]) -> str:
    """How live tags differ from declared ones, as a sentence for people; empty when they do not."""
    return ", ".join(
        f"{column} is {live.get(column, 'open')} but declared {declared.get(column, 'open')}"
        for column in sorted(declared.keys() | live.keys())
        if declared.get(column) != live.get(column)
    )


def opened(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The columns that `after` does not protect at least as strictly as `before`.

    `restricted` is stricter than all others, and no tag is laxer; of two others neither is as strict as the other.
    """
    return sorted(
        column for column, tag in before.items() if column not in after or after[column] not in (tag, STRICTEST)
    )


def tightened(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The tags `after`, but those `before` where they would open a column."""
    return {**after, **{column: before[column] for column in opened(before, after)}}


def put_in_order(
    client: bigquery.Client, table: bigquery.Table, declared: Mapping[str, str], environment: Environment
) -> bigquery.Table:
    """Give a live table exactly these tags; the table as it is then. Declared columns that it lacks are left out."""
    if difference(declared, live(table, environment)):
        table.schema = with_tags(table.schema, declared, environment)
        with google_cloud(f"setting the policy tags of {table.dataset_id}.{table.table_id}"):
            return client.update_table(table, ["schema"], retry=RETRY)
    return table


def with_tags(
    schema: list[bigquery.SchemaField], tags: Mapping[str, str], environment: Environment, path: str = ""
) -> list[bigquery.SchemaField]:
    """Columns with exactly these tags, by logical name or, where it is none of ours, by resource name."""
    changed = []
    for field in schema:
        name, content = f"{path}{field.name}", dict(field.to_api_repr())  # what it returns is the field's own
        if field.fields:
            inner = with_tags(list(field.fields), tags, environment, f"{name}.")
            content["fields"] = [child.to_api_repr() for child in inner]
        else:
            tag = tags.get(name)
            # An explicit empty list takes a tag away; nothing at all would leave it.
            content["policyTags"] = {"names": [environment.policy_tags.get(tag, tag)] if tag else []}
        changed.append(bigquery.SchemaField.from_api_repr(content))
    return changed


def _leaves(schema: list[bigquery.SchemaField], path: str = "") -> Iterator[tuple[str, bigquery.SchemaField]]:
    for field in schema:
        if field.fields:
            yield from _leaves(list(field.fields), f"{path}{field.name}.")
        else:
            yield f"{path}{field.name}", field


def _logical(resource: str, environment: Environment) -> str:
    """The logical name of a tag; a resource name that is none of ours stays as it is."""
    names = {known: name for name, known in environment.policy_tags.items()}
    return names.get(resource, resource)
