"""Reading many paths of one JSON column.

Gap: local_bigquery reads each path by itself, and DuckDB parses the whole document again for each. DuckDB's
json_extract takes a list of paths as well and parses once for all of them; written alike for each path, the call is one
common subexpression. A staging model that reads twenty-five attributes of an item needs a fraction of time and memory.
"""

from collections import defaultdict

from local_bigquery.sql import rules
from sqlglot import exp

FEWEST = 3
"""Paths of a column in one SELECT from which on they are read together."""


def together(tree: exp.Expression, context: object) -> exp.Expression:
    """Lets the JSON paths that one SELECT reads of one column share one parse."""
    for select in tree.find_all(exp.Select):
        paths: dict[str, list[tuple[exp.JSONExtract, str]]] = defaultdict(list)
        for item in select.expressions:
            for node in item.find_all(exp.JSONExtract):
                own = type(node) is exp.JSONExtract and node.find_ancestor(exp.Select) is select
                if own and isinstance(node.this, exp.Column) and (path := _constant(node.expression)):
                    paths[node.this.sql()].append((node, path))
        for nodes in paths.values():
            distinct = sorted({path for _, path in nodes})
            if len(distinct) >= FEWEST:
                for node, path in nodes:
                    node.replace(_element(node.this, distinct, distinct.index(path)))
    return tree


def _constant(path: exp.Expression) -> str | None:
    written = path.sql(dialect="duckdb")
    if not (isinstance(path, exp.JSONPath | exp.Literal) and written.startswith("'")):
        return None
    return written[1:-1].replace("''", "'")


def _element(column: exp.Expression, paths: list[str], index: int) -> exp.Expression:
    listed = exp.Array(expressions=[exp.Literal.string(path) for path in paths])
    call = exp.Anonymous(this="json_extract", expressions=[column.copy(), listed])
    return exp.Anonymous(this="list_extract", expressions=[call, exp.Literal.number(index + 1)])


def install() -> None:
    rules.STATEMENT_RULES.append(together)
