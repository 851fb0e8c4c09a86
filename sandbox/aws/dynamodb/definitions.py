"""Tables as JSON, one folder a table: `table.json` says that the table exists and what it is, `items.sqlite` its items.

A folder without table.json is an import or a deletion that was interrupted; it is removed.
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.aws import journal
from sandbox.aws.dynamodb.table import DiskTable

FILE = "table.json"


def save(table: DiskTable) -> None:
    """Writes down what the table is now."""
    definition = {
        "name": table.name,
        "account_id": table.account_id,
        "region": table.region_name,
        "created_at": table.created_at.isoformat(),
        "imported": table.imported,
        "recovery_since": table.recovery_since,
        "ttl": table.ttl,
        "parameters": {
            "schema": table.schema,
            "attr": table.attr,
            "throughput": table.throughput,
            "billing_mode": table.billing_mode,
            "indexes": [index.describe() for index in table.indexes],
            "global_indexes": [index.describe() for index in table.global_indexes],
            "streams": table.stream_specification,
            "sse_specification": table.sse_specification,
            "tags": table.tags,
            "deletion_protection_enabled": table.deletion_protection_enabled,
            "warm_throughput": table.warm_throughput,
        },
    }
    journal.write(table.folder / FILE, definition)


def load(root: Path) -> list[DiskTable]:
    """The tables below `root`, ready for use, oldest first."""
    tables = []
    for folder in sorted(root.iterdir()) if root.exists() else []:
        definition: dict[str, Any] | None = journal.read(folder / FILE, None)
        if definition is None:
            shutil.rmtree(folder)
            continue
        table = DiskTable(  # type: ignore[abstract]
            definition["name"],
            account_id=definition["account_id"],
            region=definition["region"],
            table_id=folder.name,
            folder=folder,
            imported=definition["imported"],
            **definition["parameters"],
        )
        table.created_at = datetime.fromisoformat(definition["created_at"])
        table.recovery_since = definition["recovery_since"]
        table.ttl = definition["ttl"]
        table.open()
        tables.append(table)
    return sorted(tables, key=lambda table: table.created_at)


def remove(table: DiskTable) -> None:
    """Forgets the table first, then removes its items."""
    (table.folder / FILE).unlink(missing_ok=True)
    table.store.close()
    shutil.rmtree(table.folder)
