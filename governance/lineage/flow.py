"""What a value depends on: columns of relations, and for structs what each field depends on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

Path = tuple[str, ...]
ELEMENT: Final = "[]"
"""The step of a path from an array to its elements."""
JOINED: Final = "a comparison with its row"
"""Stands among an origin's `passed`, within one SELECT, where the value lies beside one that is compared with it."""
_LONGEST: Final = 32
"""Steps of a path that are told apart; recursion could make it longer for ever."""


@dataclass(frozen=True)
class Origin:
    """A column that a value depends on.

    `relation` is "project.dataset.table", and empty where we cannot tell: then `column` says why. `path` leads to the
    part of the column that matters: struct fields, JSON keys and array elements. `copied` says that the value is that
    part itself, unchanged, so that a field of the value is a field of that part. `passed` are the names of the
    declassifiers on the way.
    """

    relation: str
    column: str
    path: Path = ()
    copied: bool = True
    passed: frozenset[str] = frozenset()

    @property
    def unknown(self) -> bool:
        return not self.relation

    @property
    def made(self) -> bool:
        """Whether no table has it: the query makes it itself, such as the elements of `generate_array(1, 9)`."""
        return self.relation.startswith("(")

    def overlaps(self, other: "Origin") -> bool:
        """Whether both are of one column, and one lies in the other."""
        length = min(len(self.path), len(other.path))
        same = (self.relation, self.column) == (other.relation, other.column)
        return same and self.path[:length] == other.path[:length]

    def computed(self) -> "Origin":
        return replace(self, copied=False) if self.copied else self

    def below(self, step: str) -> "Origin":
        if not self.copied or len(self.path) >= _LONGEST:
            return self.computed()
        return replace(self, path=(*self.path, step))

    def handed_out(self) -> "Origin":
        """As the SELECT around it yields it: what lay beside a compared value is a value of its own there."""
        return replace(self, passed=self.passed - {JOINED}) if JOINED in self.passed else self

    def through(self, declassifier: str) -> "Origin":
        return replace(self, copied=False, passed=self.passed | {declassifier})


Flow = frozenset[Origin]
NOTHING: Final[Flow] = frozenset()


@dataclass(frozen=True)
class Value:
    """What a value depends on. `fields` are those of a struct, or of an array of structs, where they are known.

    Of a value with fields, `origins` is what all of them depend on beside their own.
    """

    origins: Flow = NOTHING
    fields: tuple[tuple[str | None, "Value"], ...] | None = field(default=None)

    def everything(self) -> Flow:
        """All that any part of the value depends on."""
        return self.origins.union(*(value.everything() for _, value in self.fields or ()))

    def below(self, step: str) -> "Value":
        """The value of a struct's field, of a JSON key, or of the array's elements."""
        if self.fields is None:
            return Value(frozenset(origin.below(step) for origin in self.origins))
        if step == ELEMENT:
            return self
        found = [value for name, value in self.fields if name is not None and name.casefold() == step.casefold()]
        return either(found).depending_on(self.origins) if found else computed(self)

    def handed_out(self) -> "Value":
        fields = None if self.fields is None else tuple((name, value.handed_out()) for name, value in self.fields)
        return Value(frozenset(origin.handed_out() for origin in self.origins), fields)

    def at(self, path: Iterable[str]) -> "Value":
        value = self
        for step in path:
            value = value.below(step)
        return value

    def depending_on(self, flow: Flow) -> "Value":
        """The same value, which also depends on these."""
        return Value(self.origins | computed_flow(flow), self.fields) if flow else self


EMPTY: Final = Value()


def made(column: str, by: str) -> Value:
    """A value of the query's own that differs from row to row, and depends on nothing."""
    return Value(frozenset({Origin(f"({by})", column, copied=False)}))


def unknown(reason: str) -> Value:
    """A value of which we cannot tell what it is made of."""
    return Value(frozenset({Origin("", reason, copied=False)}))


def computed_flow(flow: Flow) -> Flow:
    return frozenset(origin.computed() for origin in flow)


def computed(*values: Value) -> Value:
    """A value that is calculated from others."""
    return Value(computed_flow(NOTHING.union(*(value.everything() for value in values))))


def through(declassifier: str, value: Value) -> Value:
    """What is left of a value behind a declassifier."""
    return Value(frozenset(origin.through(declassifier) for origin in value.everything()))


def is_one_column(value: Value) -> bool:
    """Whether a value is calculated from one column, or is one of several, unchanged."""
    flow = value.everything()
    widest = min(flow, key=lambda origin: len(origin.path), default=None)
    return widest is None or all(map(widest.overlaps, flow)) or all(origin.copied for origin in flow)


def either(values: Iterable[Value]) -> Value:
    """A value that is one of these, unchanged. Structs stay structs where the names of their fields agree."""
    parts = [value for value in dict.fromkeys(values) if value != EMPTY]
    if len(parts) < 2:
        return parts[0] if parts else EMPTY
    shapes = {tuple(name for name, _ in part.fields) if part.fields is not None else None for part in parts}
    origins = NOTHING.union(*(part.origins for part in parts))
    shape = shapes.pop()
    if shapes:
        whole = (part.origins if part.fields is None else computed_flow(part.everything()) for part in parts)
        return Value(NOTHING.union(*whole))
    if shape is None:
        return Value(origins)
    columns = zip(*(part.fields or () for part in parts), strict=True)
    fields = tuple((column[0][0], either(value for _, value in column)) for column in columns)
    return Value(computed_flow(origins), fields)


def struct(fields: Iterable[tuple[str | None, Value]]) -> Value:
    return Value(fields=tuple(fields))
