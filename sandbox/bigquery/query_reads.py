"""Which columns of which tables a query reads (see columns_read for statements).

Columns that pass through unchanged are followed to where they are used, so that `SELECT a FROM (SELECT * FROM t)` reads
only `a`, as in BigQuery; everything else that a query mentions counts as read. Where a name can mean several columns
all of them count, and where we cannot tell, all columns of the table do.
"""

from dataclasses import replace

from local_bigquery.catalog import names
from local_bigquery.sql.rules.information_schema import _view as information_schema_view
from sqlglot import exp

from sandbox.bigquery.catalogue import RESULTS, Reference
from sandbox.bigquery.expression_reads import DEPTH, Env, ExpressionReader, Mention, ViewRead, column_path, parsed
from sandbox.bigquery.relations import Output, Path, Scan, Scope, Source, combined, opened, scanned, united

OF_NULL = (exp.Is, exp.Coalesce, exp.If, exp.Case)  # what can hold for the row of nulls that an outer join makes up
TABLE_FUNCTIONS = frozenset({"RANGE_SESSIONIZE"})
# Parts of a SELECT that are looked at one by one; the rest of it is expressions.
SELECT_PARTS = frozenset({"with_", "from_", "joins", "laterals", "expressions", "kind", "order"})
SOURCE_PARTS = frozenset({"this", "db", "catalog", "alias", "joins", "laterals", "pivots", "expressions", "with_"})


class QueryReader(ExpressionReader):
    """Walks queries and fills `reads`."""

    def __init__(self, tree: exp.Expr) -> None:
        super().__init__(tree)
        self._resolving: set[tuple[int, Path, Path]] = set()

    def query(self, node: exp.Expr, env: Env, parent: Scope | None) -> Source:
        """The relation that a query yields. Its own clauses are read now, its columns when they are used."""
        if isinstance(node, exp.Subquery):
            return self._subquery(node, env, parent)
        if isinstance(node, exp.Paren):
            return self.query(node.this, env, parent)
        env = self.with_(node, env, parent)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, env, parent)
        if isinstance(node, exp.Select):
            return self._select(node, env, parent)
        self.walk_all(node, Scope(parent), env)
        return opened()

    def with_(self, node: exp.Expr, env: Env, parent: Scope | None) -> Env:
        clause = node.args.get("with_")
        if clause is None:
            return env
        ctes = dict(env.ctes)
        if clause.args.get("recursive"):
            # A name can be used before its definition; DuckDB then may take it for a table, so both are read.
            for cte in clause.expressions:
                self._table_of_same_name(cte.alias, env)
                ctes[cte.alias.casefold()] = opened()
            for cte in clause.expressions:
                self.query(cte.this, replace(env, ctes=ctes), parent).read_all()
            return replace(env, ctes=ctes)
        for cte in clause.expressions:
            source = self.query(cte.this, replace(env, ctes=dict(ctes)), parent)
            ctes[cte.alias.casefold()] = _aliased(source, cte.args.get("alias"))
        return replace(env, ctes=ctes)

    def _table_of_same_name(self, name: str, env: Env) -> None:
        known = self.catalogue(env.project)
        if env.dataset and known and known.relation(env.dataset, name):
            self._named_table((env.project, env.dataset, name), env).read_all()

    def _subquery(self, node: exp.Subquery, env: Env, parent: Scope | None) -> Source:
        env = self.with_(node, env, parent)
        if isinstance(node.this, exp.Table):  # a join in parentheses
            scope = Scope(parent, variables=env.variables)
            self.source(node.this, scope, env)
            outputs = [output for _, source in scope.sources for output in source.outputs]
            source = Source(outputs, open=any(source.open for _, source in scope.sources))
        else:
            source = self.query(node.this, env, parent)
        scope = Scope(parent, [("", source)], variables=env.variables)
        for key, value in node.args.items():
            if key not in SOURCE_PARTS:
                self.walk(value, scope, env)
        self._ordinals(node, source)
        return source.unfiltered() if node.args.get("limit") or node.args.get("offset") else source

    def _set_operation(self, node: exp.SetOperation, env: Env, parent: Scope | None) -> Source:
        left, right = self.query(node.this, env, parent), self.query(node.expression, env, parent)
        known = not (left.open or right.open) and len(left.outputs) == len(right.outputs)
        if not isinstance(node, exp.Union) or node.args.get("distinct") or node.args.get("by_name") or not known:
            left.read_all()
            right.read_all()
            source = Source([Output(output.name) for output in left.outputs], open=left.open or right.open)
        else:
            pairs = zip(left.outputs, right.outputs, strict=True)
            source = Source([combined(one.name, [one, other]) for one, other in pairs])
        scope = Scope(parent, [("", source)], variables=env.variables)
        for key in ("order", "limit", "offset"):
            self.walk(node.args.get(key), scope, env)
        self._ordinals(node, source)
        return source.unfiltered() if node.args.get("limit") else source

    def _select(self, node: exp.Select, env: Env, parent: Scope | None) -> Source:
        scope = Scope(parent, variables=env.variables)
        if node.args.get("from_"):
            self.source(node.args["from_"].this, scope, env)
        for lateral in node.args.get("laterals") or []:
            self.source(lateral, scope, env)
        for join in node.args.get("joins") or []:
            self._join(join, scope, env)
        source = Source(open=False)
        for item in node.expressions:
            self._item(item, source, scope, env)
            scope.items = {output.name: output for output in source.outputs if output.name}
        for key, value in node.args.items():
            if key not in SELECT_PARTS:
                self.walk(value, scope, env)
        self._order(node, source, scope, env)
        self._ordinals(node, source)
        where, joins = node.args.get("where"), node.args.get("joins") or []
        conditions = [where.this] if where else []
        conditions += [join.args["on"] for join in joins if join.args.get("on") and not join.side]
        self.filters(conditions, scope)
        if node.args.get("distinct") or node.args.get("kind"):
            source.read_all()
        if node.args.get("kind"):  # AS STRUCT or AS VALUE: one column without a name
            return opened()
        limited = any(node.args.get(key) for key in ("limit", "offset", "qualify")) or node.find(exp.Window)
        return source.unfiltered() if limited else source

    def _item(self, item: exp.Expr, source: Source, scope: Scope, env: Env) -> None:
        """One entry of a SELECT list: a star, a column that passes through, or something computed."""
        value = item.this if isinstance(item, exp.Alias) else item
        while isinstance(value, exp.Paren):
            value = value.this
        if isinstance(value, exp.Star):
            self._star(value, [found for _, found in scope.sources], source, scope, env)
        elif isinstance(value, exp.Column) and isinstance(value.this, exp.Star):
            path = column_path(value)[:-1]
            found = [known for name, known in scope.sources if path == (name,)]
            if not found:
                scope.resolve(path)
                source.open = True
            self._star(value.this, found, source, scope, env)
        elif isinstance(value, exp.Column) and (output := scope.output(column_path(value))) is not None:
            path, name = column_path(value), (item if isinstance(item, exp.Alias) else value).alias_or_name.casefold()
            source.outputs.append(Output(name, lambda rest: self._again(scope, path, rest), output.keep))
        else:
            self.walk(value, scope, env)
            source.outputs.append(Output(item.alias_or_name.casefold() or None))

    def _again(self, scope: Scope, path: Path, rest: Path) -> None:
        """Reads a column that passes through a SELECT list, now that it is used."""
        key = (id(scope), path, rest)
        if key in self._resolving:  # a name that can mean the subquery around it
            return
        self._resolving.add(key)
        items, scope.items = scope.items, {}  # a column under its own name does not mean itself
        scope.resolve((*path, *rest))
        scope.items = items
        self._resolving.remove(key)

    def _star(self, star: exp.Star, of: list[Source], source: Source, scope: Scope, env: Env) -> None:
        without = {column.name.casefold() for column in star.args.get("except_") or []}
        replaced = {alias.alias.casefold() for alias in star.args.get("replace") or []}
        for expression in star.args.get("replace") or []:
            self.walk(expression, scope, env)
        renamed = {alias.this.name.casefold(): alias.alias.casefold() for alias in star.args.get("rename") or []}
        for found in of:
            source.open = source.open or found.open
            source.historical = source.historical or found.historical
            seen: set[str | None] = set()
            for output in found.outputs:
                again = output.name in seen  # DuckDB gives the second column of a name another name
                seen.add(output.name)
                if output.name in replaced and not again:
                    source.outputs.append(Output(output.name))
                elif output.name not in without or again:
                    name = renamed.get(output.name or "", output.name)
                    source.outputs.append(Output(name, output.read, output.keep))

    def _order(self, node: exp.Select, source: Source, scope: Scope, env: Env) -> None:
        """ORDER BY: a plain name is an alias of the SELECT list, if there is such a one, and not a column."""
        aliases = {item.alias.casefold() for item in node.expressions if isinstance(item, exp.Alias)}
        order = node.args.get("order")
        for item in order.expressions if order is not None else []:
            value = item.this if isinstance(item, exp.Ordered) else item
            name = value.name.casefold() if isinstance(value, exp.Column) and not value.table else ""
            named = source.named(name) if name in aliases else []
            if len(named) == 1 and not source.open:
                named[0].read(())
            else:
                self.walk(item, scope, env)

    def _ordinals(self, node: exp.Expr, source: Source) -> None:
        for key in ("group", "order"):
            clause = node.args.get(key)
            if clause is None:
                continue
            if clause.args.get("all") or any(item.name.upper() == "ALL" for item in clause.expressions):
                source.read_all()
            for item in clause.expressions:
                number = item.this if isinstance(item, exp.Ordered) else item
                if isinstance(number, exp.Literal) and number.is_int:
                    if source.open:
                        source.read_all()
                    for output in source.outputs[int(number.name) - 1 : int(number.name)]:
                        output.read(())

    def filters(
        self, conditions: list[exp.Expr], scope: Scope, among: list[Source] | None = None, certain: bool = True
    ) -> None:
        """Hands conditions that all rows must meet to the column they are about, if they are about one.

        `among`: the sources that the conditions are asked of, as those of ON in an outer join; None for all.
        """
        for condition in conditions:
            for predicate in condition.flatten() if isinstance(condition, exp.And) else [condition]:
                paths = {column_path(column) for column in predicate.find_all(exp.Column)}
                paths -= {(name,) for name in scope.variables}
                if len(paths) != 1 or predicate.find(exp.Query) or any("*" in path for path in paths):
                    continue
                output = scope.output(next(iter(paths)))
                if output is None or (among is not None and not any(source.has(output) for source in among)):
                    continue
                made_up = among is None and any(source.has(output) for source in scope.nullable)
                if not (made_up and predicate.find(*OF_NULL)):
                    output.keep(predicate, certain)

    # Sources

    def _join(self, join: exp.Join, scope: Scope, env: Env) -> None:
        before = len(scope.sources)
        self.source(join.this, scope, env)
        sources = [source for _, source in scope.sources]
        if join.side == "LEFT":
            self.filters([join.args["on"]] if join.args.get("on") else [], scope, sources[before:])
        scope.nullable += {"LEFT": sources[before:], "RIGHT": sources[:before], "FULL": sources}.get(join.side, [])
        if str(join.args.get("method") or "").upper() == "NATURAL":
            scope.read_all()
        for column in join.args.get("using") or []:
            name = column.name.casefold()
            for _, source in scope.sources:
                for output in source.named(name):
                    output.read(())
        for key, value in join.args.items():
            if key not in ("this", "using"):
                self.walk(value, scope, env)

    def source(self, node: exp.Expr, scope: Scope, env: Env) -> None:
        """Adds what stands in a FROM clause to the scope."""
        if isinstance(node, exp.Table):
            source = self._table(node, scope, env)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Table) and not node.alias and not node.args.get("pivots"):
                self.source(node.this, scope, env)
                source = None
            else:
                source = self._subquery(node, env, scope)
        elif isinstance(node, exp.Query):
            source = self.query(node, env, scope)
        elif isinstance(node, exp.Unnest | exp.Values | exp.Lateral):
            self.walk_all(node, scope, env)
            offset = node.args.get("offset")
            source = opened([offset.name.casefold()] if isinstance(offset, exp.Expr) else [])
            source.outputs += [Output(column.name.casefold()) for column in _alias_columns(node)]
        else:
            self.reads.unknown.append(node.sql("bigquery"))
            source = opened()
        if source is not None:
            name = node.alias_or_name.casefold()
            if not isinstance(node, exp.Unnest):
                source = _aliased(source, node.args.get("alias"))
            for pivot in node.args.get("pivots") or []:
                source.read_all()
                self.walk_all(pivot, Scope(scope, [(name, source)]), env)
                source, name = opened(), (pivot.alias or name).casefold()
            scope.sources.append((name, source))
        for join in node.args.get("joins") or []:
            self._join(join, scope, env)
        for lateral in node.args.get("laterals") or []:
            self.source(lateral, scope, env)
        for key, value in node.args.items():
            if key not in SOURCE_PARTS and not isinstance(node, exp.Query):
                self.walk(value, scope, env)

    def _table(self, node: exp.Table, scope: Scope, env: Env) -> Source:
        if not isinstance(node.this, exp.Identifier):
            return self._table_function(node, scope, env)
        name = node.name.casefold()
        if information_schema_view(node) is not None:
            view, project, within = information_schema_view(node) or ("", None, None)
            region = within and within.lower().startswith("region-")
            self.reads.schema_views.append((view, project or env.project, None if region else within or env.dataset))
            return opened()
        session = node.db.casefold() == "_session" and not node.catalog
        if not node.db and name in env.ctes:
            source = env.ctes[name]
            return source if self.mentions[name] < 2 else source.shared()
        if session or (not node.db and name in env.temporary):
            return opened()
        if not node.db and env.dataset is None:
            self.reads.unknown.append(node.sql("bigquery"))
            return opened()
        project, dataset, table = names.reference(node, env.project, env.dataset)
        if not table.endswith("*"):
            historical = bool(node.args.get("version") or node.args.get("when"))
            return self._named_table((project, dataset, table), env, historical, node)
        known = self.catalogue(project)
        self.reads.relations.append(Mention((project, dataset, table), env.through))
        found = known.tables(dataset, table.rstrip("*")) if known else []
        return united([self._named_table((project, dataset, name), env) for name in found])

    def _named_table(
        self, reference: Reference, env: Env, historical: bool = False, node: exp.Table | None = None
    ) -> Source:
        known = self.catalogue(reference[0])
        stored = known.relation(*reference[1:]) if known else None
        self.reads.relations.append(Mention(stored.reference if stored else reference, env.through, stored is not None))
        if stored is None or reference[1].casefold() == RESULTS:
            return opened()
        if stored.kind != "VIEW":
            scan = Scan(stored, historical, node=None if env.sealed else node)
            self.reads.scans.append(scan)
            return scanned(scan)
        tree = parsed(stored.view) if stored.view and env.depth < DEPTH else None
        if not isinstance(tree, exp.Query):
            self.reads.unknown.append(".".join(stored.reference))
            return opened()
        sealed = env.sealed or node is None
        inside = Env(*stored.reference[:2], through=stored.reference, depth=env.depth + 1, sealed=sealed)
        self.mentions.update(table.name.casefold() for table in tree.find_all(exp.Table))
        start = len(self.reads.scans)
        source = self.query(tree, inside, None)
        if node is not None:
            self.reads.views.append(ViewRead(node, tree, stored.names, start, len(self.reads.scans)))
        if source.open or len(source.outputs) != len(stored.names):
            source.read_all()
            return opened(name.casefold() for name in stored.names)
        return source.renamed([name.casefold() for name in stored.names])

    def _table_function(self, node: exp.Table, scope: Scope, env: Env) -> Source:
        self.walk_all(node.this, scope, env)
        function = node.this
        if not isinstance(function, exp.Anonymous):
            self.reads.unknown.append(node.sql("bigquery"))
            return opened()
        if function.name.upper() in TABLE_FUNCTIONS and not node.db:
            return opened()
        parts = [part for part in (*node.catalog.split("."), *node.db.split("."), *function.name.split(".")) if part]
        routine = self.routine(parts, env)
        if routine is None or routine.get("routineType") != "TABLE_VALUED_FUNCTION":
            self.reads.unknown.append(node.sql("bigquery"))
            return opened()
        tree, inside = self.body(routine, env)
        if not isinstance(tree, exp.Query):
            self.reads.unknown.append(node.sql("bigquery"))
            return opened()
        return self.query(tree, inside, None)


def _alias_columns(node: exp.Expr) -> list[exp.Expr]:
    alias = node.args.get("alias")
    return [*(alias.args.get("columns") or [])] if isinstance(alias, exp.TableAlias) else []


def _aliased(source: Source, alias: exp.Expr | None) -> Source:
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return source.renamed([column.name.casefold() for column in columns]) if columns else source
