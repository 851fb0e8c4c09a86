"""Products and quotients of NUMERIC: nine decimals, rounded half away from zero.

Gap: local_bigquery leaves a product the decimals of both factors, so that a sum of products is another than BigQuery's;
it divides in binary floating point, which has too few digits; and SAFE_DIVIDE gives it FLOAT64.
"""

from typing import Any

from local_bigquery.sql import rules
from local_bigquery.sql.dialect import macro
from local_bigquery.sql.rules import math
from local_bigquery.sql.rules.typing import kind
from sqlglot import exp
from sqlglot.expressions import DataType

from sandbox.bigquery import engine

Type = DataType.Type
MACROS = """
CREATE MACRO bq.main._units(x) AS CAST(CAST(x AS DECIMAL(38, 9)) * 1000000000 AS HUGEINT);
-- One digit more than is kept is divided out, and rounded away. A dividend of 18 digits before the point has room.
CREATE MACRO bq.main._quotient(x, y) AS CAST(
    CAST(bq.main._units(x) * 10000000000 // bq.main._units(y) AS DECIMAL(38, 0))
    * CAST('0.0000000001' AS DECIMAL(38, 10)) AS DECIMAL(38, 9));
"""


def product(node: exp.Expression, context: Any) -> exp.Expression:
    """A rule for a node."""
    return _typed(math._numeric(node.copy())) if isinstance(node, exp.Mul) and _is_numeric(node) else node


def division(node: exp.Expression, context: Any) -> exp.Expression:
    """A rule for a node, in the place of local_bigquery's own."""
    if isinstance(node, exp.SafeDivide) and _is_numeric(node):
        return _typed(macro("_quotient", node.this, node.expression))
    if isinstance(node, exp.Div) and not node.args.get("safe") and _is_numeric(node):
        return _typed(math._nonzero(node, macro("_quotient", node.this, node.expression)))
    return math.division(node, context)


def _is_numeric(node: exp.Expression) -> bool:
    """Of NUMERIC and nothing wider: BIGNUMERIC has more decimals."""
    return kind(node) == Type.DECIMAL and Type.BIGDECIMAL not in (kind(node.this), kind(node.expression))


def _typed(node: exp.Expression) -> exp.Expression:
    """The rules for what it is an operand of ask for its type."""
    node.type = DataType.build(Type.DECIMAL)
    return node


def install() -> None:
    engine.MACROS.append(MACROS)
    rules.NODE_RULES[rules.NODE_RULES.index(math.division)] = division
    rules.NODE_RULES.append(product)
