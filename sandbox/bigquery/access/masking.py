"""Masked reads: where a statement names a table with columns that its caller reads masked, it gets those masked.

Gap: local_bigquery has no data policies. "Introduction to data masking": masking happens before everything else in the
query, so that conditions, joins and groups see masked values too; what is written from a masked read is masked.
A table is replaced by a subquery over it, a view over such a table by its query with that done; what the analysis of
the statement (columns_read) has not seen is refused.
"""

import contextvars
from collections.abc import Callable
from typing import Any

import sqlglot
from local_bigquery.catalog import names
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query
from local_bigquery.sql.dialect import BigQueryDialect
from local_bigquery.sql.rules import STATEMENT_RULES
from local_bigquery.sql.rules.tables import resolve
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.access import masks, policy_tags
from sandbox.bigquery.expression_reads import Reads
from sandbox.bigquery.patching import replace

OUTSIDE = ("alias", "joins", "laterals", "pivots", "sample")  # what belongs to the place of the table, not to it
_active: contextvars.ContextVar[bool | None] = contextvars.ContextVar("active", default=None)


def allowed(tree: exp.Expr) -> bool:
    """Whether the statement may read masked columns: UPDATE, DELETE, MERGE and clones need them in clear, and here
    functions too.
    """
    if isinstance(tree, exp.Create):
        return (tree.args.get("kind") or "").upper() in ("TABLE", "VIEW") and tree.args.get("clone") is None
    return isinstance(tree, exp.Query | exp.Insert | exp.Export)


def rewritten(tree: exp.Expr) -> bool:
    """Whether the statement's tables are masked now; a view's are when it is read."""
    return allowed(tree) and not (isinstance(tree, exp.Create) and tree.args["kind"].upper() == "VIEW")


def mark(reads: Reads) -> None:
    """Notes on the statement's nodes what is to be masked there, for `rule`, which sees copies of them."""
    masked = []
    for position, scan in enumerate(reads.scans) if policy_tags.masks_some() else ():
        if scan.node is None:
            continue
        scan.node.meta["reference"] = scan.reference
        if rules := policy_tags.masked(scan.table):
            scan.node.meta["masked"] = masks.columns(scan.table.fields, rules)
            masked.append(position)
    for view in reads.views:
        if any(view.start <= position < view.end for position in masked):
            view.node.meta["view"] = view.query
            view.node.meta["names"] = view.names


def _subquery(table: exp.Table) -> exp.Subquery:
    """What a marked table is replaced with."""
    columns: list[str] | None = None
    if text := table.meta_get("masked"):
        source = table.copy()
        del source.meta["masked"]
        for key in OUTSIDE:
            source.set(key, None)
        _qualify(source)
        select: exp.Expr = sqlglot.parse_one(f"SELECT {text}", dialect=BigQueryDialect)
        select = select.from_(source)  # type: ignore[attr-defined]
    else:
        select, columns = table.meta["view"].copy(), table.meta["names"]
        for inner in list(select.find_all(exp.Table)):
            if inner.meta_get("masked") or inner.meta_get("view"):
                inner.replace(_subquery(inner))
            elif inner.meta_get("reference"):
                _qualify(inner)
    subquery = exp.Subquery(this=select, **{key: table.args.get(key) for key in OUTSIDE})
    name = table.alias or table.name
    names = [exp.to_identifier(column, quoted=True) for column in columns or ()]
    subquery.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=names))
    return subquery


def _qualify(table: exp.Table) -> None:
    for key, name in zip(("catalog", "db", "this"), table.meta["reference"], strict=True):
        table.set(key, exp.to_identifier(name, quoted=True))


def rule(tree: exp.Expr, context: Context) -> exp.Expr:
    """A rule for local_bigquery's translation; it comes after the check, which marks the statement."""
    active = _active.get()
    if not policy_tags.masks_some() or not (rewritten(tree) if active is None else active):
        return tree
    ctes = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    target = names.target(tree)
    for table in list(tree.find_all(exp.Table)):
        if table.meta_get("masked") or table.meta_get("view"):
            _shorten(tree, table)
            table.replace(_subquery(table))
        elif table is not target and not table.meta_get("reference"):
            reference = resolve(table, context, ctes)
            if reference and policy_tags.tags(reference):
                raise BigQueryError("accessDenied", f"Access Denied: cannot mask what is read of {'.'.join(reference)}")
    return tree


def _shorten(tree: exp.Expr, table: exp.Table) -> None:
    """`dataset.table.column` becomes `table.column`, because a subquery has no dataset."""
    for column in tree.find_all(exp.Column):
        if column.args.get("db") and column.table.casefold() == table.name.casefold():
            column.set("db", None)
            column.set("catalog", None)


def switched[**P, T](function: Callable[P, T], decide: Callable[P, bool]) -> Callable[P, T]:
    """The function, with masking on or off for the statement that it runs."""

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _active.set(decide(*args, **kwargs))
        try:
            return function(*args, **kwargs)
        finally:
            _active.reset(token)

    return run


def install() -> None:
    def never(*args: Any) -> bool:
        return False

    replace(query, "translate_view", switched(query.translate_view, never))
    STATEMENT_RULES.insert(0, rule)
