"""Raw tables' columns: their policy tags, and how a live table follows a delivery and its contract."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from google.cloud.bigquery import PolicyTagList, SchemaField

from extract.contract import Table
from extract.delivery import RawColumn
from extract.errors import Terminal

UNKNOWN: Final = "restricted"
"""The tag of a column that the contract does not know: loaded, locked, and waiting to be classified."""

_TAGS: Final[Mapping[str, Mapping[str, str | None]]] = {
    "dynamodb": {"Item": "restricted", "Metadata": None, "Keys": None, "NewImage": "restricted"},
    "stripe": {"id": None, "object": "restricted", "deleted": None, "retrieved_at": None},
    "sheets": {"row_number": None, "cells": "restricted"},
}
"""The tags where the raw columns are those of the kind of source; Aurora's are those of the contract."""

_LEGACY: Final = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
_CLUSTERABLE: Final = frozenset({"INT64", "NUMERIC", "BIGNUMERIC", "BOOL", "STRING", "DATE", "DATETIME", "TIMESTAMP"})


def declared_tag(table: Table, column: str) -> str | None:
    """The logical policy tag that a raw column must have, or None when anyone who reads the table may read it."""
    if table.source in _TAGS:
        return _TAGS[table.source].get(column, UNKNOWN)
    for declared in table.columns:
        if declared.path[0].casefold() == column.casefold():
            return declared.policy_tag
    return UNKNOWN


def is_known(table: Table, column: str) -> bool:
    """Whether a raw column is one that the contract, or the kind of source, knows."""
    if table.source in _TAGS:
        return column in _TAGS[table.source]
    return any(declared.path[0].casefold() == column.casefold() for declared in table.columns)


def declared_tags(table: Table, columns: Iterable[str]) -> dict[str, str]:
    """The tags that these raw columns must have; columns that need none are left out."""
    return {column: tag for column in columns if (tag := declared_tag(table, column))}


def field(table: Table, column: RawColumn, policy_tags: Mapping[str, str]) -> SchemaField:
    """A raw column as BigQuery is told it, with the resource name of its tag and what the contract says of it."""
    descriptions = {declared.path[0].casefold(): declared.description for declared in table.columns}
    if table.source in _TAGS:
        descriptions = {}
    tag = declared_tag(table, column.name)
    return SchemaField(
        column.name,
        column.data_type,
        description=descriptions.get(column.name.casefold(), ""),
        # An explicit empty list takes a tag away; nothing at all would leave it.
        policy_tags=PolicyTagList([policy_tags[tag]] if tag else []),
    )


def live_tag(live: SchemaField) -> str | None:
    """The resource name of a live column's policy tag."""
    return next(iter(live.policy_tags.names), None) if live.policy_tags else None


def clustering(table: Table, columns: Iterable[RawColumn]) -> list[str]:
    """The raw columns to cluster by: those parts of the key that are columns of the raw table, four at most."""
    types = {column.name: column.data_type for column in columns}
    paths = {declared.name: declared.path for declared in table.columns}
    parts = [paths[name][0] for name in table.key if len(paths[name]) == 1]
    return [part for part in parts if types.get(part) in _CLUSTERABLE][:4]


@dataclass(frozen=True)
class Evolution:
    """What a live table must become: `fields` is its new schema, `changes` say what is different, in words.

    `must_update` is false when the live schema is right already; a vanished column is a change that needs no update.
    """

    fields: tuple[SchemaField, ...]
    changes: tuple[str, ...]
    must_update: bool


def evolve(
    table: Table, live: Sequence[SchemaField], delivered: Sequence[RawColumn], policy_tags: Mapping[str, str]
) -> Evolution:
    """How a live schema follows a delivery and the contract's tags.

    New columns are added, columns that are no longer delivered stay, tags become those that are declared. A change that
    begins with `unknown` or `vanished` is one that the contract does not say yet, and comes with every delivery until
    it does. Terminal when a column has changed its type: its history could not be read together with its present.
    """
    fields, changes, must_update = [], [], False
    names = {column.name.casefold(): column for column in delivered}
    for old in live:
        column = RawColumn(old.name, _LEGACY.get(old.field_type, old.field_type))
        now = names.pop(old.name.casefold(), None)
        if now is None:
            if is_known(table, old.name):
                changes.append(f"vanished {old.name}")
        elif now.data_type != column.data_type:
            raise Terminal(
                f"{table}: column {old.name} is {column.data_type} in the raw table, {now.data_type} in the delivery; "
                f"if the change is meant, copy {table.dataset}.{table.name} aside, drop it, and run again"
            )
        elif not is_known(table, old.name):
            changes.append(f"unknown {old.name} {column.data_type}, {UNKNOWN}")
        new = field(table, column, policy_tags)
        if live_tag(old) != live_tag(new):
            must_update = True
            changes.append(f"tagged {old.name} {declared_tag(table, old.name) or 'with nothing'}")
            fields.append(new)
        else:
            fields.append(old)
    for added in names.values():
        must_update = True
        how = "added" if is_known(table, added.name) else "unknown"
        changes.append(f"{how} {added.name} {added.data_type}, {declared_tag(table, added.name) or 'untagged'}")
        fields.append(field(table, added, policy_tags))
    return Evolution(tuple(fields), tuple(changes), must_update)
