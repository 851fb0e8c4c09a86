"""Values of options that are written out, as a description is. Gap: local_bigquery asks DuckDB for each of them."""

from collections.abc import Callable
from typing import Any

import duckdb
from local_bigquery.jobs import query
from sqlglot import exp

from sandbox.bigquery.patching import replace


def install() -> None:
    evaluator = query._evaluator

    def constants(cursor: duckdb.DuckDBPyConnection) -> Callable[[exp.Expr], Any]:
        ask = evaluator(cursor)

        def evaluate(node: exp.Expr) -> Any:
            if isinstance(node, exp.Boolean) or (isinstance(node, exp.Literal) and node.is_string):
                return node.this
            return ask(node)

        return evaluate

    replace(query, "_evaluator", constants)
