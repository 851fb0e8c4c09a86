"""What a condition on rows lets their columns tell: `on n.value = users.salary` makes `n` a list of salaries."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from governance.lineage.flow import JOINED, Flow, Origin, Value, is_one_column
from governance.lineage.scope import Scope

Names = frozenset[tuple[str, ...]]
"""References as they are written, in lower case: ("d", "n") and ("n",)."""


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of a condition all of which must hold; an OR is one part."""
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.this)
        yield from conjuncts(condition.expression)
    else:
        yield condition


def comparisons(part: exp.Expr) -> Iterator[exp.Expr]:
    """What a condition puts together with AND, OR, NOT and COALESCE."""
    part = part.unnest()
    if isinstance(part, exp.And | exp.Or | exp.Not | exp.Coalesce):
        for inner in (part.this, *([part.expression] if isinstance(part, exp.Connector) else part.expressions)):
            yield from comparisons(inner)
    else:
        yield part


def mentioned(condition: exp.Expr, items: Collection[exp.Expr] = ()) -> Names:
    """The columns that a condition mentions, at any depth; `items` are the SELECT list, whose aliases it may use."""
    found = set(_columns(condition))
    for item in items:
        if isinstance(item, exp.Alias) and (item.alias.casefold(),) in found:
            found.update(_columns(item.this))
    return frozenset(found)


def _columns(node: exp.Expr) -> Iterator[tuple[str, ...]]:
    for column in node.find_all(exp.Column):
        yield tuple(part.name.casefold() for part in column.parts)


@dataclass(frozen=True)
class Mix:
    """A comparison in which protected data meets other columns.

    `held` is the protected data, `open` all else that it depends on, `named` are the columns that it mentions.
    """

    held: Flow
    open: Flow
    named: Names

    def spread(self, scope: Scope) -> None:
        """Let what the condition ties to the protected data depend on it.

        These are the columns that it mentions, and all of the open ones' tables where these are not the protected
        ones': a date that is kept equal to a birth date brings its weekday along.
        """
        for source in scope.sources:
            source.relation = source.relation.mapped(partial(self._tied, source.name))

    def _tied(self, source: str, column: str | None, value: Value) -> Value:
        own = value.everything()
        tables = {origin.relation for origin in self.open} - {origin.relation for origin in self.held}
        plain = {(origin.relation, origin.column, origin.path) for origin in own if not origin.passed}
        new = frozenset(each for each in self.held if (each.relation, each.column, each.path) not in plain)
        if any(_refers(parts, source, column) for parts in self.named):
            return value.depending_on(new)
        if any(origin.relation in tables for origin in own):
            return value.depending_on(frozenset(origin.through(JOINED) for origin in new))
        return value


def mix(flow: Flow, named: Names, held: Callable[[Origin], bool]) -> Mix | None:
    """What is mixed in a comparison that depends on `flow`; None where nothing is."""
    # What only lies beside a compared column says nothing of the key that it is joined by next.
    known = frozenset(origin for origin in flow if not origin.unknown and JOINED not in origin.passed)
    protected = frozenset(filter(held, known))
    if not protected or (len(named) < 2 and is_one_column(Value(known))):
        return None
    return Mix(protected, known - protected, named)


def _refers(parts: Sequence[str], source: str, column: str | None) -> bool:
    first, *rest = parts
    if first == source and (not rest or column is None or rest[0] == column.casefold()):
        return True
    return column is not None and first == column.casefold()
