"""ALTER TABLE SET OPTIONS (labels = ...). Gap: local_bigquery adds the labels to those that are there.

As in BigQuery ("Data definition language", ALTER TABLE SET OPTIONS), the value replaces the option's earlier value.
"""

from typing import Any

from local_bigquery.catalog import ddl
from local_bigquery.models import Table
from sqlglot import exp

from sandbox.bigquery.patching import replace


def install() -> None:
    original = ddl._alteration

    def alteration(stored: Table, action: exp.Expression, reference: tuple, evaluate: Any) -> dict[str, Any]:
        """What an ALTER TABLE changes; a label that it does not name is None, which removes it."""
        changes: dict[str, Any] = original(stored, action, reference, evaluate)
        if "labels" in changes:
            changes["labels"] = dict.fromkeys(stored.labels or {}) | changes["labels"]
        return changes

    replace(ddl, "_alteration", alteration)
