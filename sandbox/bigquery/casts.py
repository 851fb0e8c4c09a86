"""CAST and SAFE_CAST from and to text as BigQuery does them.

Gap: DuckDB casts '1.5' to the INT64 2 and 't' to TRUE, and writes NUMERIC 1.5 as '1.500000000', a FLOAT64 1 as '1.0'
and half a second as '.5' (BigQuery: three or six digits).

Which texts a type takes was checked with ZetaSQL's evaluator. BIGNUMERIC holds 38 digits before and 38 after the
point; DuckDB has 38 in all, of which local_bigquery gives 20 and 18: a value that would be changed is refused aloud.
"""

import re

from local_bigquery.sql import rules
from local_bigquery.sql.dialect import macro
from local_bigquery.sql.rules import typing
from sqlglot import exp

from sandbox.bigquery import engine

Type = exp.DataType.Type
DAY, CLOCK = r"\d{1,4}-\d{1,2}-\d{1,2}", r"\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,9})?"
ZONE = r"(Z|z| ?UTC|[+-]\d{1,2}(:?\d{2})?| [A-Za-z]+(/[A-Za-z_/]+)?)"
PATTERNS = {
    "INT64": r"\s*[+-]?(\d+|0[xX][0-9a-fA-F]+)\s*",
    "BOOL": r"(?i:true|false)",
    "FLOAT64": r"(?i)\s*[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf|infinity|nan)\s*",
    "NUMERIC": r"(?i)\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*",
    "DATE": DAY,
    "DATETIME": rf"{DAY}([ Tt]{CLOCK})?",
    "TIMESTAMP": rf"{DAY}([ Tt]{CLOCK})?{ZONE}?",
    "TIME": CLOCK,
}
TARGETS = {
    Type.BIGINT: "INT64",
    Type.INT: "INT64",
    Type.BOOLEAN: "BOOL",
    Type.DOUBLE: "FLOAT64",
    Type.DECIMAL: "NUMERIC",
    Type.BIGDECIMAL: "NUMERIC",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "DATETIME",
    Type.DATETIME: "DATETIME",
    Type.TIMESTAMPTZ: "TIMESTAMP",
    Type.TIME: "TIME",
}
TIMES = {Type.TIMESTAMP, Type.TIMESTAMPNTZ, Type.TIMESTAMPTZ, Type.DATETIME, Type.TIME}
WRITTEN = {Type.DECIMAL, Type.BIGDECIMAL, Type.DOUBLE} | TIMES
UNKNOWN = {None, Type.UNKNOWN}
NUMERIC_SCALE = 9
BIGNUMERIC_HERE = r"\s*[+-]?0*\d{0,20}(\.\d{0,18}0*)?\s*"
MACROS = """
CREATE MACRO bq.main._fitting(x, pattern) AS
    CASE WHEN typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), pattern) THEN x END;
CREATE MACRO bq.main._checked(x, pattern, kind) AS
    CASE WHEN x IS NULL OR typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), pattern) THEN x
    ELSE error('Bad ' || kind || ' value: ' || CAST(x AS VARCHAR)) END;
CREATE MACRO bq.main._holding(x, pattern) AS
    CASE WHEN x IS NULL OR typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), pattern) THEN x
    ELSE error('BIGNUMERIC is limited here to 20 digits before and 18 after the point: ' || CAST(x AS VARCHAR)) END;
CREATE MACRO bq.main._point(v) AS regexp_replace(regexp_replace(v, '(\\.\\d*?)0+$', '\\1'), '\\.$', '');
CREATE MACRO bq.main._fraction_digits(v) AS regexp_replace(
    regexp_replace(v, '\\.(\\d|\\d{4})($|[+-])', '.\\100\\2'), '\\.(\\d{2}|\\d{5})($|[+-])', '.\\10\\2');
CREATE MACRO bq.main._written(x) AS CASE
    WHEN starts_with(typeof(x), 'DECIMAL') THEN bq.main._point(CAST(x AS VARCHAR))
    WHEN typeof(x) = 'DOUBLE' THEN regexp_replace(CAST(x AS VARCHAR), '\\.0$', '')
    WHEN typeof(x) IN ('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'TIME')
        THEN bq.main._fraction_digits(CAST(x AS VARCHAR))
    ELSE CAST(x AS VARCHAR) END;
"""


def _textual(node: exp.Expression) -> bool:
    """Whether the value is text, or may be: its type is not always known here, but it is when DuckDB binds."""
    if isinstance(node, exp.Cast):
        return node.to.this in typing.TEXT
    if isinstance(node, exp.Literal):
        return bool(node.is_string)
    kind = node.type.this if node.type else None
    return kind in UNKNOWN or kind in typing.TEXT


def _bignumeric(target: exp.DataType) -> bool:
    """BIGNUMERIC, which upstream has turned into DECIMAL(38, 18) when the cast is reached."""
    scale = target.expressions[1].name if len(target.expressions) == 2 else "0"
    return target.this == Type.BIGDECIMAL or (target.this == Type.DECIMAL and int(scale) > NUMERIC_SCALE)


def strict(node: exp.Expression, context: object) -> exp.Expression:
    """Lets a cast see only texts that BigQuery takes."""
    if not isinstance(node, exp.Cast) or node.args.get("format") or not _textual(node.this):
        return node
    target = TARGETS.get(node.to.this)
    if target is None:
        return node
    value, pattern = node.this, PATTERNS[target]
    bignumeric = _bignumeric(node.to)
    known = isinstance(value, exp.Literal) and re.fullmatch(pattern, value.this)
    if known and not bignumeric:
        return node
    if isinstance(node, exp.TryCast):
        value = macro("_fitting", value, exp.convert(pattern))
    elif not known:
        value = macro("_checked", value, exp.convert(pattern), exp.convert(target))
    if bignumeric:
        value = macro("_holding", value, exp.convert(BIGNUMERIC_HERE))
    node.set("this", value)
    return node


def written(node: exp.Expression, context: object) -> exp.Expression:
    """Writes numbers and times as BigQuery does, whatever their type turns out to be when DuckDB binds."""
    if not isinstance(node, exp.Cast) or node.to.this not in typing.TEXT:
        return node
    value = node.this
    target = value.to if isinstance(value, exp.Cast) else value.type
    known = target.this if target else None
    if isinstance(value, exp.Literal | exp.DPipe) or (known not in WRITTEN and known not in UNKNOWN):
        return node
    return macro("_written", value)


def install() -> None:
    engine.MACROS.append(MACROS)
    rules.NODE_RULES.insert(0, strict)
    rules.NODE_RULES.append(written)
