"""What the value of an expression depends on. Whatever is not known here in particular depends on all its parts."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from governance.lineage import declassifiers
from governance.lineage.declassifiers import Declassifier
from governance.lineage.flow import (
    ELEMENT,
    EMPTY,
    NOTHING,
    Flow,
    Value,
    computed,
    either,
    is_one_column,
    made,
    struct,
    through,
    unknown,
)
from governance.lineage.functions import BUILT_IN, NAMESPACES, Function
from governance.lineage.scope import Relation, Scope

DEPTH = 32
"""Calls within calls that are followed."""

# The first argument, unchanged: for arrays one of their elements, or some of them. The others decide which.
_PICKS = (
    *(exp.Paren, exp.Cast, exp.AnyValue, exp.ArrayAgg, exp.ArrayConcatAgg, exp.Max, exp.Min, exp.FirstValue),
    *(exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.ArrayReverse, exp.ArraySlice, exp.ArrayFirst, exp.ArrayLast),
    *(exp.IgnoreNulls, exp.RespectNulls, exp.Order, exp.Limit, exp.HavingMax, exp.Ordered, exp.ArgMax),
    *(exp.ArgMin, exp.SafeFunc, exp.Collate),
)
_JSON_PATHS = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONExtractArray, exp.JSONValueArray)
# Whether an aggregate says how many rows there are: these do not.
_WITHOUT_ROWS = (
    exp.Max,
    exp.Min,
    exp.AnyValue,
    exp.LogicalAnd,
    exp.LogicalOr,
    exp.ArgMax,
    exp.ArgMin,
)
_NOT_VALUES = (exp.DataType, exp.TableAlias, exp.Literal, exp.Null, exp.Boolean, exp.RawString)
_OUTSIDE = (
    *(exp.Command, exp.DDL, exp.DML, exp.Table, exp.Query, exp.Parameter, exp.Placeholder, exp.SessionParameter),
    *(exp.AIAgg, exp.AIClassify, exp.AIEmbed, exp.AIGenerate, exp.AISimilarity, exp.AISummarizeAgg, exp.Star),
)


class Expressions(ABC):
    """Finds what expressions depend on. `functions` are those that the model defines, by name."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self._calls = 0

    @abstractmethod
    def query(self, node: exp.Expr, parent: Scope) -> Relation:
        """What a query yields."""

    @abstractmethod
    def is_peppers(self, table: exp.Table) -> bool:
        """Whether this is the table of secret peppers."""

    def flow(self, node: object, scope: Scope) -> Flow:
        """All that an expression, or a list of them, depends on."""
        if isinstance(node, list | tuple):
            return NOTHING.union(*(self.flow(item, scope) for item in node))
        return computed(self.value(node, scope)).origins if isinstance(node, exp.Expr) else NOTHING

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        if (test := declassifiers.tested(node)) is not None:
            return self._tested(*test, scope)
        if (date := declassifiers.year_of(node)) is not None:
            return self._year(self.value(date, scope))
        if (hashed := declassifiers.peppered(node)) is not None and self.is_peppers(hashed[0]):
            return through(declassifiers.PSEUDONYM.name, Value(self.flow(hashed[1], scope)))
        if declassifiers.is_count(node):
            counted = [part for part in node.iter_expressions() if not isinstance(part, exp.Star)]
            value = through(declassifiers.COUNT.name, Value(self.flow(counted, scope)))
            return (value if value.everything() else made("*", "count")).depending_on(_rows(node, scope))
        match node:
            case exp.Column():
                return self._column(node, scope)
            case exp.Dot():
                return self._dot(node, scope)
            case exp.Bracket():
                return self._bracket(node, scope)
            case exp.Subquery() | exp.Select() | exp.SetOperation():
                relation = self.query(node, scope)
                return relation.single().depending_on(_doubts(relation) | relation.correlated)
            case exp.Exists():
                relation = self.query(node.this, scope)
                return Value(relation.conditions | relation.rows)
            case exp.In():
                return self._in(node, scope)
            case exp.Array():
                return self._array(node, scope)
            case exp.Struct():
                return struct(self._field(item, scope) for item in node.expressions)
            case exp.If():
                branches = [self.value(part, scope) for part in _given(node.args.get("true"), node.args.get("false"))]
                return either(branches).depending_on(self.flow(node.this, scope))
            case exp.Case():
                return self._case(node, scope)
            case exp.Coalesce() | exp.Greatest() | exp.Least() | exp.ArrayConcat():
                return either(self.value(part, scope) for part in _given(node.this, *node.expressions))
            case exp.Window():
                return self._window(node, scope)
            case exp.Anonymous():
                return self._call(node.name, node.expressions, scope)
            case exp.Alias() | exp.PivotAlias():
                return self.value(node.this, scope)
            case exp.PropertyEQ() | exp.Kwarg():
                return self.value(node.expression, scope)
            case exp.Identifier() | exp.Var():
                # The argument of a lambda; or a word such as DAY.
                return scope.resolve([node.name]) or EMPTY
            case exp.Unnest():
                return either(self.value(item, scope) for item in node.expressions).below(ELEMENT)
            case exp.Rand() | exp.Uuid():
                return made(node.key, "random")
        if isinstance(node, _JSON_PATHS):
            return self._json(node, scope)
        if isinstance(node, exp.Cast) and node.to.find(exp.ColumnDef):
            return _typed(self.value(node.this, scope), node.to)
        if isinstance(node, _PICKS) and isinstance(node.this, exp.Expr):
            others = [value for key, value in node.args.items() if key != "this"]
            return self.value(node.this, scope).depending_on(self.flow(others, scope) | _rows(node, scope))
        if isinstance(node, exp.Distinct) and len(node.expressions) == 1:
            return self.value(node.expressions[0], scope)
        if isinstance(node, _NOT_VALUES):
            return EMPTY
        if isinstance(node, _OUTSIDE):
            return unknown(f"{_sql(node)} cannot be looked into")
        return Value(self._parts(node, scope) | _rows(node, scope))

    def _parts(self, node: exp.Expr, scope: Scope) -> Flow:
        lambdas = [part for part in node.iter_expressions() if isinstance(part, exp.Lambda)]
        others = [part for part in node.iter_expressions() if part not in lambdas and not _is_word(part)]
        flow = self.flow(others, scope)
        for part in lambdas:
            names = dict.fromkeys((name.name.casefold() for name in part.expressions), Value(flow))
            flow |= self.flow(part.this, Scope(scope, values=names))
        return flow

    def _column(self, node: exp.Column, scope: Scope) -> Value:
        if not isinstance(node.this, exp.Identifier):
            return unknown(f"{_sql(node)} cannot be looked into")
        parts = [part.name for part in node.parts]
        found = scope.resolve(parts)
        return unknown(f"unknown column {'.'.join(parts)}") if found is None else found

    def _dot(self, node: exp.Dot, scope: Scope) -> Value:
        first, *steps = _flattened(node)
        last = steps[-1]
        if isinstance(last, exp.Func) and all(isinstance(part, exp.Identifier) for part in (first, *steps[:-1])):
            name = ".".join(part.name for part in (first, *steps[:-1]))
            if name.casefold() in NAMESPACES:
                return Value(self.flow(list(last.iter_expressions()), scope))
            arguments = computed(*(self.value(part, scope) for part in last.iter_expressions()))
            return arguments.depending_on(unknown(f"unknown function {name}.{last.name or last.key}").origins)
        if not all(isinstance(step, exp.Identifier) for step in steps):
            return unknown(f"{_sql(node)} cannot be looked into")
        if isinstance(first, exp.Column) and isinstance(first.this, exp.Identifier):
            parts = [part.name for part in (*first.parts, *steps)]
            found = scope.resolve(parts)
            return unknown(f"unknown column {'.'.join(parts)}") if found is None else found
        return self.value(first, scope).at(step.name for step in steps)

    def _bracket(self, node: exp.Bracket, scope: Scope) -> Value:
        whole = self.value(node.this, scope)
        index = node.expressions[0] if len(node.expressions) == 1 else None
        if isinstance(index, exp.Literal):
            return whole.below(index.name if index.is_string else ELEMENT)
        flow = self.flow(node.expressions, scope)
        # Of an array of structs any element may be meant; of JSON any key, which is more than one path.
        return whole.depending_on(flow) if whole.fields is not None else computed(whole).depending_on(flow)

    def _json(self, node: exp.Expr, scope: Scope) -> Value:
        document, path = self.value(node.this, scope), node.args.get("expression")
        others = self.flow([value for key, value in node.args.items() if key not in ("this", "expression")], scope)
        steps = list(_json_steps(path)) if isinstance(path, exp.JSONPath) else [] if path is None else [None]
        if any(step is None for step in steps):
            others |= self.flow(path, scope) if not isinstance(path, exp.JSONPath) else NOTHING
            return computed(document).depending_on(others)
        return document.at(step for step in steps if step is not None).depending_on(others)

    def _year(self, value: Value) -> Value:
        """Only of a column as it is: any number can be calculated into a date's year."""
        name = declassifiers.YEAR.name
        return Value(frozenset(part.through(name) if part.copied else part for part in value.everything()))

    def _tested(self, test: Declassifier, operand: exp.Expr, scope: Scope) -> Value:
        """A condition on one expression; `salary - n = 0` hands out the salary, wherever the difference is made."""
        value = self.value(operand.this if isinstance(operand, exp.JSONType) else operand, scope)
        if is_one_column(value):
            return through(test.name, value)
        if test is declassifiers.PRESENCE:
            # What decides whether it is there, such as the condition of an IF, says more than that it is.
            value = Value(frozenset(part.through(test.name) if part.copied else part for part in value.everything()))
        return computed(value)

    def _in(self, node: exp.In, scope: Scope) -> Value:
        parts = [self.value(part, scope) for part in _given(node.this, *node.expressions, node.args.get("unnest"))]
        result = computed(*parts)
        if (query := node.args.get("query")) is not None:
            relation = self.query(query, scope)
            flow = relation.single().everything() | relation.conditions | relation.rows
            result = result.depending_on(flow)
        return result if not node.args.get("field") else unknown(f"{_sql(node)} cannot be looked into")

    def _array(self, node: exp.Array, scope: Scope) -> Value:
        items = node.expressions
        if len(items) != 1 or not isinstance(items[0], exp.Query):
            return either(self.value(item, scope) for item in items)
        relation = self.query(items[0], scope)
        return relation.single().depending_on(relation.order | _doubts(relation) | relation.correlated)

    def _field(self, item: exp.Expr, scope: Scope) -> tuple[str | None, Value]:
        name = item.this.name if isinstance(item, exp.PropertyEQ) else output_name(item)
        return name, self.value(item, scope)

    def _case(self, node: exp.Case, scope: Scope) -> Value:
        branches = [self.value(part.args["true"], scope) for part in node.args["ifs"]]
        branches += [self.value(part, scope) for part in _given(node.args.get("default"))]
        tests = [part.this for part in node.args["ifs"]]
        flow = self.flow(tests, scope)
        if (operand := node.args.get("this")) is not None:
            value = self.value(operand, scope)
            constant = all(map(declassifiers.is_constant, tests)) and is_one_column(value)
            flow |= (through(declassifiers.TEST.name, value) if constant else value).everything()
        return either(branches).depending_on(flow)

    def _window(self, node: exp.Window, scope: Scope) -> Value:
        result = self.value(node.this, scope)
        if not result.everything():
            result = made(node.this.key, "window")  # row_number() and its like
        inner = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
        seen, window = set[str](), node
        while True:
            partition = Value(self.flow(window.args.get("partition_by"), scope))
            if declassifiers.is_count(inner):
                partition = through(declassifiers.COUNT.name, partition)
            spec = window.args.get("spec")
            bounds = [spec.args.get("start"), spec.args.get("end")] if spec is not None else []
            ordered = self.flow([window.args.get("order"), bounds], scope)
            result = result.depending_on(partition.everything() | ordered)
            # `over w`, `over (w ...)` and `window v as w` all name another window.
            alias = window.args.get("alias")
            name = alias.name.casefold() if isinstance(alias, exp.Identifier) else ""
            if not name:
                return result.depending_on(scope.rows)
            named = scope.window(name)
            if named is None or name in seen:
                return result.depending_on(unknown(f"unknown window {name}").origins)
            seen.add(name)
            window = named

    def _call(self, name: str, arguments: Iterable[exp.Expr], scope: Scope) -> Value:
        function = self.functions.get(name.casefold())
        values = [self.value(argument, scope) for argument in arguments]
        if function is None and name.casefold() in BUILT_IN:
            return computed(*values)
        if function is None:
            return computed(*values).depending_on(unknown(f"unknown function {name}").origins)
        if function.body is None:
            return computed(*values)
        if self._calls >= DEPTH or len(values) != len(function.parameters):
            return unknown(f"the call of function {name} cannot be followed")
        self._calls += 1
        try:
            return self.value(function.body, Scope(values=dict(zip(function.parameters, values, strict=True))))
        finally:
            self._calls -= 1


def _doubts(relation: Relation) -> Flow:
    """What cannot be told of a subquery's filters, where those do not count otherwise."""
    return frozenset(origin for origin in relation.conditions if origin.unknown)


def _rows(node: exp.Expr, scope: Scope) -> Flow:
    """The arrays whose lengths an aggregate over these rows tells."""
    counts_rows = isinstance(node, exp.AggFunc) and not isinstance(node, _WITHOUT_ROWS)
    return scope.rows if counts_rows else NOTHING


def output_name(item: exp.Expr) -> str | None:
    """The name that an entry of a SELECT list, or of STRUCT, gives its column: its alias, or the last of a path."""
    if isinstance(item, exp.Dot):
        return output_name(item.expression)
    if isinstance(item, exp.Alias | exp.Column | exp.Identifier):
        return item.alias_or_name
    return None


def _typed(value: Value, data_type: exp.DataType) -> Value:
    """A struct as a type with names of its own, which go by position."""
    names = [part.name for part in data_type.expressions if isinstance(part, exp.ColumnDef)]
    if value.fields is None or len(names) != len(value.fields) or not data_type.is_type("struct"):
        return computed(value)
    parts = zip(names, value.fields, strict=True)
    return Value(value.origins, tuple((name, computed(part)) for name, (_, part) in parts))


def _given(*parts: exp.Expr | None) -> Iterator[exp.Expr]:
    return (part for part in parts if part is not None)


def _flattened(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Dot):
        yield from _flattened(node.this)
        yield from _flattened(node.expression)
    else:
        yield node


def _json_steps(path: exp.JSONPath) -> Iterator[str | None]:
    """The steps of a constant JSON path; None for one that can mean several."""
    for part in path.expressions:
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            yield part.this
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            yield ELEMENT
        elif not isinstance(part, exp.JSONPathRoot):
            yield None


def _is_word(node: exp.Expr) -> bool:
    """Whether it is a part of a date, such as DAY, and not a name."""
    return isinstance(node, exp.Var) and (node.arg_key == "unit" or isinstance(node.parent, exp.Extract))


def _sql(node: exp.Expr) -> str:
    text = " ".join(node.sql("bigquery").split())
    return text if len(text) <= 60 else f"{text[:57]}..."
