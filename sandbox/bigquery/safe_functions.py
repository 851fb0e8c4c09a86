"""SAFE.function(...): NULL in place of the function's error, while an error of an argument stays one.

Gap: local_bigquery binds the arguments as the parameter of a lambda and reads that inside TRY, which DuckDB 1.5.2 does
not resolve. A subquery binds them as well; where no argument can fail by itself none is needed.
"""

from typing import Any

from local_bigquery.errors import BigQueryError
from local_bigquery.sql import rules
from local_bigquery.sql.rules import safe
from sqlglot import exp

ARGUMENTS = "_arguments"


def safe_function(node: exp.Expression, context: Any) -> exp.Expression:
    """SAFE.f(a, b) as TRY(f(a, b)), with arguments that may fail evaluated outside. A rule for a node."""
    if not isinstance(node, exp.SafeFunc):
        return node
    function = node.this
    name = (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower().rpartition(".")[2]
    if name in safe.UNSUPPORTED:
        raise BigQueryError("invalidQuery", f"SAFE with function {name} is not supported.")
    safe_by_themselves = exp.Column | exp.Literal | exp.DataType
    fields: list[exp.Expression] = []
    for argument in [each for each in function.iter_expressions() if not isinstance(each, safe_by_themselves)]:
        field = exp.to_identifier(f"a{len(fields)}")
        fields.append(exp.PropertyEQ(this=field, expression=argument.copy()))
        argument.replace(exp.column(field.copy(), table=ARGUMENTS))
    tried = exp.Anonymous(this="TRY", expressions=[function])
    if not fields:
        return tried
    # Of a plain subquery the optimizer would move the arguments back into TRY.
    bound = exp.func("UNNEST", exp.Array(expressions=[exp.Struct(expressions=fields)]))
    return exp.select(tried).from_(exp.select(exp.alias_(bound, ARGUMENTS)).subquery()).subquery()


def install() -> None:
    rules.NODE_RULES[rules.NODE_RULES.index(safe.safe_function)] = safe_function
