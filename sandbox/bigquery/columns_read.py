"""Which columns of which tables a statement reads, and what it writes. Column access and bytes billed both ask this.

Gap: local_bigquery knows the tables of a statement, not the columns. The rules are those of "Impact on writes from
column-level access control": INSERT, and what UPDATE and MERGE assign to, is not read; conditions and values are.
"""

import contextvars
from dataclasses import dataclass, field

from local_bigquery.catalog import names
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.catalogue import Reference
from sandbox.bigquery.expression_reads import Env, Reads
from sandbox.bigquery.query_reads import QueryReader
from sandbox.bigquery.relations import Scope, Source

# What a statement does to its target.
UPDATE_DATA, CREATE, UPDATE, DELETE = "updateData", "create", "update", "delete"


@dataclass(frozen=True)
class Write:
    """One target. `kind` is TABLE, VIEW, FUNCTION, MODEL, SCHEMA or INDEX; a schema has an empty table name."""

    action: str
    kind: str
    reference: Reference


@dataclass
class Statement:
    """What a statement reads and writes. `foreign` is set for statements that BigQuery does not have."""

    reads: Reads
    writes: list[Write] = field(default_factory=list)
    foreign: str | None = None
    options_query: bool = False


_last: contextvars.ContextVar[tuple[exp.Expr, Statement] | None] = contextvars.ContextVar("last", default=None)


def analyse(tree: exp.Expr, context: Context) -> Statement:
    """The reads and writes of one statement of BigQuery SQL, before local_bigquery has rewritten it."""
    last = _last.get()
    if last is not None and last[0] is tree:
        return last[1]
    statement = _Analysis(tree, context).statement()
    _last.set((tree, statement))
    return statement


class _Analysis:
    def __init__(self, tree: exp.Expr, context: Context) -> None:
        self.tree = tree
        self.context = context
        self.reader = QueryReader(tree)
        # Beside a script's temporary tables, its temporary functions are noted as `name()`.
        named = {name.removesuffix("()") for name in context.temporary if name.endswith("()")}
        self.reader.temporary_functions = {*context.functions, *named}
        variables = frozenset(name.casefold() for name in context.variables)
        self.env = Env(context.project_id, context.dataset_id, frozenset(context.temporary), variables=variables)
        self.result = Statement(self.reader.reads)

    def statement(self) -> Statement:
        tree, env = self.tree, self.env
        match tree:
            case exp.Query():
                self._whole(tree)
            case exp.Insert():
                self._target(tree.this, UPDATE_DATA)
                self._whole(tree.expression)
            case exp.Update():
                self._update(tree)
            case exp.Delete():
                self._delete(tree)
            case exp.Merge():
                self._merge(tree)
            case exp.TruncateTable():
                for table in tree.expressions:
                    self._target(table, UPDATE_DATA)
            case exp.Export():
                self._whole(tree.this)
                self._options(tree.args.get("options"))
            case exp.Create():
                self._create(tree)
            case exp.Drop():
                for table in tree.args.get("tables") or [tree.this]:
                    self._target(table, DELETE, tree.args.get("kind"))
            case exp.Alter():
                self._target(tree.this, UPDATE, tree.args.get("kind"))
                for action in tree.args.get("actions") or []:
                    self._alter(action)
            case exp.Transaction() | exp.Commit() | exp.Rollback():
                pass
            case _:
                self.result.foreign = type(tree).__name__.upper()
                self.reader.walk_all(tree, Scope(), env)
        return self.result

    def _whole(self, node: exp.Expr | None) -> None:
        """Reads a query and everything that it yields."""
        if isinstance(node, exp.Query):
            self.reader.query(node, self.env, None).read_all()
        elif node is not None:
            self.reader.walk(node, Scope(variables=self.env.variables), self.env)

    def _options(self, node: exp.Expr | None) -> None:
        """Options are constant expressions; local_bigquery hands them to DuckDB as they are."""
        for option in node.find_all(exp.Property) if node is not None else []:
            if not isinstance(option, exp.LikeProperty) and option.find(exp.Query, exp.Table):
                self.result.options_query = True

    def _target(self, node: exp.Expr | None, action: str, kind: str | None = None) -> None:
        while isinstance(node, exp.Schema | exp.UserDefinedFunction):
            node = node.this
        if not isinstance(node, exp.Table):
            self.result.foreign = self.tree.sql("bigquery")
            return
        name, kind = node.name.casefold(), (kind or "TABLE").upper()
        temporary = node.db.casefold() == "_session" or (not node.db and name in self.env.temporary)
        if self.tree.find(exp.TemporaryProperty) or temporary:
            return
        if kind == "SCHEMA":
            parts = [part for part in f"{node.catalog}.{node.db or node.name}".split(".") if part]
            self.result.writes.append(Write(action, kind, (*[self.env.project, *parts][-2:], "")))  # type: ignore[arg-type]
            return
        reference = names.reference(node, self.env.project, self.env.dataset or "")
        self.result.writes.append(Write(action, kind, reference))

    def _scanned(self, table: exp.Expr, scope: Scope) -> None:
        """Adds a target to the scope of the statement's conditions; its rows are written again."""
        scans = self.reader.reads.scans
        before = len(scans)
        self.reader.source(table, scope, self.env)
        for scan in scans[before:]:
            scan.rewritten = True

    def _update(self, tree: exp.Update) -> None:
        self._target(tree.this, UPDATE_DATA)
        env = self.reader.with_(tree, self.env, None)
        scope = Scope(variables=env.variables)
        self._scanned(tree.this, scope)
        if tree.args.get("from_"):
            self.reader.source(tree.args["from_"].this, scope, env)
        for assignment in tree.expressions:
            self.reader.walk(assignment.expression if isinstance(assignment, exp.EQ) else assignment, scope, env)
        self._condition(tree, scope)

    def _delete(self, tree: exp.Delete) -> None:
        target = tree.this or next(iter(tree.args.get("tables") or []), None)
        self._target(target, UPDATE_DATA)
        scope = Scope(variables=self.env.variables)
        if isinstance(target, exp.Table):
            self._scanned(target, scope)
        for source in tree.args.get("using") or []:
            self.reader.source(source, scope, self.env)
        self._condition(tree, scope)

    def _condition(self, tree: exp.Expr, scope: Scope) -> None:
        if where := tree.args.get("where"):
            self.reader.walk(where, scope, self.env)
            self.reader.filters([where.this], scope)

    def _merge(self, tree: exp.Merge) -> None:
        self._target(tree.this, UPDATE_DATA)
        env = self.reader.with_(tree, self.env, None)
        scope = Scope(variables=env.variables)
        whens = tree.args["whens"].expressions
        if any(not isinstance(when.args["then"], exp.Insert) for when in whens):
            self._scanned(tree.this, scope)
        else:
            self.reader.source(tree.this, scope, env)
        inner = Scope(variables=env.variables)
        self.reader.source(tree.args["using"], inner, env)
        scope.sources += inner.sources
        self.reader.walk(tree.args["on"], scope, env)
        self.reader.filters([tree.args["on"]], scope)
        for when in whens:
            if condition := when.args.get("condition"):
                self.reader.walk(condition, scope, env)
                self.reader.filters([condition], scope, certain=False)
            self._action(when.args["then"], scope, inner, env)

    def _action(self, then: exp.Expr, scope: Scope, source: Scope, env: Env) -> None:
        if isinstance(then, exp.Update):
            for assignment in then.expressions:
                if isinstance(assignment, exp.EQ):
                    self.reader.walk(assignment.expression, scope, env)
                else:
                    scope.read_all()
        elif isinstance(then, exp.Insert):
            if isinstance(then.this, exp.Var) or not isinstance(then.expression, exp.Expr):
                source.read_all()  # INSERT ROW
            else:
                self.reader.walk(then.expression, scope, env)

    def _alter(self, action: exp.Expr) -> None:
        if not isinstance(action, exp.AlterRename):
            self.reader.walk(action, Scope(), self.env)
        elif not isinstance(action.this, exp.Table) or action.this.db:
            self.result.foreign = action.sql("bigquery")

    def _create(self, tree: exp.Create) -> None:
        kind = (tree.args.get("kind") or "TABLE").upper()
        self._target(tree.this, CREATE, kind)
        self._options(tree.args.get("properties"))
        if isinstance(tree.this, exp.Schema):
            for column in tree.this.expressions:
                self._options(column)
                self.reader.walk(column, Scope(), self.env)
        clone = tree.args.get("clone")
        if clone is not None:
            scope = Scope()
            self.reader.source(clone.this, scope, self.env)
            scope.read_all()
        for like in tree.find_all(exp.LikeProperty):
            self.reader.source(like.this, Scope(), self.env)
        if kind == "FUNCTION":
            self._function(tree)
        else:
            self._whole(tree.expression)

    def _function(self, tree: exp.Create) -> None:
        if tree.find(exp.TemporaryProperty):
            name = tree.this.this.name.casefold()
            self.context.temporary.add(f"{name}()")
            self.reader.temporary_functions.add(name)
        arguments = {argument.name.casefold() for argument in tree.this.expressions}
        env = Env(self.env.project, self.env.dataset, self.env.temporary, variables=frozenset(arguments))
        body = tree.expression
        if isinstance(body, exp.Query) and not isinstance(body, exp.Subquery):
            self.reader.query(body, env, None).read_all()
        elif isinstance(body, exp.Expr):
            # An empty source around the body makes a free name count as unresolved: it would mean the caller's column.
            self.reader.walk(body, Scope(sources=[("", Source())], variables=env.variables), env)
