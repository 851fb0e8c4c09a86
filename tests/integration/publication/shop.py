"""A small project as dbt's manifest describes it, and its tables built in versions that can be told apart."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from google.cloud import bigquery

from extract import receipts
from orchestration import policy_tags
from orchestration.environment import Environment
from orchestration.publication import evidence
from orchestration.publication.evidence import Build
from orchestration.publication.project import Project
from tests.integration.bigquery.access_fixtures import tag

WINDOW = "20261121"
STAGING = "model.shop.stg_users"
SOURCE = "source.shop.raw_aurora.users"


def node(name: str, folder: str, parents: Sequence[str], **more: Any) -> dict[str, Any]:
    """A model as the manifest has it."""
    schema = "staging" if folder == "staging" else "build"
    config = {"materialized": "table", "labels": {}, **more.pop("config", {})}
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": schema,
        "fqn": ["shop", folder, name],
        "description": f"The table {name}.",
        "raw_code": f"select * from {name}",
        "depends_on": {"nodes": list(parents), "macros": []},
        "columns": {},
        "config": config,
        **more,
    }


def columns(**tags: str | None) -> dict[str, Any]:
    """Declared columns with their tags."""
    return {
        name: {"name": name, "description": f"The {name}.", "policy_tags": [tag(logical)] if logical else []}
        for name, logical in tags.items()
    }


def manifest(marts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A project of these marts, each with its declared columns, above which are one staging model and its source."""
    nodes = {STAGING: node("stg_users", "staging", [SOURCE])}
    for name, declared in marts.items():
        nodes[f"model.shop.{name}"] = node(name, "marts", [STAGING], columns=declared)
    source = {"schema": "raw_aurora", "identifier": "users"}
    return {"nodes": nodes, "sources": {SOURCE: source}, "macros": {}}


def load_source(client: bigquery.Client, partition_id: str = WINDOW) -> None:
    """A receipt for the source's table."""
    client.create_table(bigquery.Table(f"{client.project}.{receipts.TABLE}", schema=receipts.SCHEMA), exists_ok=True)
    client.query_and_wait(
        f"INSERT INTO {receipts.TABLE} (source, table_name, partition_id) VALUES ('aurora', 'users', '{partition_id}')"
    )


def build(
    client: bigquery.Client,
    settings: Environment,
    project: Project,
    queries: Mapping[str, str],
    layout: str = "",
    **changes: Any,
) -> None:
    """Make the tables of models as dbt does, put their tags in order, and write evidence that all passed.

    `queries` are by unique id; `layout` is SQL before them; `changes` are those of the evidence.
    """
    now = datetime.datetime.now(datetime.UTC)
    builds = []
    for model, query in queries.items():
        name, declared = project.table(model), project.models[model]
        client.query_and_wait(f"CREATE OR REPLACE TABLE {name} {layout} AS {query}")
        tags = policy_tags.declared_by_model(declared, settings)
        table = policy_tags.put_in_order(client, client.get_table(name), tags, settings)
        builds.append(
            Build(
                **{
                    **dict.fromkeys(("run_id", "reason", "compiled"), ""),
                    "dataset": declared["schema"],
                    "table_name": declared["alias"],
                    "partition_id": WINDOW,
                    "passed": True,
                    "built_at": now,
                    "created": table.created,
                    "modified": table.modified,
                    "row_count": table.num_rows,
                    "bytes": table.num_bytes,
                    "code": project.expected_code(model),
                    "recorded_at": now,
                    **changes,
                }
            )
        )
    evidence.append(client, builds)
