"""Expiration of partitions. Gap: local_bigquery drops the table option partition_expiration_days.

It is kept as the REST field `timePartitioning.expirationMs` ("Manage partitioned tables"), but nothing expires here.
"""

from typing import Any

from local_bigquery.catalog import ddl, options
from local_bigquery.catalog.options import DAY_MS, Option
from local_bigquery.errors import BigQueryError
from local_bigquery.models import Table
from sqlglot import exp

from sandbox.bigquery.patching import replace

NAME, KEY = "partition_expiration_days", "_partitionExpirationMs"
_table, _alteration = ddl._table, ddl._alteration


def _milliseconds(node: exp.Expression, evaluate: Any) -> str | None:
    return None if isinstance(node, exp.Null) else str(round(float(evaluate(node)) * DAY_MS))


def _partitioned(changes: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """The changes to a table's resource with the option in its place; `current` is the partitioning so far."""
    if KEY not in changes:
        return changes
    expiration = changes.pop(KEY)
    partitioning = changes.get("timePartitioning") or current
    if not partitioning:
        raise BigQueryError("invalidQuery", "Partition expiration is for tables that are partitioned by time only.")
    return changes | {"timePartitioning": {**partitioning, "expirationMs": expiration}}


def table(tree: exp.Create, reference: tuple, evaluate: Any) -> dict[str, Any]:
    return _partitioned(_table(tree, reference, evaluate), None)


def alteration(stored: Table, action: exp.Expression, reference: tuple, evaluate: Any) -> dict[str, Any]:
    changes = _alteration(stored, action, reference, evaluate)
    return _partitioned(changes, stored.timePartitioning and stored.timePartitioning.dump())


def install() -> None:
    options.TABLE_OPTIONS[NAME] = Option(KEY, "FLOAT64", _milliseconds)
    replace(ddl, "_table", table)
    replace(ddl, "_alteration", alteration)
