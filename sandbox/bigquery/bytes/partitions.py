"""Which partitions a statement's conditions keep ("Query partitioned tables": pruning needs constant expressions).

A condition that can't be evaluated before the statement runs keeps every partition.
"""

import dataclasses
import datetime
from typing import Any

import duckdb
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.sql.translate import Context, translate
from sqlglot import exp

from sandbox.bigquery.access import statements
from sandbox.bigquery.bytes.statistics import Partition, moment

MIRRORED = {exp.EQ: exp.EQ, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}
TYPES_OF_TIME = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "DATETIME")


class NotConstant(Exception):
    """A value that is not known before the statement runs."""


class Evaluator:
    """Evaluates conditions on a partition's column for one statement."""

    def __init__(self, tree: exp.Expr, context: Context) -> None:
        self._context = context
        placeholders = [node for node in tree.find_all(exp.Placeholder, bfs=False) if not node.this]
        self._positions = {id(node): position for position, node in enumerate(placeholders)}
        self._values: dict[int, Any] = {}

    def keeps(self, condition: exp.Expr, partition: Partition | None) -> bool:
        """Whether some row of the partition can meet the condition."""
        try:
            return self._keeps(condition, partition)
        except NotConstant:
            return True

    def _keeps(self, node: exp.Expr, partition: Partition | None) -> bool:
        match node:
            case exp.Paren():
                return self._keeps(node.this, partition)
            case exp.And():
                return self.keeps(node.left, partition) and self.keeps(node.right, partition)
            case exp.Or():
                return self._keeps(node.left, partition) or self._keeps(node.right, partition)
            case exp.Is(expression=exp.Null()):
                return partition is None
            case exp.Not(this=exp.Is(expression=exp.Null())):
                return partition is not None
            case exp.Between():
                low = self._compare(exp.GTE, node.this, node.args["low"], partition)
                return low and self._compare(exp.LTE, node.this, node.args["high"], partition)
            case exp.In() if node.expressions:
                return any(self._compare(exp.EQ, node.this, value, partition) for value in node.expressions)
            case exp.EQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                if node.left.find(exp.Column):
                    return self._compare(type(node), node.left, node.right, partition)
                return self._compare(MIRRORED[type(node)], node.right, node.left, partition)
        raise NotConstant

    def _compare(self, operator: type, side: exp.Expr, value: exp.Expr, partition: Partition | None) -> bool:
        constant = self._constant(value)
        if partition is None or constant is None:
            return False
        low, high = self._bounds(side, partition)
        try:
            if operator is exp.EQ:
                return bool(low <= constant <= high)
            if operator is exp.LT:
                return bool(low < constant)
            if operator is exp.LTE:
                return bool(low <= constant)
            return bool(high > constant if operator is exp.GT else high >= constant)
        except TypeError:
            raise NotConstant from None

    def _bounds(self, side: exp.Expr, partition: Partition) -> tuple[Any, Any]:
        """The least and the greatest value that the side can have in the partition."""
        low, high = partition.low, partition.high
        match side:
            case exp.Column():
                if side.name.casefold() == "_partitiondate":
                    return _day(low), _day(high)
                return low, high
            case exp.Paren():
                return self._bounds(side.this, partition)
            case exp.Cast() if side.to.this.name in TYPES_OF_TIME:
                low, high = self._bounds(side.this, partition)
                return (_day(low), _day(high)) if side.to.this.name == "DATE" else (low, high)
            case exp.Date() | exp.TsOrDsToDate() if not side.args.get("zone") and not side.expressions:
                low, high = self._bounds(side.this, partition)
                return _day(low), _day(high)
            case exp.Timestamp() | exp.Datetime() if not side.args.get("zone") and not side.expression:
                return self._bounds(side.this, partition)
            case exp.TimestampTrunc() | exp.DateTrunc() | exp.DatetimeTrunc() if side.text("unit").upper() == "DAY":
                low, high = self._bounds(side.this, partition)
                return _day(low), _day(high)
        raise NotConstant

    def _constant(self, node: exp.Expr) -> Any:
        if node.find(exp.Column):
            raise NotConstant
        key = id(node)
        if key not in self._values:
            self._values[key] = _literal(node)
            if self._values[key] is NotConstant:
                self._values[key] = self._evaluated(node)
        value = self._values[key]
        if value is NotConstant:
            raise NotConstant
        return value

    def _evaluated(self, node: exp.Expr) -> Any:
        """The expression's value, from DuckDB; NotConstant when it calls functions of the user's, or fails."""
        if any(not call.name.startswith("bq.main.") for call in node.find_all(exp.Anonymous)) or node.find(exp.Dot):
            return NotConstant
        positions = [
            self._positions[id(item)] for item in node.find_all(exp.Placeholder) if id(item) in self._positions
        ]
        context = dataclasses.replace(
            self._context, used=set(), referenced=set(), position=min(positions, default=self._context.position)
        )
        try:
            sql, bound = statements.unchecked(translate)(exp.select(exp.alias_(node.copy(), "value")), context)
            with database.cursor() as cursor:
                ((value,),) = cursor.execute(sql, bound).fetchall()
        except (BigQueryError, duckdb.Error):
            return NotConstant
        return _comparable(value)


def _day(value: datetime.datetime) -> datetime.datetime:
    return value.replace(hour=0, minute=0, second=0, microsecond=0)


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return moment(value)
    if isinstance(value, str):
        try:
            return moment(datetime.datetime.fromisoformat(value))
        except ValueError:
            return NotConstant
    return value


def _literal(node: exp.Expr) -> Any:
    """The value of a plain literal without asking DuckDB; NotConstant for everything else."""
    while isinstance(node, exp.Paren | exp.Date | exp.Timestamp | exp.Cast) and len(node.args) <= 3:
        if isinstance(node, exp.Cast) and node.to.this.name not in TYPES_OF_TIME:
            return NotConstant
        if not isinstance(node, exp.Cast) and any(value for key, value in node.args.items() if key != "this"):
            return NotConstant
        node = node.this
    if not isinstance(node, exp.Literal):
        return NotConstant
    return _comparable(node.name) if node.is_string else int(node.name) if node.is_int else NotConstant
