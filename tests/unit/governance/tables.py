"""A tiny project for the guard's tests: a few models with columns of every tag, and helpers to ask about one query."""

from collections.abc import Mapping
from typing import Any

from extract.contract import Column, Table
from governance.lineage.guard import Finding, Guard

PROJECT = "project"
POLICY_TAGS = {name: f"projects/project/policyTags/{name}" for name in ("restricted", "pii", "financial")}

COLUMNS = {
    "users": {
        "id": ("INT64", None),
        "email": ("STRING", "pii"),
        "birth_date": ("DATE", "pii"),
        "is_adult": ("BOOL", "pii"),
        "salary": ("INT64", "financial"),
        "profile": ("JSON", "restricted"),
        "country": ("STRING", None),
        "emails": ("ARRAY<STRING>", "pii"),
        "address": ("STRUCT<city STRING, street STRING>", None),
        "address.city": ("STRING", None),
        "address.street": ("STRING", "pii"),
        "orders": ("ARRAY<STRUCT<item STRING, price INT64>>", None),
        "orders.item": ("STRING", None),
        "orders.price": ("INT64", "financial"),
    },
    "days": {"id": ("INT64", None), "day": ("DATE", None), "n": ("INT64", None), "email": ("STRING", None)},
}
TABLES = (
    Table(
        "dynamodb", "people", "People.", "people", "full", ("person_id",),
        (
            Column("person_id", "INT64", "Id.", ("personId",)),
            Column("email", "STRING", "Address.", (), "pii"),
            Column("nick", "STRING", "Nick name.", ("profile", "nick")),
            Column("labels", "ARRAY<STRING>", "Labels."),
            Column("extras", "JSON", "Anything.", (), "financial"),
        ),
    ),
    Table(
        "stripe", "customers", "Customers.", "customers", "list", ("id",),
        (Column("id", "STRING", "Id."), Column("city", "STRING", "City.", ("address", "city"), "pii")),
    ),
    Table(
        "aurora", "accounts", "Accounts.", "public.accounts", "snapshot", ("id",),
        (Column("id", "INT64", "Id."), Column("email", "STRING", "Address.", (), "pii")),
    ),
)  # fmt: skip


def node(name: str, columns: Mapping[str, tuple[str, str | None]], sql: str = "", **given: Any) -> dict[str, Any]:
    """A model as it stands in dbt's manifest."""
    return {
        "unique_id": f"model.kura.{name}",
        "name": name,
        "resource_type": "model",
        "database": PROJECT,
        "schema": "build",
        "language": "sql",
        "compiled_code": sql,
        "config": {},
        "columns": {
            column: {
                "name": column,
                "data_type": data_type,
                **({"policy_tags": [POLICY_TAGS[tag]]} if tag else {}),
            }
            for column, (data_type, tag) in columns.items()
        },
        **given,
    }


def findings(sql: str, columns: Mapping[str, str | None], **given: Any) -> list[Finding]:
    """What the guard has against a model `made` with that SQL and these columns, which are declared with these tags."""
    made = node("made", {name: ("STRING", tag) for name, tag in columns.items()}, sql, **given)
    nodes = [node(name, declared) for name, declared in COLUMNS.items()]
    guard = Guard({"nodes": {each["unique_id"]: each for each in (*nodes, made)}}, TABLES, POLICY_TAGS)
    return guard.check(made)


def needed(expression: str, source: str = "build.users", **given: Any) -> str | None:
    """The tag that a column made by this expression needs; "unknown" where that cannot be told."""
    found = findings(f"select {expression} as x from {source}", {"x": None}, **given)
    assert all(finding.column == "x" for finding in found), [str(finding) for finding in found]
    return (found[0].needed or "unknown") if found else None


def of_query(sql: str, **given: Any) -> str | None:
    """The tag that column `x` of a query needs; "unknown" where that cannot be told."""
    found = [each for each in findings(sql, {"x": None}, **given) if each.column in ("x", None)]
    return (found[0].needed or "unknown") if found else None
