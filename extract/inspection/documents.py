"""Values that can be nested, as JSON has them: what lies in their depths, and which of them cannot be columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from extract.inspection.personal import reasons

_TOLD: Final = 3
"""How many values inside of one a reason is told for."""

_UNWRITABLE: Final = re.compile(r'["\\\x00-\x1f\x7f]|[{][{%#]')
"""Nothing in BigQuery's JSON paths stands for these, and dbt takes the braces for its own."""

Leaf = tuple[str, str, str]
"""A name, a scalar type and a text: a value that has no values in it."""


def personal(name: str, data_type: str, values: Sequence[Any]) -> tuple[str, ...]:
    """Why a column of these values looks personal: itself, or anything in it; an inner reason begins with its name."""
    found: dict[str, tuple[str, list[str]]] = {}
    for value in values:
        for leaf, kind, text in leaves(name, value):
            found.setdefault(leaf, (kind, []))[1].append(text)
    if set(found) <= {name}:
        return reasons(name, data_type, found.get(name, ("", []))[1])
    inner = [
        f"{leaf}: {reason}"
        for leaf, (kind, texts) in found.items()
        for reason in reasons(leaf.rpartition(".")[2], kind, texts)
    ]
    more = [f"and {len(inner) - _TOLD} more reasons"] if len(inner) > _TOLD else []
    return (*reasons(name, data_type, []), *inner[:_TOLD], *more)


def leaves(name: str, value: Any) -> Iterator[Leaf]:
    """The values without values in them; their names are the keys on the way there, joined by a dot."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(f"{name}.{key}", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(name, inner)
    elif isinstance(value, bool):
        yield name, "BOOL", str(value)
    elif isinstance(value, int | float | Decimal):
        yield name, "NUMERIC", str(value)
    elif isinstance(value, str):
        yield name, "STRING", value


class LeftOut:
    """The values that are not declared as columns, and why; raw keeps them all the same."""

    def __init__(self) -> None:
        self._unseen: list[str] = []
        self._unwritable: list[str] = []

    def is_told(self, name: str, values: Sequence[Any]) -> bool:
        """Whether there can be no column of that name and these values; it is remembered."""
        if not values:
            self._unseen.append(name)
        elif _UNWRITABLE.search(name):
            self._unwritable.append(name)
        return not values or _UNWRITABLE.search(name) is not None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Those that were remembered, in words."""
        told = (
            ("always null in the sample", self._unseen),
            ("no JSON path can name them", [repr(name) for name in self._unwritable]),
        )
        return tuple(f"not declared, for {why}: {', '.join(names)}" for why, names in told if names)
