"""JSON functions and subscripts.

Gap: local_bigquery's PARSE_JSON with wide_number_mode => 'round' rounds a bare number only; and where it does not know
a column's type, as after `SELECT *` from a common table expression, it takes `json[1]` for an element of an array,
which DuckDB counts from one, and so reads the wrong one.
"""

import json

from local_bigquery.sql import rules
from sqlglot import exp

from sandbox.bigquery import engine

MACROS = """
CREATE OR REPLACE MACRO bq.main.parse_json(s) AS bq.main._parse_json_exact(s),
(s, mode) AS CASE lower(mode)
    WHEN 'exact' THEN bq.main._parse_json_exact(s)
    WHEN 'round' THEN json(_json_rounded(s))
    ELSE error('Invalid wide_number_mode: ' || mode)
END;
"""


def _number(text: str) -> int | float:
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 64 else float(text)


def rounded(text: str) -> str:
    """The JSON text with integers that fit neither INT64 nor UINT64 as the nearest double."""
    return json.dumps(json.loads(text, parse_int=_number), ensure_ascii=False, separators=(",", ":"))


def subscript(node: exp.Expression, context: object) -> exp.Expression:
    """`x[1]` of what may be JSON or an array: DuckDB knows the type when it binds, and counts accordingly."""
    if not isinstance(node, exp.Bracket) or len(node.expressions) != 1 or "offset" in node.args:
        return node
    index = node.expressions[0]
    known = node.meta.get("json") or (node.this.type and node.this.type.is_type(exp.DataType.Type.ARRAY))
    if known or not isinstance(index, exp.Literal) or not index.is_int:
        return node
    is_json = exp.EQ(this=exp.func("typeof", node.this.copy()), expression=exp.convert("JSON"))
    position = exp.Sub(this=exp.convert(int(index.this) + 1), expression=exp.cast(is_json, "INT"))
    node.set("expressions", [position])
    node.set("offset", 1)  # as DuckDB counts, so that nothing is added
    return node


def install() -> None:
    engine.FUNCTIONS_IN_PYTHON["_json_rounded"] = rounded
    engine.MACROS.append(MACROS)
    rules.NODE_RULES.insert(0, subscript)
