"""What stands in a FROM clause: tables, subqueries, arrays, joins, PIVOT and UNPIVOT."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from governance.lineage import declassifiers
from governance.lineage.conditions import comparisons, conjuncts, mentioned, mix
from governance.lineage.expressions import Expressions
from governance.lineage.flow import (
    ELEMENT,
    Flow,
    Origin,
    Value,
    computed,
    either,
    is_one_column,
    made,
    through,
    unknown,
)
from governance.lineage.functions import Function
from governance.lineage.scope import Columns, Relation, Scope, Source

_TABLE_PARTS = frozenset({"this", "db", "catalog", "alias", "joins", "pivots", "sample", "version", "when"})
_JOIN_PARTS = frozenset({"this", "on", "side", "kind", "using", "method"})
_UNNEST_PARTS = frozenset({"expressions", "alias", "offset", "explode_array"})


class Tables(Expressions):
    """Adds what stands in a FROM clause to a scope. `known` are tables by "project.dataset.table".

    `held` says of what a value depends on whether a tag still protects it.
    """

    def __init__(
        self,
        known: Callable[[str], Relation | None],
        held: Callable[[Origin], bool],
        project: str,
        functions: Mapping[str, Function],
    ) -> None:
        super().__init__(functions)
        self.held = held
        self.known = known
        self.project = project

    @abstractmethod
    def subquery(self, node: exp.Subquery, parent: Scope) -> Relation:
        """What a subquery in parentheses yields."""

    def is_peppers(self, table: exp.Table) -> bool:
        return self._full_name(table) == ".".join((self.project, *declassifiers.PEPPERS))

    def source(self, node: exp.Expr, scope: Scope) -> None:
        """Add a table, subquery or array, and what is joined to it."""
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) and not node.alias:
            if scope.sources and any(join.args.get("using") for join in node.this.args.get("joins") or []):
                _doubt(scope, "USING in parentheses behind another table is not known")
            self.source(node.this, scope)
        else:
            relation = self._relation(node, scope)
            name = node.alias_or_name.casefold()
            if isinstance(node, exp.Unnest):
                name = _unnest_name(node)
            elif names := [column.name for column in node.args["alias"].columns] if node.args.get("alias") else []:
                relation = relation.renamed(names)
            for pivot in node.args.get("pivots") or []:
                relation = self._pivoted(pivot, Source(name, relation), scope)
                name = (pivot.alias or name).casefold()
            scope.sources.append(Source(name, relation))
            if isinstance(node, exp.Unnest) and (offset := node.args.get("offset")):
                position = offset.name if isinstance(offset, exp.Expr) else "offset"
                scope.sources.append(
                    Source(position.casefold(), Relation(((position, _differing(position, Value(relation.rows))),)))
                )
            scope.rows |= relation.rows
            scope.conditions |= relation.conditions
            scope.correlated |= relation.correlated
            if isinstance(node, exp.Unnest):
                self._kept(node, scope)
        for join in node.args.get("joins") or []:
            self.join(join, scope)

    def join(self, join: exp.Join, scope: Scope) -> None:
        foreign = {key for key, given in join.args.items() if given} - _JOIN_PARTS
        if foreign or join.method:
            _doubt(scope, f"{' '.join([join.method, *foreign])} join is not known")
        before = len(scope.sources)
        if join.args.get("using") and isinstance(join.this, exp.Subquery) and isinstance(join.this.this, exp.Table):
            _doubt(scope, "USING of several tables in parentheses is not known")
        self.source(join.this, scope)
        using = tuple(column.name.casefold() for column in join.args.get("using") or [])
        scope.using += [()] * (before - len(scope.using)) + [using]
        for name in using:
            owner = next((each.name for each in scope.sources if each.name and each.relation.known(name)), None)
            self.condition(exp.EQ(this=exp.column(name), expression=exp.column(name, table=owner)), scope)
        if (on := join.args.get("on")) is not None:
            self.condition(on, scope)

    def condition(self, node: exp.Expr, scope: Scope, items: Sequence[exp.Expr] = ()) -> None:
        """What decides which rows there are; `items` are the SELECT list where the condition may use its names."""
        for part in conjuncts(node):
            flow = self.flow(part, scope)
            scope.conditions |= flow
            if scope.parent is not None and not all(origin.made for origin in self.flow(part, scope.around())):
                scope.correlated |= flow
            self.tie(part, scope, items)

    def settle(self, scope: Scope) -> None:
        """Hand on what the conditions have tied, for one may compare what another has tied: `a = b and b = salary`."""
        for _ in scope.compared if scope.is_tied else ():
            before = [source.relation for source in scope.sources]
            for part, items in list(scope.compared):
                self._tie(part, scope, items)
            if before == [source.relation for source in scope.sources]:
                return

    def tie(self, part: exp.Expr, scope: Scope, items: Sequence[exp.Expr] = ()) -> None:
        """Where rows are kept by a comparison with protected data, what that is compared with hands it out."""
        scope.compared.append((part, items))
        self._tie(part, scope, items)

    def _tie(self, part: exp.Expr, scope: Scope, items: Sequence[exp.Expr]) -> None:
        found = [(node, self.flow(node, scope)) for node in comparisons(part)]
        if len(found) > 1 and any(
            mix(flow, mentioned(node), self.held) is None and self._holds(flow) for node, flow in found
        ):
            # A protected BOOL by itself, say, in `x and n = 1 or not x and n = 0`.
            found.append((part, self.flow(part, scope)))
        for node, flow in found:
            if (mixed := mix(flow, mentioned(node, items), self.held)) is not None:
                mixed.spread(scope)
                scope.is_tied = True
                # How many rows match is told then. A join of equals, both protected, is one of keys.
                if mixed.open or not isinstance(node, exp.EQ):
                    scope.rows |= mixed.held

    def _holds(self, flow: Flow) -> bool:
        return any(not origin.unknown and self.held(origin) for origin in flow)

    def _relation(self, node: exp.Expr, scope: Scope) -> Relation:
        match node:
            case exp.Unnest():
                return self._unnest(node, scope)
            case exp.Subquery():
                # Its siblings' columns are out of its reach.
                return self.subquery(node, scope.parent or Scope())
            case exp.Table(this=exp.Identifier()):
                return self._table(node, scope)
        return _unknown(f"{node.sql('bigquery')} cannot be looked into")

    def _table(self, node: exp.Table, scope: Scope) -> Relation:
        if foreign := {key for key, given in node.args.items() if given} - _TABLE_PARTS:
            return _unknown(f"{node.sql('bigquery')}: {', '.join(sorted(foreign))} is not known")
        parts = [part.name for part in node.parts]
        if len(parts) == 1 and (table := scope.table(parts[0].casefold())) is not None:
            return table
        if len(parts) > 1 and any(source.name == parts[0].casefold() for s in scope.chain() for source in s.sources):
            array = scope.resolve(parts)
            return _elements(node.alias_or_name, array) if array else _unknown(f"unknown array {'.'.join(parts)}")
        name = self._full_name(node)
        return self.known(name) or _unknown(f"unknown table {name}")

    def _full_name(self, node: exp.Table) -> str:
        parts = [piece for part in node.parts for piece in part.name.split(".")]
        return ".".join([self.project, *parts] if len(parts) == 2 else parts)

    def _unnest(self, node: exp.Unnest, scope: Scope) -> Relation:
        if len(node.expressions) != 1 or {key for key, given in node.args.items() if given} - _UNNEST_PARTS:
            return _unknown(f"{node.sql('bigquery')} cannot be looked into")
        return _elements(_unnest_name(node), self.value(node.expressions[0], scope))

    def _kept(self, node: exp.Unnest, scope: Scope) -> None:
        """Rows whose array is empty are dropped: a query that makes the array is a condition on them."""
        for array in node.find_all(exp.Array):
            if len(array.expressions) == 1 and isinstance(query := array.expressions[0], exp.Query):
                self.condition(exp.Exists(this=query), scope)

    # PIVOT and UNPIVOT

    def _pivoted(self, pivot: exp.Pivot, source: Source, scope: Scope) -> Relation:
        inner = Scope(scope, sources=[source], rows=source.relation.rows)
        fields = pivot.args.get("fields") or []
        if len(fields) != 1 or not isinstance(fields[0], exp.In) or source.relation.rest is not None:
            return _unknown("a pivot whose columns are not all known")
        if pivot.args.get("unpivot"):
            return self._unpivot(pivot, fields[0], source.relation, inner)
        names = [identifier.name for identifier in pivot.args.get("columns") or []]
        constants = all(declassifiers.is_constant(_aliased(value)) for value in fields[0].expressions)
        if not names or len(names) != len(fields[0].expressions) * len(pivot.expressions) or not constants:
            return _unknown("a pivot whose columns are not all known")
        picked = self.value(fields[0].this, inner)
        chosen = (through(declassifiers.TEST.name, picked) if is_one_column(picked) else picked).everything()
        results = [self.value(aggregate, inner).depending_on(chosen) for aggregate in pivot.expressions]
        made = tuple((name, results[position % len(results)]) for position, name in enumerate(names))
        used = {column.name.casefold() for part in (*pivot.expressions, fields[0].this) for column in _columns(part)}
        kept = tuple(
            (name, value) for name, value in source.relation.columns if not name or name.casefold() not in used
        )
        return Relation((*kept, *made), rows=source.relation.rows, conditions=source.relation.conditions)

    def _unpivot(self, pivot: exp.Pivot, field: exp.In, relation: Relation, inner: Scope) -> Relation:
        value, name = pivot.expressions, field.this
        columns = [_aliased(part) for part in field.expressions]
        plain = all(isinstance(column, exp.Column) for column in columns)
        if (
            len(value) != 1
            or not isinstance(value[0], exp.Identifier)
            or not isinstance(name, exp.Identifier)
            or not plain
        ):
            return _unknown("an unpivot whose columns are not all known")
        used = {column.name.casefold() for column in columns}
        kept = tuple((known, flow) for known, flow in relation.columns if not known or known.casefold() not in used)
        made: Columns = ((value[0].name, either(self.value(column, inner) for column in columns)), (name.name, Value()))
        return replace(relation, columns=(*kept, *made), hidden=(), element=None)


def _doubt(scope: Scope, reason: str) -> None:
    """Something about the FROM clause that makes all of it uncertain."""
    scope.sources.append(Source("", _unknown(reason)))
    scope.conditions |= unknown(reason).origins


def _unknown(reason: str) -> Relation:
    return Relation(rest=unknown(reason))


def _elements(name: str, array: Value) -> Relation:
    """The elements of an array as rows."""
    element, rows = array.below(ELEMENT), computed(array).origins
    if element.fields is None:
        element = _differing(name, element)
    columns: Columns = ((name or None, element),)
    if element.fields is not None:
        columns = tuple(
            (known, _differing(known, value.depending_on(element.origins))) for known, value in element.fields
        )
    return Relation(columns, element=element, rows=rows)


def _differing(name: str | None, value: Value) -> Value:
    """A value of an array that depends on no table's, such as `generate_array(1, 9)`, differs from row to row."""
    return value if value.everything() else made(name or "", "array")


def _unnest_name(node: exp.Unnest) -> str:
    """BigQuery's alias of an array names its elements; sqlglot keeps it as a column."""
    alias = node.args.get("alias")
    columns = alias.columns if isinstance(alias, exp.TableAlias) else []
    return str((columns[0].name if columns else node.alias) or "").casefold()


def _aliased(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.PivotAlias | exp.Alias) else node


def _columns(node: exp.Expr) -> Iterator[exp.Column]:
    return node.find_all(exp.Column)
