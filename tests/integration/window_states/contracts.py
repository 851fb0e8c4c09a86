"""The raw tables under test: every kind of source in every mode."""

from typing import Any

FULL_EVERY = 3
"""Days from one full delivery to the next: five windows hold two chains."""

TYPES = {"id": "STRING", "part": "STRING", "name": "STRING", "amount": "INT64", "updated_at": "DATETIME"}


def _contract(
    name: str, relation: str, mode: str, paths: dict[str, str], types: dict[str, str] = TYPES, **more: Any
) -> dict[str, Any]:
    """A table's entry. `paths` tells where id, name and amount lie in the source."""
    keys = [column for column in ("id", "part") if column in paths]
    extract = {"relation": relation, "mode": mode, "key": keys, "allow_empty": True, "shrink_limit": 1, **more}
    columns = [
        {"name": column, "data_type": types[column], "description": "-", "config": {"meta": {"path": path}}}
        for column, path in paths.items()
    ]
    return {"name": name, "description": "-", "config": {"meta": {"extract": extract}}, "columns": columns}


def contracts(names: dict[str, str], suffix: str) -> list[dict[str, Any]]:
    """The sources of one history; `names` are those that its stores have in the cloud.

    `suffix` ends the names of its tables.
    """
    flat = {column: column for column in ("id", "name", "amount")}
    item = {column: column for column in ("id", "part", "name", "amount")}
    customer = {"id": "id", "name": "name", "amount": "balance"}
    row = {**flat, "updated_at": "updated_at"}
    chain = {"full_every": f"{FULL_EVERY}d"}
    cursor = chain | {"cursor": "updated_at"}
    numbered, zoned = TYPES | {"id": "INT64"}, TYPES | {"updated_at": "TIMESTAMP"}
    by_source = {
        "dynamodb": [
            _contract("items", names["items"], "full", item, numbered),
            _contract("item_changes", names["items"], "incremental", item, numbered, **chain),
        ],
        "aurora": [
            _contract("exported", f"public.{names['rows']}", "snapshot", row),
            _contract("rows", f"public.{names['rows']}", "query", row),
            _contract("row_changes", f"public.{names['rows']}", "query", row, **cursor),
            _contract("mysql_rows", f"koe.{names['mysql']}", "query", row, zoned),
            _contract("mysql_row_changes", f"koe.{names['mysql']}", "query", row, zoned, **cursor),
        ],
        "stripe": [
            _contract("customers", "customers", "list", customer),
            _contract("customer_changes", "customers", "incremental", customer, **chain),
        ],
        "sheets": [_contract("cells", f"planning/{names['sheet']}", "sheet", flat)],
    }
    for table in (table for tables in by_source.values() for table in tables):
        table["name"] += suffix
    return [{"name": f"raw_{kind}", "description": "-", "tables": tables} for kind, tables in by_source.items()]
