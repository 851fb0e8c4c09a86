"""Raw tables: which declared column a raw column, or a path into a raw document, is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from extract.contract import Column, Table
from extract.schema import declared_tag
from governance.lineage.flow import ELEMENT, Path
from governance.lineage.tags import RESTRICTED, strictest

_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "dynamodb": {"Item": "JSON", "Metadata": "JSON", "Keys": "JSON", "NewImage": "JSON", "OldImage": "JSON"},
    "stripe": {"id": "STRING", "object": "JSON", "deleted": "BOOL", "retrieved_at": "TIMESTAMP"},
    "sheets": {"row_number": "INT64", "cells": "JSON"},
}
"""The raw columns of each kind of source; Aurora's are those that the contract declares."""

_DOCUMENTS: Final = frozenset({"Item", "Keys", "NewImage", "OldImage", "object", "cells"})
"""The columns in which declared columns lie at their paths."""

_DYNAMODB_VALUES: Final = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"})
_DYNAMODB_MAP: Final = "M"


@dataclass(frozen=True)
class Found:
    """What a column, or a part of one, is declared as. `label` names it for people."""

    tag: str | None
    data_type: str
    label: str


def columns(table: Table) -> dict[str, str]:
    """The columns that a raw table is known to have, with the types that they have in BigQuery where those matter."""
    if table.source in _COLUMNS:
        return dict(_COLUMNS[table.source])
    return {column.path[0]: column.data_type for column in table.columns}


def find(table: Table, name: str, path: Path) -> Found:
    """What lies in a raw column at a path. Whatever is not declared there is restricted."""
    label = ".".join([table.dataset, table.name, name, *path])
    if table.source not in _COLUMNS and name != "*":
        label = ".".join([table.dataset, table.name, name])
    if table.source not in _COLUMNS:
        data_type = next((column.data_type for column in table.columns if column.path[0] == name), "")
        return Found(declared_tag(table, name), data_type, label)
    if name not in _DOCUMENTS:
        return Found(declared_tag(table, name), _COLUMNS[table.source].get(name, ""), label)
    if (column := _declared(table, path)) is not None:
        return Found(column.policy_tag, column.data_type, label)
    if name == "Keys":
        # Key attributes alone, each of which is declared.
        keys = [column.policy_tag for column in table.columns if column.name in table.key]
        return Found(strictest(keys), "", label)
    return Found(RESTRICTED, "", label)


def _declared(table: Table, path: Path) -> Column | None:
    """The declared column that all of the path's values belong to, the nearest one where several lie around each other.

    That is the column at that very path, and what is inside of its value: DynamoDB's own {type: value}, the elements of
    an array, anything at all below a column of type JSON. What lies below any other column is not declared.
    """
    around = [column for column in table.columns if path[: len(_steps(table, column))] == _steps(table, column)]
    if not around:
        return None
    column = max(around, key=lambda column: len(column.path))
    inside = path[len(_steps(table, column)) :]
    if column.data_type == "JSON" or not inside:
        return None if _declared_below(table, path) else column
    if table.source == "dynamodb":
        value, *elements = inside
        return column if value in _DYNAMODB_VALUES and set(elements) <= {ELEMENT} else None
    return column if column.data_type.startswith("ARRAY<") and set(inside) == {ELEMENT} else None


def _declared_below(table: Table, path: Path) -> bool:
    """Whether another declared column lies inside: the whole would hold it as well, under another tag."""
    steps = [_steps(table, column) for column in table.columns]
    return any(len(other) > len(path) and other[: len(path)] == path for other in steps)


def _steps(table: Table, column: Column) -> Path:
    """Where a declared column lies in the document: DynamoDB writes each map as {"M": {...}}."""
    if table.source != "dynamodb":
        return column.path
    first, *others = column.path
    return (first, *(step for key in others for step in (_DYNAMODB_MAP, key)))
