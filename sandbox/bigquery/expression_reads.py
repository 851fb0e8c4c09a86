"""Which columns an expression reads, by walking all of it (see columns_read for statements)."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from local_bigquery.errors import BigQueryError
from sqlglot import exp

from sandbox.bigquery import catalogue, parsing
from sandbox.bigquery.catalogue import Catalogue, Reference
from sandbox.bigquery.relations import Output, Path, Scan, Scope, Source

DEPTH = 16  # BigQuery's limit of views within views


NAMESPACES = ("hll_count",)  # those of BigQuery's that local_bigquery's parser leaves to its rules


@dataclass(frozen=True)
class Mention:
    """A table, view or routine that the statement needs; `through` is the view that mentions it, if one does."""

    reference: Reference
    through: Reference | None = None
    exists: bool = True


@dataclass(frozen=True)
class ViewRead:
    """A view that the statement names: where, its query and columns, and what that reads (`scans[start:end]`)."""

    node: exp.Table
    query: exp.Query
    names: tuple[str, ...]
    start: int
    end: int


@dataclass
class Reads:
    """What a statement reads."""

    scans: list[Scan] = field(default_factory=list)
    views: list[ViewRead] = field(default_factory=list)
    relations: list[Mention] = field(default_factory=list)
    routines: list[Mention] = field(default_factory=list)
    schema_views: list[tuple[str, str, str | None]] = field(default_factory=list)  # (view, project, dataset)
    unknown: list[str] = field(default_factory=list)  # what we can't look into, as SQL
    unresolved: list[str] = field(default_factory=list)  # names that mean nothing
    functions: list[str] = field(default_factory=list)  # functions that there are not


@dataclass(frozen=True)
class Env:
    """Where a query stands: its default project and dataset, its common table expressions, and the view it is in."""

    project: str
    dataset: str | None
    temporary: frozenset[str] = frozenset()
    ctes: dict[str, Source] = field(default_factory=dict)
    through: Reference | None = None
    depth: int = 0
    variables: frozenset[str] = frozenset()
    sealed: bool = False  # in the body of a function, or of a view that the statement does not name


def parsed(sql: str) -> exp.Expr | None:
    """The tree of one statement, or None when it can't be parsed."""
    try:
        trees = parsing.parse(sql)
    except (sqlglot.errors.SqlglotError, BigQueryError):
        return None
    return trees[0] if len(trees) == 1 else None


class ExpressionReader(ABC):
    """Walks expressions and fills `reads`."""

    def __init__(self, tree: exp.Expr) -> None:
        self.reads = Reads()
        self.mentions = Counter(table.name.casefold() for table in tree.find_all(exp.Table))
        self.temporary_functions: set[str] = set()
        self._catalogues: dict[str, Catalogue | None] = {}

    @abstractmethod
    def query(self, node: exp.Expr, env: Env, parent: Scope | None) -> Source:
        """The relation that a query yields. Its own clauses are read now, its columns when they are used."""

    @abstractmethod
    def source(self, node: exp.Expr, scope: Scope, env: Env) -> None:
        """Adds what stands in a FROM clause to the scope."""

    def catalogue(self, project: str) -> Catalogue | None:
        if project not in self._catalogues:
            self._catalogues[project] = catalogue.catalogue(project)
        return self._catalogues[project]

    # Routines

    def routine(self, parts: list[str], env: Env) -> dict[str, Any] | None:
        full = [env.project, env.dataset, *parts][-3:] if len(parts) == 1 else [env.project, *parts][-3:]
        if len(parts) > 3 or None in full:
            return None
        found = catalogue.routine(*full)
        if found is not None:
            ids = found["routineReference"]
            reference = (ids["projectId"], ids["datasetId"], ids["routineId"])
            self.reads.routines.append(Mention(reference, env.through))
        return found

    def body(self, routine: dict[str, Any], env: Env) -> tuple[exp.Expr | None, Env]:
        ids = routine["routineReference"]
        arguments = frozenset(argument["name"].casefold() for argument in routine.get("arguments") or [])
        depth = env.depth + 1
        inside = Env(ids["projectId"], ids["datasetId"], frozenset(), {}, env.through, depth, arguments, sealed=True)
        if env.depth >= DEPTH or routine.get("language") == "JAVASCRIPT":
            return None, inside
        body = routine.get("definitionBody") or ""
        scalar = routine.get("routineType") == "SCALAR_FUNCTION"
        return parsed(f"SELECT {body}" if scalar else body), inside

    def _call(self, parts: list[str], scope: Scope, env: Env) -> None:
        routine = self.routine(parts, env)
        if routine is None:
            # What is left for DuckDB would be a function of its own, or a method called on a column.
            if parts[0].casefold() not in (*self.temporary_functions, *NAMESPACES):
                self.reads.functions.append(".".join(parts))
            return
        if routine.get("language") == "JAVASCRIPT":
            return
        tree, inside = self.body(routine, env)
        if tree is None:
            self.reads.unknown.append(".".join(parts))
            return
        # DuckDB expands a function where it is called, so that a free name in its body means the caller's column.
        self.query(tree, inside, scope).read_all()

    # Expressions

    def walk_all(self, node: exp.Expr, scope: Scope, env: Env) -> None:
        """Walks all parts of a node."""
        for value in node.args.values():
            self.walk(value, scope, env)

    def walk(self, node: object, scope: Scope, env: Env) -> None:
        """Marks every column that an expression, or a list of them, mentions."""
        if isinstance(node, list | tuple):
            for item in node:
                self.walk(item, scope, env)
        if not isinstance(node, exp.Expr) or isinstance(node, exp.DataType | exp.TableAlias | exp.With):
            return
        match node:
            case exp.Column():
                self._column(node, (), scope, env)
            case exp.Dot():
                self._dot(node, scope, env)
            case exp.Query():
                self.query(node, env, scope).read_all()
            case exp.Table() | exp.Unnest() | exp.Lateral():
                inner = Scope(scope)
                self.source(node, inner, env)
                inner.read_all()
            case exp.Identifier() | exp.Var():
                scope.resolve((node.name.casefold(),), guess=True)
            case exp.Count(this=exp.Star()):
                pass
            case exp.Star() | exp.Columns():
                for around in scope.chain():
                    around.read_all()
                self.walk_all(node, scope, env)
            case exp.Alias():
                self.walk(node.this, scope, env)
            case exp.PropertyEQ() | exp.Kwarg():
                self.walk(node.expression, scope, env)
            case exp.Lambda():
                own = [Output(name.name.casefold()) for name in node.expressions]
                self.walk(node.this, Scope(scope, [("", Source(own))]), env)
            case exp.Parameter() | exp.SessionParameter() | exp.Placeholder():
                pass
            case exp.Anonymous():
                if not node.name.startswith("bq.main."):
                    self._call(node.name.split("."), scope, env)
                self.walk(node.expressions, scope, env)
            case _:
                self.walk_all(node, scope, env)

    def _column(self, node: exp.Column, rest: Path, scope: Scope, env: Env) -> None:
        if not isinstance(node.this, exp.Identifier | exp.Star):
            self.walk(node.this, scope, env)
        path = (*column_path(node), *rest)
        if not scope.resolve(path) and any(around.sources for around in scope.chain()):
            self.reads.unresolved.append(node.sql("bigquery"))

    def _dot(self, node: exp.Dot, scope: Scope, env: Env) -> None:
        parts = list(_flattened(node))
        first, last = parts[0], parts[-1]
        if isinstance(last, exp.Anonymous) and all(isinstance(part, exp.Identifier) for part in parts[:-1]):
            self._call([*(part.name for part in parts[:-1]), last.name], scope, env)
            self.walk(last.expressions, scope, env)
        elif isinstance(first, exp.Column) and all(isinstance(part, exp.Identifier) for part in parts[1:]):
            self._column(first, tuple(part.name.casefold() for part in parts[1:]), scope, env)
        else:
            for part in parts:
                self.walk(part, scope, env)
            if any(isinstance(part, exp.Star) for part in parts):
                scope.read_all()


def _flattened(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Dot):
        yield from _flattened(node.this)
        yield from _flattened(node.expression)
    else:
        yield node


def column_path(column: exp.Column) -> Path:
    """The reference's parts; a star is `*`."""
    parts = (column.args.get(key) for key in ("catalog", "db", "table", "this"))
    return tuple("*" if isinstance(part, exp.Star) else part.name.casefold() for part in parts if part)
