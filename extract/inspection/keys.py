"""Keys: those that a person names, and candidates in a sample of rows of a table that states none."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from extract.errors import Terminal

_IDENTIFYING: Final = frozenset({"id", "uuid", "code", "key", "number", "no"})
_TYPES: Final = ("STRING", "INT64", "DATE", "DATETIME")
_TRIED: Final = 8
"""How many columns at most are tried in pairs."""


def named(where: str, key: Sequence[str], columns: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The key that a person named. `columns` are the sampled values by name, None or "" where there is none.

    Terminal when a column is not there, or the sample shows that the key is not unique or has gaps.
    """
    for name in key:
        if name not in columns:
            raise Terminal(f"{where} has no column {name}; the key can be made of {', '.join(columns)}")
    if not _is_key([columns[name] for name in key]):
        raise Terminal(f"{where}: {', '.join(key)} is no key: some of the rows have the same, or none; name another")
    return tuple(key)


def candidate(columns: Mapping[str, tuple[str, Sequence[Any]]]) -> tuple[str, ...]:
    """One column, or else two, that are unique and complete in a sample; empty where there are none.

    `columns` have a type and the sampled values each. Columns that are named like an identifier come first, then in
    their order; numbers without such a name are rather measures, and no part of a key.
    """
    possible = {
        name: values
        for name, (data_type, values) in columns.items()
        if data_type in _TYPES and (data_type != "INT64" or _identifies(name)) and not any(map(_is_blank, values))
    }
    ranked = sorted(possible, key=lambda name: not _identifies(name))
    tried = [(name,) for name in ranked] + list(combinations(ranked[:_TRIED], 2))
    for names in tried:
        if _is_key([possible[name] for name in names]):
            return tuple(sorted(names, key=list(columns).index))
    return ()


def _is_key(columns: Sequence[Sequence[Any]]) -> bool:
    rows = list(zip(*columns, strict=True))
    return len(set(rows)) == len(rows) and not any(_is_blank(value) for row in rows for value in row)


def _identifies(name: str) -> bool:
    return name.rpartition("_")[2] in _IDENTIFYING


def _is_blank(value: Any) -> bool:
    return value is None or value == ""
