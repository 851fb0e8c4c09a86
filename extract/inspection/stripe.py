"""A Stripe list: its columns from the newest objects in it.

Columns are named as in the contracts that are there: an object's own `id` after its kind, a field that holds the id of
another object `<field>_id`, and `created` created_at. What is in another object stays JSON.
"""

import json
import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from extract.errors import Terminal
from extract.inspection import documents
from extract.inspection.fitting import number_type
from extract.inspection.found import Found, FoundColumn, Report
from extract.inspection.names import column_name, near
from extract.stripe_api import Lists
from extract.stripe_changes import newest
from extract.stripe_kinds import KINDS

OBJECTS: Final = 100
"""How many objects are read: one page of a list."""

_INSTANTS: Final = frozenset({"created", "updated", "at", "on", "date", "start", "end", "by", "anchor", "until"})
_EARLIEST, _LATEST = 10**9, 4 * 10**9  # 2001 to 2096, in seconds since 1970
_REFERENCE: Final = re.compile(r"[a-z]{2,}_(?=\w*[A-Z0-9])\w{6,}")
_SAME_EVERYWHERE: Final = "object"


def inspect(lists: Lists, relation: str, report: Report) -> Found:
    """Look at the list `relation`, such as `charges`.

    Terminal when there is none, or it is empty; Terminal or Transient when Stripe refuses or is away.
    """
    report(f"reading the newest {OBJECTS} of {relation}")
    try:
        objects = list(islice(newest(lists, relation), OBJECTS))
    except Terminal as error:
        if relation in KINDS or "no such list" not in str(error):
            raise
        raise Terminal(f"Stripe has no list {relation}; {near(relation, KINDS)}") from None
    if not objects:
        raise Terminal(
            f"there are no {relation} in this Stripe account yet, so nothing can be seen; add it when there are"
        )
    fields: dict[str, list[Any]] = {}
    for one in objects:
        for name, value in one.items():
            fields.setdefault(name, []).append(value)
    del fields[_SAME_EVERYWHERE]
    columns: list[FoundColumn] = []
    left_out = documents.LeftOut()
    for field in sorted(fields, key=lambda name: (name != "id", name)):
        values = [value for value in fields[field] if value is not None]
        if left_out.is_told(field, values):
            continue
        path: tuple[str, ...] = (field,)
        if all(isinstance(value, dict) and value.get("object") == "list" for value in values):
            path, values = (field, "data"), [value["data"] for value in values]
        data_type = "JSON" if len(path) > 1 else _type(field, values)
        name = column_name(_name(relation, field, values), {column.name for column in columns}, field)
        columns.append(FoundColumn(name, data_type, path, personal=documents.personal(field, data_type, values)))
    columns.sort(key=lambda column: column.data_type == "TIMESTAMP")
    return Found(relation, tuple(columns), (columns[0].name,), len(objects), remarks=left_out.remarks)


def _name(relation: str, field: str, values: Sequence[Any]) -> str:
    if field == "id":
        return f"{relation.removesuffix('s')}_id"
    if field in ("created", "updated"):
        return f"{field}_at"
    names_a_kind = any(field == kind.object or field.endswith(f"_{kind.object}") for kind in KINDS.values())
    are_texts = all(isinstance(value, str) for value in values) and not field.endswith("_id")
    if are_texts and (names_a_kind or all(_REFERENCE.fullmatch(value) for value in values)):
        return f"{field}_id"
    return field


def _type(field: str, values: Sequence[Any]) -> str:
    """The declared type that all values decode as; different ones are text where they are scalar, else JSON."""
    if all(isinstance(value, list) for value in values):
        inner = [one for value in values for one in value]
        return "ARRAY<STRING>" if inner and all(isinstance(one, str) for one in inner) else "JSON"
    if any(isinstance(value, dict | list) for value in values):
        return "JSON"
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "BOOL"
    if not kinds <= {int, float}:
        return "STRING"
    if kinds == {int} and _INSTANTS & set(field.split("_")) and all(_EARLIEST <= value < _LATEST for value in values):
        return "TIMESTAMP"
    narrowest = number_type(map(json.dumps, values))
    if narrowest == "INT64" and "percent" in field:
        return "NUMERIC"
    # What no exact type takes is written with an exponent.
    return "FLOAT64" if narrowest == "STRING" else narrowest
