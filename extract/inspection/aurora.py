"""A table of Aurora: what the catalogue says of it, held against a sample of its rows.

The catalogue knows columns, types, comments and the primary key. The sample shows what it cannot: values that no
declared type holds, such as `infinity` among the dates, and values that look personal.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from extract.aurora_reader import Reader, check_names
from extract.errors import Terminal, Transient
from extract.inspection import documents, keys
from extract.inspection.fitting import fits
from extract.inspection.found import ROWS, Found, FoundColumn, Report
from extract.inspection.names import column_name, near, snake

CHARACTERS: Final = 4000
"""How much of a value is read at most."""

_WIDER: Final = {"NUMERIC": ("NUMERIC", "BIGNUMERIC")}
_ELEMENT: Final = r'(?:"(?:[^"\\]|\\.)*"|[^,"{}\\]+)'
_ARRAY: Final = re.compile(rf"\{{(?:{_ELEMENT}(?:,{_ELEMENT})*)?\}}", re.DOTALL)
_CHANGED: Final = re.compile(r"(?:last_)?(?:updated?|modified|changed)(?:_(?:at|on|time|date|timestamp))?")
_INSTANTS: Final = ("TIMESTAMP", "DATETIME")

Row = Mapping[str, str | None]
"""A row's values as text, cut to CHARACTERS; columns of bytes are not among them."""


@dataclass(frozen=True)
class Described:
    """A column as the catalogue has it. `data_type` is the declared type that its type in raw has.

    `comes_as_text` says that raw has text, which staging decodes; all other types are raw's own.
    """

    name: str
    data_type: str
    comes_as_text: bool
    required: bool = False
    comment: str = ""


@dataclass(frozen=True)
class Relation:
    """A table or view as the catalogue has it. `key` is the primary key, or else a unique one without nulls.

    `is_exported` says that exports of snapshots have it: they have tables, no views.
    """

    columns: tuple[Described, ...]
    key: tuple[str, ...]
    is_exported: bool
    comment: str = ""


class Catalogue(Protocol):
    """A database that can be looked at. Methods raise Terminal or Transient; names are those of the database."""

    def relation(self, name: str) -> Relation | None:
        """A table or view, `schema.table`; None where there is none."""
        ...

    def relations(self) -> list[str]:
        """The names of all tables and views that are not the server's own."""
        ...

    def sample(self, name: str, columns: Sequence[Described]) -> list[Row]:
        """Its first rows, ROWS at most."""
        ...


def inspect(
    connect: Callable[[Reader], AbstractContextManager[Catalogue]],
    reader: Reader,
    relation: str,
    key: Sequence[str],
    report: Report,
) -> Found:
    """Look at `schema.table` or a view, in a database that `connect` opens.

    `key` are names of columns that a person chose, for what has no key. Terminal when there is no such table, with the
    names that are like it, or the key is none; Terminal or Transient when the database refuses or is away.
    """
    with connect(reader) as catalogue:
        described = catalogue.relation(relation)
        if described is None or not described.columns:
            raise Terminal(
                f"{reader.database} has no {relation} that we may see; {near(relation, catalogue.relations())}"
            )
        check_names(relation, [column.name for column in described.columns])
        report(f"reading up to {ROWS} rows of {relation}")
        rows, remarks = None, []
        try:
            rows = catalogue.sample(relation, described.columns)
        except Transient as error:
            # A view can take for ever; the catalogue's word is enough to go on.
            remarks.append(f"types and tags are judged without a sample, for its rows could not be read: {error}")
    return _found(relation, described, rows, key, remarks)


def _found(
    relation: str, described: Relation, rows: Sequence[Row] | None, key: Sequence[str], remarks: Sequence[str]
) -> Found:
    columns: list[FoundColumn] = []
    for number, column in enumerate(described.columns, start=1):
        texts = [text for row in rows or [] if (text := row.get(column.name)) is not None]
        data_type, remark = _type(column, texts)
        name = column_name(column.name, {one.name for one in columns}, f"column_{number}")
        reasons = documents.personal(column.name, data_type, [_parsed(data_type, text) for text in texts])
        columns.append(FoundColumn(name, data_type, (column.name,), column.comment, reasons, remark))
    named = {column.path[0]: column.name for column in columns}
    chosen = tuple(named[part] for part in described.key)
    if key and not chosen:
        chosen = keys.named(relation, key, {named[part]: [row.get(part) for row in rows or []] for part in named})
    return Found(
        relation,
        tuple(columns),
        chosen,
        None if rows is None else len(rows),
        described.comment,
        _cursor(described, named),
        described.is_exported,
        tuple(remarks),
    )


def _type(column: Described, texts: Sequence[str]) -> tuple[str, str]:
    """The type to declare: the catalogue's, or text where a sampled value would not decode; and why."""
    if not column.comes_as_text:
        return column.data_type, ""
    whole = [text for text in texts if len(text) < CHARACTERS]
    for wider in _WIDER.get(column.data_type, (column.data_type,)):
        if all(_decodes(wider, text) for text in whole):
            return wider, ""
    return "STRING", f"text, for some values are no {column.data_type}"


def _parsed(data_type: str, text: str) -> Any:
    """What is in a value: that of JSON, the elements of an array, or the text itself."""
    if data_type == "JSON":
        with suppress(ValueError):  # it may be cut
            return json.loads(text)
    return _elements(text) if data_type.startswith("ARRAY<") else text


def _decodes(data_type: str, text: str) -> bool:
    if not data_type.startswith("ARRAY<"):
        return fits(data_type, text)
    inner = data_type.removeprefix("ARRAY<").removesuffix(">")
    is_simple = _ARRAY.fullmatch(text) is not None and not re.search(r"[{,]NULL[,}]", text)
    return is_simple and all(fits(inner, element) for element in _elements(text))


def _elements(text: str) -> list[str]:
    return [element.strip('"') for element in re.findall(_ELEMENT, text[1:-1], re.DOTALL)]


def _cursor(described: Relation, named: Mapping[str, str]) -> str | None:
    """The column that is named like an instant of the last change; one that cannot be null comes first."""
    possible = [
        column
        for column in described.columns
        if column.data_type in _INSTANTS and _CHANGED.fullmatch(snake(column.name))
    ]
    possible.sort(key=lambda column: not column.required)
    return named[possible[0].name] if possible else None
