"""Relations, and the names that an expression can use: those of its SELECT, then those of the SELECTs around it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from governance.lineage.flow import NOTHING, Flow, Value, either, made, struct

Columns = tuple[tuple[str | None, Value], ...]


@dataclass(frozen=True)
class Relation:
    """What a query or a table yields.

    `rest` stands for columns that cannot be named, None where there are none. `hidden` are pseudo columns, which `*`
    leaves out. `element` is the row as one value where the relation is a list of values: of UNNEST, and of SELECT AS
    STRUCT or VALUE. `rows` are the arrays that decide how many rows there are, `conditions` is what its filters and
    joins depend on, `correlated` is the part of that which comes from the rows around the query, `order` what its
    ORDER BY does.
    """

    columns: Columns = ()
    rest: Value | None = None
    hidden: Columns = ()
    element: Value | None = None
    rows: Flow = NOTHING
    conditions: Flow = NOTHING
    correlated: Flow = NOTHING
    order: Flow = NOTHING

    def row(self) -> Value:
        """A whole row as one value."""
        if self.element is not None:
            return self.element
        return struct(self.columns).depending_on(self.rest.everything() if self.rest else NOTHING)

    def single(self) -> Value:
        """What a subquery of one column yields as an expression."""
        if self.element is not None or self.rest is not None or len(self.columns) != 1:
            return self.row()
        return self.columns[0][1]

    def known(self, name: str) -> Value | None:
        """The column of that name; None where there is none, or none that can be named."""
        found = [value for known, value in (*self.columns, *self.hidden) if known and known.casefold() == name]
        return either(found) if found else None

    def column(self, name: str) -> Value | None:
        found = self.known(name)
        return self.rest.below(name) if found is None and self.rest is not None else found

    def empty(self) -> "Relation":
        """The same columns, which depend on no table's."""
        element = None if self.element is None else made("", "subquery")
        rest = None if self.rest is None else made("", "subquery")
        return Relation(_emptied(self.columns), rest, _emptied(self.hidden), element)

    def renamed(self, names: Sequence[str]) -> "Relation":
        """The same columns under new names, by position."""
        pairs = zip(names, self.columns, strict=False)
        renamed = tuple((name, value) for name, (_, value) in pairs)
        return replace(self, columns=renamed + self.columns[len(renamed) :], hidden=())

    def mapped(self, change: Callable[[str | None, Value], Value]) -> "Relation":
        """The same relation with other values; `change` is given each column's name, None for the row's."""
        return replace(
            self,
            columns=tuple((name, change(name, value)) for name, value in self.columns),
            rest=None if self.rest is None else change(None, self.rest),
            hidden=tuple((name, change(name, value)) for name, value in self.hidden),
            element=None if self.element is None else change(None, self.element),
        )


@dataclass
class Source:
    """What stands in a FROM clause, under the name by which it is called; empty where it has none."""

    name: str
    relation: Relation


@dataclass
class Scope:
    """The names of one SELECT. `star` are the columns that `*` means, which USING makes fewer than those there are.

    `values` are names that are no columns: the arguments of a function. `items` are the SELECT list's own names, which
    ORDER BY and its like may use; `windows` are named windows. `compared` are the conditions on the rows, each with the
    SELECT list where it may use that, and `is_tied` says that one of them compares protected data with other columns.
    """

    parent: "Scope | None" = None
    tables: Mapping[str, Relation] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    using: list[tuple[str, ...]] = field(default_factory=list)
    values: Mapping[str, Value] = field(default_factory=dict)
    items: Columns = ()
    windows: dict[str, exp.Window] = field(default_factory=dict)
    compared: list[tuple[exp.Expr, Sequence[exp.Expr]]] = field(default_factory=list)
    is_tied: bool = False
    rows: Flow = NOTHING
    conditions: Flow = NOTHING
    correlated: Flow = NOTHING

    def chain(self) -> Iterator["Scope"]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def around(self) -> "Scope":
        """The same names, where those of this SELECT stand for nothing: only what lies around it still counts."""
        sources = [Source(source.name, source.relation.empty()) for source in self.sources]
        return replace(self, sources=sources, items=_emptied(self.items))

    def table(self, name: str) -> Relation | None:
        """The common table expression of that name."""
        return next((scope.tables[name] for scope in self.chain() if name in scope.tables), None)

    def window(self, name: str) -> exp.Window | None:
        return next((scope.windows[name] for scope in self.chain() if name in scope.windows), None)

    def resolve(self, parts: Sequence[str]) -> Value | None:
        """What a reference means; None when it means nothing. The innermost scope that has the name decides.

        Where a name is both a table's and a column's, BigQuery takes the table's, the whole row (ZetaSQL's analyzer
        says so). Here both count.
        """
        for scope in self.chain():
            if found := scope._meanings(parts):
                return either(found)
        return None

    def _meanings(self, parts: Sequence[str]) -> list[Value]:
        first, rest = parts[0].casefold(), list(parts[1:])
        found = [self.values[first].at(rest)] if first in self.values else []
        for source in self.sources:
            if source.name == first and (value := _of_source(source.relation, rest)) is not None:
                found.append(value)
        if not found or not rest:
            found += [value.at(rest) for value in self._columns(first)]
        if items := [value for name, value in self.items if name and name.casefold() == first]:
            found.append(either(items).at(rest))
        return found

    def _columns(self, name: str) -> list[Value]:
        """The columns of that name; where no source is known to have it, what cannot be named."""
        relations = [source.relation for source in self.sources]
        known = [value for relation in relations if (value := relation.known(name)) is not None]
        return known or [relation.rest.below(name) for relation in relations if relation.rest is not None]

    def star(self) -> Relation:
        """What `*` means: all columns, those of USING once and first."""
        columns: Columns = ()
        for position, source in enumerate(self.sources):
            own = source.relation.columns
            names = self.using[position] if position < len(self.using) else ()
            if names:
                merged = tuple((name, either([_named(columns, name), _named(own, name)])) for name in names)
                columns = (*merged, *_without(columns, names), *_without(own, names))
            else:
                columns = (*columns, *own)
        rests = [source.relation.rest for source in self.sources if source.relation.rest is not None]
        return Relation(columns, either(rests) if rests else None)


def _emptied(columns: Columns) -> Columns:
    return tuple((name, made(name or "", "subquery")) for name, _ in columns)


def _of_source(relation: Relation, path: Sequence[str]) -> Value | None:
    if not path:
        return relation.row()
    column = relation.column(path[0].casefold())
    if column is not None:
        return column.at(path[1:])
    return relation.element.at(path) if relation.element is not None else None


def _named(columns: Columns, name: str) -> Value:
    return next((value for known, value in columns if known and known.casefold() == name), Value())


def _without(columns: Columns, names: Sequence[str]) -> Columns:
    return tuple((known, value) for known, value in columns if not known or known.casefold() not in names)
