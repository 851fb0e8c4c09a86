"""Columns as Dagster shows them: type, description and, as a tag, the policy tag."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from extract.contract import Table
from orchestration import policy_tags
from orchestration.environment import Environment


def of_table(table: Table) -> dg.TableSchema:
    """The declared columns of a raw table."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.data_type,
                column.description,
                tags={"policy_tag": column.policy_tag} if column.policy_tag else None,
            )
            for column in table.columns
        ]
    )


def of_model(node: Mapping[str, Any], environment: Environment) -> dg.TableSchema:
    """The described columns of a dbt model, from its node in the manifest."""
    declared = policy_tags.declared_by_model(node, environment)
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                column.get("data_type") or "?",
                column.get("description"),
                tags={"policy_tag": declared[name]} if name in declared else None,
            )
            for name, column in node["columns"].items()
        ]
    )
