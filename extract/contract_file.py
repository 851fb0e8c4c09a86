"""Reading contracts: dbt's own `_<source>__sources.yml` files.

A table's entry, with the keys that this module reads:

    - name: generations
      description: One row per generation.
      config:
        meta:
          extract: {mode: incremental, full_every: 7d, relation: generations, key: [user_id, generation_id]}
      columns:
        - {name: user_id, data_type: INT64, description: Who asked., config: {meta: {path: userId}}}
        - {name: text, data_type: STRING, description: What was said., config: {meta: {policy_tag: pii}}}

`columns` are the declared columns, which staging yields. Where a column is in the source under another name, `path`
has that name, or a list of nested keys. Unknown keys beside `path`, `policy_tag` and those of `extract` are errors: a
misspelt `policy_tag` must not leave a column open. `config` also has dbt's `freshness` (`extract.freshness`).
"""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from extract import freshness, unique_keys
from extract.contract import MODES, Column, Table
from extract.errors import ContractError

FILES: Final = "_*__sources.yml"
"""How the files with contracts are named."""

_OPTIONS: Final = {
    "shrink_limit": ((int, float), "a number"),
    "allow_empty": ((bool,), "true or false"),
    "cursor": ((str,), "the name of a column"),
    "header_row": ((int,), "a whole number"),
    "carrier": ((str,), "text"),
}
_DURATIONS: Final = ("full_every", "lookback")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def read(path: Path) -> tuple[Table, ...]:
    """Every table of every `_*__sources.yml` at or below `path`, in the order of file names and entries.

    A file that cannot be read, is not YAML, or does not validate is a ContractError that names file, table and column;
    so are a table declared twice and a path without any contract.
    """
    files = sorted(path.rglob(FILES)) if path.is_dir() else [path]
    tables: dict[tuple[str, str], Table] = {}
    for file in files:
        for table in _tables(file):
            if (table.source, table.name.casefold()) in tables:
                raise ContractError(f"{file.name}: {table.dataset}.{table.name}: duplicate table; declare it once")
            tables[table.source, table.name.casefold()] = table
    if not tables:
        raise ContractError(f"{path}: no contract found; contracts are files named _<source>__sources.yml")
    return tuple(tables.values())


def _tables(file: Path) -> Iterator[Table]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), unique_keys.Loader)
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
        _refuse_outside_config(source, f"{where}: {dataset}")
        for entry in _list(source, "tables", f"{where}: {dataset}"):
            name = _text(_mapping(entry, f"{where}: {dataset}"), "name", f"{where}: {dataset}")
            yield _table(kind, name, entry, source.get("config"), f"{where}: {dataset}.{name}")


def _table(source: str, name: str, entry: dict[str, Any], source_config: Any, where: str) -> Table:
    _refuse_outside_config(entry, where)
    config = _mapping(entry.get("config", {}), f"{where}: config")
    meta = _mapping(config.get("meta", {}), f"{where}: config.meta")
    if "extract" not in meta:
        raise ContractError(f"{where}: missing extract; say in config.meta how the table is extracted")
    extract = _mapping(meta["extract"], f"{where}: extract")
    _refuse_unknown(extract, {"mode", "relation", "key", *_OPTIONS, *_DURATIONS}, f"{where}: extract")
    columns = tuple(_column(column, where) for column in _list(entry, "columns", where))
    options: dict[str, Any] = {
        name: _typed(extract, name, types, meaning, f"{where}: extract")
        for name, (types, meaning) in _OPTIONS.items()
        if name in extract
    }
    options |= {name: _duration(extract, name, f"{where}: extract") for name in _DURATIONS if name in extract}
    description = _text(entry, "description", where)
    relation, mode = _text(extract, "relation", f"{where}: extract"), _text(extract, "mode", f"{where}: extract")
    key = _keys(extract, "key", f"{where}: extract")
    try:
        fresh = freshness.read(source_config, config)
        return Table(source, name, description, relation, mode, key, columns, freshness=fresh, **options)
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


def _duration(mapping: dict[str, Any], key: str, where: str) -> datetime.timedelta:
    found = re.fullmatch(r"(\d{1,6})([dhm])", str(mapping[key]))
    if found is None:
        raise ContractError(f"{where}: {key} must be a duration such as 7d, 12h or 30m, not {mapping[key]!r}")
    return datetime.timedelta(**{_UNITS[found[2]]: int(found[1])})


def _refuse_outside_config(entry: dict[str, Any], where: str) -> None:
    for word in ("meta", "freshness"):
        if word in entry:
            raise ContractError(f"{where}: {word} stands outside config; write config: {{{word}: ...}}")


def _refuse_unknown(mapping: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(str(key) for key in mapping if key not in known):
        raise ContractError(f"{where}: unknown key {unknown[0]!r}; use {', '.join(sorted(known))}")
