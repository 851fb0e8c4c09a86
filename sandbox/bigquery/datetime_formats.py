"""`%E*S`, `%E3S` and the like in PARSE_ and FORMAT_ functions.

Gap: local_bigquery parses none of them but `%E6S`, lets SAFE.PARSE_ functions fail, and formats `%E*S` with six digits
where BigQuery drops trailing zeros (checked with ZetaSQL's evaluator).
"""

import re

from local_bigquery.errors import BigQueryError
from local_bigquery.sql import rules
from local_bigquery.sql.rules import datetime
from sqlglot import exp

from sandbox.bigquery.patching import replace

SECONDS = re.compile(r"%E(\*|[1-6])S|%S\.%f")  # sqlglot writes %E6S as %S.%f
OTHERS = {"%E4Y": "%Y", "%Ez": "%z"}
EXTENDED = re.compile(r"%E|%S\.%f")
PARSERS = (exp.StrToTime, exp.StrToDate, exp.ParseDatetime, exp.ParseTime)
_element = datetime._element


def _formats(template: str) -> list[str]:
    """The format for DuckDB, once with and once without a fraction: the fraction is optional in BigQuery."""
    for element, equivalent in OTHERS.items():
        template = template.replace(element, equivalent)
    formats = [SECONDS.sub("%S.%f", template), SECONDS.sub("%S", template)]
    if unknown := re.search(r"%[EO].", formats[0]):
        raise BigQueryError("invalidQuery", f"The format element {unknown[0]} is not supported here.")
    return list(dict.fromkeys(formats))


def _parsed(node: exp.Func, formats: list[str], function: str) -> exp.Expression:
    text = datetime.call(function, node.this, exp.Array(expressions=[exp.convert(f) for f in formats]))
    if isinstance(node, exp.ParseTime):
        return exp.cast(text, "TIME", dialect="duckdb")
    if isinstance(node, exp.StrToDate):
        return exp.cast(text, "DATE", dialect="duckdb")
    if isinstance(node, exp.ParseDatetime):
        return exp.cast(text, "TIMESTAMP", dialect="duckdb")
    if "%z" in formats[0] or "%Z" in formats[0]:
        return exp.cast(text, "TIMESTAMPTZ", dialect="duckdb")
    return datetime.from_local(text, node.args.get("zone"))


def parse(tree: exp.Expression, context: object) -> exp.Expression:
    """Rewrites parsing with an extended format, and SAFE parsing with any, to DuckDB's strptime."""
    for node in list(tree.find_all(*PARSERS)):
        template, parent = node.args.get("format"), node.parent
        safe = isinstance(parent, exp.SafeFunc)
        if not isinstance(template, exp.Literal) or not (safe or EXTENDED.search(template.this)):
            continue
        parsed = _parsed(node, _formats(template.this), "try_strptime" if safe else "strptime")
        (parent if parent is not None and safe else node).replace(parsed)
    return tree


def element(piece: str, local: exp.Expression, *arguments: object) -> exp.Expression:
    """`%E*S` has as many digits as it needs: of "56.789000" the zeros go, of "56.000000" the point too."""
    formatted = _element(piece, local, *arguments)
    return datetime.call("regexp_replace", formatted, r"\.?0+$", "") if piece == "%E*S" else formatted


def install() -> None:
    rules.STATEMENT_RULES.insert(rules.STATEMENT_RULES.index(datetime.datetime), parse)
    replace(datetime, "_element", element)
