"""Types of columns that come through `SELECT *`. Gap: local_bigquery does not follow stars, so that after the usual
`WITH source AS (SELECT * FROM t)` it knows no type, and NUMERIC divided by INT64 becomes FLOAT64.
"""

from typing import Any

from local_bigquery.sql.rules import typing
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from sandbox.bigquery.patching import replace

_typed, _transfer = typing._typed, typing._transfer


def _starred(item: Any) -> bool:
    return isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))


def typed(tree: exp.Expression, schema: dict[str, Any], positional: bool) -> exp.Expression:
    """A copy of the statement with types, its stars written out where the tables are known."""
    if not positional or not any(map(_starred, tree.find_all(exp.Star, exp.Column))):
        return _typed(tree, schema, positional)
    copy = tree.copy()
    qualify(
        copy,
        dialect="bigquery",
        schema=schema,
        expand_stars=True,
        validate_qualify_columns=False,
        quote_identifiers=False,
        identify=False,
    )
    return annotate_types(copy, schema=schema, dialect="bigquery")


def transfer(original: exp.Expression, copy: exp.Expression) -> None:
    """Gives the statement its copy's types. A list of columns that has grown is matched before and after its stars."""
    if isinstance(original, exp.Select) and isinstance(copy, exp.Select):
        listed, expanded = original.expressions, copy.expressions
        if stars := [index for index, item in enumerate(listed) if _starred(item)]:
            after = len(listed) - stars[-1] - 1
            pairs = list(zip(listed[: stars[0]], expanded, strict=False))
            pairs += zip(listed[len(listed) - after :], expanded[len(expanded) - after :], strict=False)
            for one, other in pairs:
                transfer(one, other)
            original, copy = _without_columns(original, copy)
    _transfer(original, copy)


def _without_columns(original: exp.Expression, copy: exp.Expression) -> tuple[exp.Expression, exp.Expression]:
    """Views of two selects without their columns; what is below them stays shared."""
    views = []
    for node in (original, copy):
        view = type(node)()
        view.args = {key: value for key, value in node.args.items() if key != "expressions"}
        views.append(view)
    return views[0], views[1]


def install() -> None:
    replace(typing, "_typed", typed)
    replace(typing, "_transfer", transfer)
