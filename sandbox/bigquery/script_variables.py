"""`SET (a, b) = (SELECT AS STRUCT ...)` in scripts. Gap: local_bigquery assigns the whole struct to the first variable.

dbt's `insert_overwrite` finds the partitions to replace so.
"""

import uuid

import sqlglot
from local_bigquery.errors import BigQueryError
from local_bigquery.sql import script
from local_bigquery.sql.dialect import BigQueryDialect
from local_bigquery.sql.rules.parameters import VALUE
from local_bigquery.sql.translate import translate
from sqlglot import exp

_set = script.Interpreter.set


def _assignment(statement: script.Statement) -> tuple[list[str], exp.Select] | None:
    """The variables and the query of a tuple assignment; None for every other SET."""
    tree = sqlglot.parse_one(statement.text, dialect=BigQueryDialect)
    if len(tree.expressions) != 1:
        return None
    item = tree.expressions[0].this
    target, value = item.this, item.expression
    if not isinstance(target, exp.Tuple | exp.Paren) or not isinstance(value, exp.Subquery | exp.Paren | exp.Select):
        return None
    select = value if isinstance(value, exp.Select) else value.unnest()
    if not isinstance(select, exp.Select) or (select.args.get("kind") or "").upper() != "STRUCT":
        return None
    targets = target.expressions if isinstance(target, exp.Tuple) else [target.this]
    return [variable.name for variable in targets], select


def assign(self: script.Interpreter, statement: script.Statement) -> None:
    """SET, where the fields of a struct go to the variables in order."""
    if (found := _assignment(statement)) is None:
        _set(self, statement)
        return
    variables, select = found
    stores = [self.variable(name) for name in variables]
    select = select.copy()
    select.set("kind", None)
    if len(select.expressions) != len(stores):
        raise BigQueryError(
            "invalidQuery", f"Number of variables ({len(stores)}) and of fields ({len(select.expressions)}) differ"
        )
    query, bound = translate(select, self.context)
    rows = f'temp.main."__rows_{uuid.uuid4().hex[:12]}"'
    columns = [f"c{index}" for index in range(len(stores))]
    self.cursor.execute(f"CREATE TEMP TABLE {rows} AS SELECT * FROM ({query}) AS q({', '.join(columns)})", bound)
    [(count,)] = self.cursor.sql(f"SELECT count(*) FROM {rows}").fetchall()
    if count > 1:
        raise BigQueryError("invalidQuery", "Scalar subquery produced more than one element")
    for store, column in zip(stores, columns, strict=True):
        self.cursor.execute(f"UPDATE {store} SET {VALUE} = (SELECT {column} FROM {rows})")
    self.cursor.execute(f"DROP TABLE {rows}")


def install() -> None:
    script.Interpreter.set = assign
