"""Contracts: what a raw table holds, as dbt's own `_<source>__sources.yml` files declare it.

A table's entry, with the keys that this module reads:

    - name: generations
      description: One row per generation.
      config:
        meta:
          extract: {mode: full, relation: generations, key: [user_id, generation_id]}
      columns:
        - {name: user_id, data_type: INT64, description: Who asked., config: {meta: {path: userId}}}
        - {name: text, data_type: STRING, description: What was said., config: {meta: {policy_tag: pii}}}

`columns` are the declared columns, which staging yields. Where a column is in the source under another name, `path`
has that name, or a list of nested keys. Unknown keys beside `path`, `policy_tag` and those of `extract` are errors: a
misspelt `policy_tag` must not leave a column open.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from extract.errors import ContractError

MODES: Final[Mapping[str, frozenset[str]]] = {
    "dynamodb": frozenset({"full"}),
    "aurora": frozenset({"snapshot"}),
    "stripe": frozenset({"list"}),
    "sheets": frozenset({"sheet"}),
}
"""The kinds of source, and the modes that each can be extracted in."""

TAGS: Final = frozenset({"restricted", "pii", "financial"})
"""The logical policy tags."""

TYPES: Final = frozenset(
    {
        *("INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOL", "STRING", "BYTES"),
        *("DATE", "DATETIME", "TIME", "TIMESTAMP", "JSON"),
    }
)
"""The scalar types a column can declare; `ARRAY<...>` of each but JSON is a type as well."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RELATIONS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "dynamodb": (re.compile(r"[A-Za-z0-9_.-]+"), "the table's name without prefix"),
    "aurora": (re.compile(r"[A-Za-z0-9_$]+\.[A-Za-z0-9_$]+"), "schema.table"),
    "stripe": (re.compile(r"[a-z_]+"), "the name of a Stripe list, such as customers"),
    "sheets": (re.compile(r"[^/]+/.+"), "spreadsheet/worksheet"),
}


@dataclass(frozen=True)
class Column:
    """A declared column. `path` is where its value lies in the source, one key a level; `(name,)` when it says nothing.

    An invalid value is a ContractError.
    """

    name: str
    data_type: str
    description: str
    path: tuple[str, ...] = ()
    policy_tag: str | None = None

    def __post_init__(self) -> None:
        where = f"column {self.name}: "
        if not _NAME.fullmatch(self.name):
            raise ContractError(f"column {self.name!r}: a name has only letters, digits and _, and no leading digit")
        array = re.fullmatch(r"ARRAY<(\w+)>", self.data_type)
        scalar = array[1] if array else self.data_type
        if scalar not in TYPES or (array and scalar == "JSON"):
            known = ", ".join(sorted(TYPES))
            raise ContractError(f"{where}unknown type {self.data_type!r}; use {known}, or ARRAY<one of these but JSON>")
        if not self.description.strip():
            raise ContractError(f"{where}missing description")
        if self.policy_tag is not None and self.policy_tag not in TAGS:
            raise ContractError(f"{where}unknown policy_tag {self.policy_tag!r}; use {', '.join(sorted(TAGS))}")
        if not all(self.path):
            raise ContractError(f"{where}path has an empty key")
        if not self.path:
            object.__setattr__(self, "path", (self.name,))


@dataclass(frozen=True)
class Table:
    """A raw table: which source, what is extracted and how, and the columns that staging yields.

    `source` is one of MODES. `relation` names the thing in the source: a DynamoDB table without prefix,
    `schema.table`, a Stripe list, `spreadsheet/worksheet`. `key` are declared columns, together unique.
    `shrink_limit`, 0 to 1, is the share of the newest earlier delivery's rows that may be gone before a delivery is
    refused; `allow_empty` lets a delivery have no rows at all. An invalid value is a ContractError.
    """

    source: str
    name: str
    description: str
    relation: str
    mode: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    shrink_limit: float = 0.5
    allow_empty: bool = False

    def __post_init__(self) -> None:
        if self.source not in MODES:
            raise ContractError(f"unknown source {self.source!r}; use {', '.join(sorted(MODES))}")
        if not _NAME.fullmatch(self.name):
            raise ContractError(f"table {self.name!r}: a name has only letters, digits and _, and no leading digit")
        if not self.description.strip():
            raise ContractError("missing description")
        if self.mode not in MODES[self.source]:
            known = ", ".join(sorted(MODES[self.source]))
            raise ContractError(f"extract: unknown mode {self.mode!r} for {self.source}; use {known}")
        pattern, meaning = _RELATIONS[self.source]
        if not pattern.fullmatch(self.relation):
            raise ContractError(f"extract: relation {self.relation!r} is not {meaning}")
        if not 0 <= self.shrink_limit <= 1:
            raise ContractError(f"extract: shrink_limit must be from 0 to 1, not {self.shrink_limit}")
        self._check_columns()
        self._check_key()

    @property
    def dataset(self) -> str:
        """The dataset of the raw table."""
        return f"raw_{self.source}"

    def __str__(self) -> str:
        return f"{self.source}.{self.name}"

    def _check_columns(self) -> None:
        if not self.columns:
            raise ContractError("missing columns")
        seen: set[str] = set()
        for column in self.columns:
            if column.name.casefold() in seen:
                raise ContractError(f"column {column.name}: duplicate; to BigQuery, case makes no difference")
            seen.add(column.name.casefold())
            if self.source in ("aurora", "sheets") and len(column.path) > 1:
                raise ContractError(f"column {column.name}: {self.source} has no nested values; path is one key")

    def _check_key(self) -> None:
        if not self.key:
            raise ContractError("extract: missing key")
        names = {column.name for column in self.columns}
        for name in self.key:
            if name not in names:
                raise ContractError(f"extract: key {name!r} is not among the columns")
        if len(set(self.key)) < len(self.key):
            raise ContractError(f"extract: key names a column twice: {', '.join(self.key)}")


def read(path: Path) -> tuple[Table, ...]:
    """Every table of every `_*__sources.yml` at or below `path`, in the order of file names and entries.

    A file that cannot be read, is not YAML, or does not validate is a ContractError that names file, table and column;
    so are a table declared twice and a path without any contract.
    """
    files = sorted(path.rglob("_*__sources.yml")) if path.is_dir() else [path]
    tables: dict[tuple[str, str], Table] = {}
    for file in files:
        for table in _tables(file):
            if (table.source, table.name.casefold()) in tables:
                raise ContractError(f"{file.name}: {table.dataset}.{table.name}: duplicate table; declare it once")
            tables[table.source, table.name.casefold()] = table
    if not tables:
        raise ContractError(f"{path}: no contract found; contracts are files named _<source>__sources.yml")
    return tuple(tables.values())


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice in one mapping is an error; YAML itself would let the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"duplicate key {key.value!r}", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _tables(file: Path) -> Iterator[Table]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise ContractError(f"{file}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{file.name}: not valid YAML: {error}") from error
    where = file.name
    for source in _list(_mapping(document or {}, where), "sources", where):
        dataset = _text(_mapping(source, where), "name", where)
        kind = dataset.removeprefix("raw_")
        if dataset == kind or kind not in MODES:
            known = ", ".join(f"raw_{name}" for name in sorted(MODES))
            raise ContractError(f"{where}: unknown source {dataset!r}; use {known}")
        for entry in _list(source, "tables", f"{where}: {dataset}"):
            name = _text(_mapping(entry, f"{where}: {dataset}"), "name", f"{where}: {dataset}")
            yield _table(kind, name, entry, f"{where}: {dataset}.{name}")


def _table(source: str, name: str, entry: dict[str, Any], where: str) -> Table:
    if "meta" in entry:
        raise ContractError(f"{where}: meta stands outside config; write config: {{meta: ...}}")
    config = _mapping(entry.get("config", {}), f"{where}: config")
    meta = _mapping(config.get("meta", {}), f"{where}: config.meta")
    if "extract" not in meta:
        raise ContractError(f"{where}: missing extract; say in config.meta how the table is extracted")
    extract = _mapping(meta["extract"], f"{where}: extract")
    _refuse_unknown(extract, {"mode", "relation", "key", "shrink_limit", "allow_empty"}, f"{where}: extract")
    columns = tuple(_column(column, where) for column in _list(entry, "columns", where))
    limits: dict[str, Any] = {}
    if "shrink_limit" in extract:
        limits["shrink_limit"] = _typed(extract, "shrink_limit", (int, float), "a number", f"{where}: extract")
    if "allow_empty" in extract:
        limits["allow_empty"] = _typed(extract, "allow_empty", (bool,), "true or false", f"{where}: extract")
    description = _text(entry, "description", where)
    relation, mode = _text(extract, "relation", f"{where}: extract"), _text(extract, "mode", f"{where}: extract")
    key = _keys(extract, "key", f"{where}: extract")
    try:
        return Table(source, name, description, relation, mode, key, columns, **limits)
    except ContractError as error:
        raise ContractError(f"{where}: {error}") from error


def _column(entry: Any, where: str) -> Column:
    entry = _mapping(entry, f"{where}: columns")
    name = _text(entry, "name", f"{where}: columns")
    at = f"{where}: column {name}"
    known = {"name", "data_type", "description", "config", "data_tests", "tests", "quote", "constraints", "tags"}
    _refuse_unknown(entry, known, at)
    meta = _mapping(_mapping(entry.get("config", {}), f"{at}: config").get("meta", {}), f"{at}: config.meta")
    _refuse_unknown(meta, {"path", "policy_tag"}, f"{at}: config.meta")
    data_type, description = _text(entry, "data_type", at), _text(entry, "description", at)
    path = _keys(meta, "path", at) if "path" in meta else ()
    tag = _text(meta, "policy_tag", at) if "policy_tag" in meta else None
    try:
        return Column(name, data_type, description, path, tag)
    except ContractError as error:
        raise ContractError(f"{where}: {error}") from error


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ContractError(f"{where}: expected a mapping, found {value!r}")
    return value


def _list(mapping: dict[str, Any], key: str, where: str) -> list[Any]:
    value = mapping.get(key)
    if not isinstance(value, list) or not value:
        raise ContractError(f"{where}: missing {key}; it is a list with at least one entry")
    return value


def _text(mapping: dict[str, Any], key: str, where: str) -> str:
    value = mapping.get(key)
    if value is None or value == "":
        raise ContractError(f"{where}: missing {key}")
    if not isinstance(value, str):
        raise ContractError(f"{where}: {key} must be text, not {value!r}")
    return value


def _keys(mapping: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = mapping.get(key)
    values = value if isinstance(value, list) else [value]
    if value is None or not values:
        raise ContractError(f"{where}: missing {key}")
    if not all(isinstance(item, str) and item for item in values):
        raise ContractError(f"{where}: {key} must be a name or a list of names, not {value!r}")
    return tuple(values)


def _typed(mapping: dict[str, Any], key: str, types: tuple[type, ...], meaning: str, where: str) -> Any:
    value = mapping[key]
    # In Python a bool is an int as well; in a contract it is not.
    if not isinstance(value, types) or (bool not in types and isinstance(value, bool)):
        raise ContractError(f"{where}: {key} must be {meaning}, not {value!r}")
    return value


def _refuse_unknown(mapping: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(str(key) for key in mapping if key not in known):
        raise ContractError(f"{where}: unknown key {unknown[0]!r}; use {', '.join(sorted(known))}")
