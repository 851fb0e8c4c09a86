"""What a query yields: its columns, and what each of them depends on."""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from governance.lineage.expressions import output_name
from governance.lineage.flow import EMPTY, NOTHING, Flow, Value, computed, computed_flow, either, made, unknown
from governance.lineage.scope import Columns, Relation, Scope, Source
from governance.lineage.tables import Tables

ROUNDS = 50
"""How often a recursive query is gone through; what one more round does not change is all there is."""

_SELECT_PARTS = frozenset(
    {
        *(
            "with_",
            "expressions",
            "distinct",
            "kind",
            "from_",
            "joins",
            "where",
            "group",
            "having",
            "qualify",
            "windows",
        ),
        *("order", "limit", "offset"),
    }
)
_SET_PARTS = frozenset({"with_", "this", "expression", "distinct", "by_name", "order", "limit", "offset"})
_SUBQUERY_PARTS = frozenset({"with_", "this", "alias", "pivots", "joins", "order", "limit", "offset", "sample"})


class Queries(Tables):
    """Finds what queries yield."""

    def query(self, node: exp.Expr, parent: Scope) -> Relation:
        if isinstance(node, exp.Subquery):
            return self.subquery(node, parent)
        if isinstance(node, exp.Paren):
            return self.query(node.this, parent)
        allowed = _SELECT_PARTS if isinstance(node, exp.Select) else _SET_PARTS
        foreign = {key for key, given in node.args.items() if given} - allowed
        if foreign or not isinstance(node, exp.Select | exp.SetOperation):
            what = ", ".join(sorted(key.rstrip("_") for key in foreign)) or type(node).__name__
            return Relation(rest=unknown(f"a query with {what} is not known"))
        parent = self._with(node, parent)
        return self._select(node, parent) if isinstance(node, exp.Select) else self._set_operation(node, parent)

    def subquery(self, node: exp.Subquery, parent: Scope) -> Relation:
        if {key for key, given in node.args.items() if given} - _SUBQUERY_PARTS:
            return Relation(rest=unknown(f"{node.sql('bigquery')} cannot be looked into"))
        parent = self._with(node, parent)
        if isinstance(node.this, exp.Table):
            scope = Scope(parent)
            self.source(node.this, scope)
            return replace(scope.star(), rows=scope.rows, conditions=scope.conditions, correlated=scope.correlated)
        relation = self.query(node.this, parent)
        return replace(
            relation, order=relation.order | self._order(node, Scope(parent, sources=[Source("", relation)]))
        )

    def _with(self, node: exp.Expr, parent: Scope) -> Scope:
        clause = node.args.get("with_")
        if clause is None:
            return parent
        tables: dict[str, Relation] = {}
        for cte in clause.expressions:
            scope = Scope(parent, tables=dict(tables))
            names = [column.name for column in cte.args["alias"].columns]
            if clause.recursive and any(table.name.casefold() == cte.alias.casefold() for table in _tables(cte.this)):
                relation = self._recursive(cte, names, scope)
            else:
                relation = self.query(cte.this, scope).renamed(names)
            tables[cte.alias.casefold()] = relation
        return Scope(parent, tables=tables)

    def _recursive(self, cte: exp.CTE, names: list[str], scope: Scope) -> Relation:
        union = cte.this.unnest()
        name = cte.alias.casefold()
        if not isinstance(union, exp.Union) or any(table.name.casefold() == name for table in _tables(union.this)):
            return Relation(rest=unknown(f"the recursion of {cte.alias} cannot be followed"))
        relation = _listing(self.query(union.this, scope).renamed(names))
        for _ in range(ROUNDS):
            inner = Scope(scope, tables={name: relation})
            following = _united(relation, self.query(union.expression, inner), False).renamed(names)
            if following == relation:
                return relation
            relation = following
        return Relation(rest=unknown(f"the recursion of {cte.alias} does not end"))

    # Set operations

    def _set_operation(self, node: exp.SetOperation, parent: Scope) -> Relation:
        left, right = self.query(node.this, parent), self.query(node.expression, parent)
        if isinstance(node, exp.Except):
            # What is missing from the left is on the right.
            right = right.mapped(lambda _, value: computed(value))
        relation = _united(left, right, bool(node.args.get("by_name")))
        if not any(side.find(exp.From) for side in (node.this, node.expression)):
            relation = _listing(relation)
        order = self._order(node, Scope(parent, sources=[Source("", relation)]))
        return replace(relation, order=order)

    # SELECT

    def _select(self, node: exp.Select, parent: Scope) -> Relation:
        scope = Scope(parent)
        if (clause := node.args.get("from_")) is not None:
            self.source(clause.this, scope)
        for join in node.args.get("joins") or []:
            self.join(join, scope)
        if (where := node.args.get("where")) is not None:
            self.condition(where.this, scope)
        self.settle(scope)
        scope.windows = {window.name.casefold(): window for window in node.args.get("windows") or []}
        relation = self._listed(node, scope)
        scope.items = relation.columns
        for key in ("having", "qualify"):
            if (condition := node.args.get(key)) is not None:
                self.condition(condition.this, scope, node.expressions)
        if node.args.get("limit") is not None and (clause := node.args.get("order")) is not None:
            for item in clause.expressions:
                self.tie(item, scope, node.expressions)
        self.settle(scope)
        # Once more, for these conditions tie columns as WHERE does, and may use the list's own names.
        scope.items = ()
        relation = self._listed(node, scope)
        scope.items = relation.columns
        order = self._order(node, scope)
        scope.correlated |= self._order(node, scope.around())
        kind = str(node.args.get("kind") or "").upper()
        if kind == "STRUCT":
            relation = replace(relation, element=relation.row())
        elif kind == "VALUE":
            value = relation.single()
            columns = relation.columns if value.fields is None else value.fields
            relation = replace(relation, columns=columns, element=value)
        elif kind:
            return Relation(rest=unknown(f"SELECT AS {kind} is not known"))
        relation = relation.mapped(lambda _, value: value.handed_out())
        return replace(relation, rows=scope.rows, conditions=scope.conditions, correlated=scope.correlated, order=order)

    def _listed(self, node: exp.Select, scope: Scope) -> Relation:
        """The SELECT list."""
        columns: Columns = ()
        rests: list[Value] = []
        for item in node.expressions:
            value = item.this if isinstance(item, exp.Alias) else item
            if (star := _star(value)) is None:
                columns = (*columns, (output_name(item), self.value(value, scope)))
                continue
            expanded = self._expanded(value, scope)
            columns = (*columns, *self._excepted(star, expanded, scope))
            rests += [expanded.rest] if expanded.rest is not None else []
        return Relation(columns, either(rests) if rests else None)

    def _expanded(self, node: exp.Expr, scope: Scope) -> Relation:
        """The columns that a star stands for: those of all sources, of one, or a struct's fields."""
        if isinstance(node, exp.Star):
            return scope.star()
        if isinstance(node, exp.Column):
            parts = [part.name for part in node.parts[:-1]]
            found = next(
                (source for source in scope.sources if [source.name] == [part.casefold() for part in parts]), None
            )
            if found is not None:
                return found.relation
            value = scope.resolve(parts)
        else:
            value = self.value(node.this, scope)
        if value is None or value.fields is None:
            return Relation(rest=unknown(f"{node.sql('bigquery')}: its fields are not known"))
        return Relation(tuple((name, part.depending_on(value.origins)) for name, part in value.fields))

    def _excepted(self, star: exp.Star, relation: Relation, scope: Scope) -> Iterator[tuple[str | None, Value]]:
        without = {column.name.casefold() for column in star.args.get("except_") or []}
        replaced = {alias.alias.casefold(): alias.this for alias in star.args.get("replace") or []}
        for name, value in relation.columns:
            known = (name or "").casefold()
            if known in replaced:
                yield name, self.value(replaced[known], scope)
            elif known not in without:
                yield name, value
        if {key for key, given in star.args.items() if given} - {"except_", "replace"}:
            yield None, unknown(f"{star.sql('bigquery')} cannot be looked into")

    def _order(self, node: exp.Expr, scope: Scope) -> Flow:
        order = node.args.get("order")
        return self.flow(order.expressions, scope) if order is not None else NOTHING


def _united(left: Relation, right: Relation, by_name: bool) -> Relation:
    """The columns of two queries as one, by position."""
    rows, conditions = left.rows | right.rows, left.conditions | right.conditions
    correlated = left.correlated | right.correlated
    rest = [relation.rest for relation in (left, right) if relation.rest is not None]
    if rest or (len(left.columns) != len(right.columns) and not by_name):
        everything = Value(computed_flow(left.row().everything() | right.row().everything()))
        reason = unknown("a set operation on columns that are not all known")
        rest_of_both = either([*rest, everything, reason])
        return Relation(rest=rest_of_both, rows=rows, conditions=conditions, correlated=correlated)
    pairs = zip(left.columns, right.columns, strict=False)
    columns: Columns = tuple((name, either((value, other))) for (name, value), (_, other) in pairs)
    if by_name:
        names = dict.fromkeys(name for name, _ in (*left.columns, *right.columns))
        known = [relation.known((name or "").casefold()) or EMPTY for name in names for relation in (left, right)]
        columns = tuple((name, either(known[2 * at : 2 * at + 2])) for at, name in enumerate(names))
    element = None
    if left.element is not None or right.element is not None:
        element = either((left.row(), right.row()))
    return Relation(columns, element=element, rows=rows, conditions=conditions, correlated=correlated)


def _listing(relation: Relation) -> Relation:
    """Rows that the query makes itself: constants that differ from row to row, by SELECT 1 UNION ALL SELECT 2."""
    return relation.mapped(lambda name, value: value if value.everything() else made(name or "", "rows"))


def _star(node: exp.Expr) -> exp.Star | None:
    """The star at the end of `*`, `t.*` or `(...).*`."""
    last = node.this if isinstance(node, exp.Column) else node.expression if isinstance(node, exp.Dot) else node
    return last if isinstance(last, exp.Star) else None


def _tables(node: exp.Expr) -> Iterator[exp.Table]:
    return (table for table in node.find_all(exp.Table) if not table.db)
