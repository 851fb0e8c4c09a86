"""SQL that is parsed once. Gap: local_bigquery parses a query for its dry run and again for its run, and what it and
the gateway need of a view for every statement that reads the view.
"""

import functools

from local_bigquery.sql import translate
from sqlglot import exp

from sandbox.bigquery.patching import replace

KEPT = 500  # statements; most are of some kilobytes

_parse = translate.parse


@functools.lru_cache(KEPT)
def _trees(sql: str) -> tuple[exp.Expr, ...]:
    return tuple(_parse(sql))


def parse(sql: str) -> list[exp.Expr]:
    """The statements' trees, for the caller to change. Raises BigQueryError for what can't be parsed."""
    return [tree.copy() for tree in _trees(sql)]


def install() -> None:
    replace(translate, "parse", parse)
