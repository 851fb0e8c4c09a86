"""What takes a policy tag off a value. Nothing else does, but a declaration in the model's YAML."""

from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from extract.contract import TAGS

PEPPERS: Final = ("ops", "peppers")
"""Dataset and table with the secret peppers: columns `name` and `pepper`."""


@dataclass(frozen=True)
class Declassifier:
    """`lifts` are the tags that it takes off. `types` are those that a column must have for that, `but` must not."""

    name: str
    matches: str
    safe_because: str
    lifts: frozenset[str]
    types: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def applies(self, tag: str, data_type: str) -> bool:
        known = data_type.upper()
        return tag in self.lifts and (not self.types or known in self.types) and known not in self.but


_PERSONAL_OR_FINANCIAL: Final = frozenset({"pii", "financial"})

COUNT: Final = Declassifier(
    "count",
    "count, countif, count(distinct ...) and approx_count_distinct; their window's PARTITION BY, not its ORDER BY",
    "how many rows there are says nothing of the values in them; an order would make it a rank",
    TAGS,
)
PRESENCE: Final = Declassifier(
    "presence",
    "x is [not] null; json_type(x) compared with a constant; x compared with ''; each of a column itself and not of "
    "something calculated, for `nullif(x, y) is null` compares",
    "whether something is there does not say what",
    TAGS,
)
TEST: Final = Declassifier(
    "boolean test",
    "a comparison (=, <, in, between, like, starts_with, regexp_contains ...) of what is made of one column with "
    "constants; CASE x WHEN constant. `salary - n > 0` is `salary > n` in other words, wherever the difference is made",
    "true or false by a limit that stands in the code; with anything but constants, rows could be played against each "
    "other until the value is known. Of a boolean column it would be the value itself, and of restricted data nobody "
    "knows what a single bit gives away",
    _PERSONAL_OR_FINANCIAL,
    but=frozenset({"BOOL", "BOOLEAN"}),
)
YEAR: Final = Declassifier(
    "year of a date",
    "extract(year from x), date_trunc(x, year), date_diff(constant, x, year), each of a column itself and not of "
    "something calculated, which could hide any number in a year",
    "thousands share a year of birth",
    frozenset({"pii"}),
    types=frozenset({"DATE", "DATETIME", "TIMESTAMP"}),
)
PSEUDONYM: Final = Declassifier(
    "peppered hash",
    "sha256 or sha512 of concat((select pepper from ops.peppers where name = '...'), x): the macro `pseudonym`",
    "without the secret nobody can hash all addresses or birthdays and look the result up; an unpeppered hash is no "
    "declassifier",
    _PERSONAL_OR_FINANCIAL,
)

ALL: Final = {known.name: known for known in (COUNT, PRESENCE, TEST, YEAR, PSEUDONYM)}

_COUNTS: Final = (exp.Count, exp.CountIf, exp.ApproxDistinct)
_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_PATTERNS: Final = (exp.Like, exp.RegexpLike, exp.StartsWith, exp.EndsWith, exp.Contains)
_YEARS: Final = frozenset({"YEAR", "ISOYEAR"})
_VARYING: Final = (
    *(exp.Column, exp.Identifier, exp.Query, exp.Dot, exp.Anonymous, exp.AggFunc, exp.Window, exp.Lambda, exp.Star),
    *(exp.Parameter, exp.Placeholder, exp.SessionParameter, exp.Rand, exp.Uuid, exp.SessionUser, exp.CurrentUser),
    *(exp.Command, exp.Table, exp.Unnest, exp.Var),
)


def is_count(node: exp.Expr) -> bool:
    return isinstance(node, _COUNTS)


def is_constant(node: exp.Expr | None) -> bool:
    """Whether the expression has the same value in every row, and mentions nothing but what stands in it."""
    return node is not None and all(not isinstance(part, _VARYING) or _is_unit(part) for part in node.walk())


def tested(node: exp.Expr) -> tuple[Declassifier, exp.Expr] | None:
    """The declassifier of a condition on one expression, and that expression; None where it is no such condition."""
    match node:
        case exp.Is(this=operand, expression=exp.Null()):
            return PRESENCE, operand
        case exp.Is(this=operand, expression=exp.Boolean()):
            return TEST, operand
        case exp.Between(this=operand):
            constant = is_constant(node.args.get("low")) and is_constant(node.args.get("high"))
            return (TEST, operand) if constant else None
        case exp.In(this=operand):
            listed = [*node.expressions, *([node.args["unnest"]] if node.args.get("unnest") else [])]
            constants = all(_is_constant_list(item) for item in listed)
            return (TEST, operand) if listed and constants and not node.args.get("query") else None
    if isinstance(node, _COMPARISONS):
        for operand, other in ((node.this, node.expression), (node.expression, node.this)):
            if is_constant(other):
                return _compared(operand, other), operand
    if isinstance(node, _PATTERNS) and is_constant(node.expression):
        return TEST, node.this
    return None


def year_of(node: exp.Expr) -> exp.Expr | None:
    """The date of which this is the year, or a number of years from a constant."""
    date: exp.Expr | None = None
    zone = node.args.get("zone")
    if isinstance(node, exp.Extract) and node.name.upper() in _YEARS:
        date = node.expression
        if isinstance(date, exp.AtTimeZone):
            date, zone = date.this, date.args["zone"]
    elif isinstance(node, exp.DateTrunc | exp.TimestampTrunc | exp.DatetimeTrunc) and _unit(node) in _YEARS:
        date = node.this
    elif isinstance(node, exp.DateDiff | exp.DatetimeDiff) and _unit(node) in _YEARS:
        sides = ((node.this, node.expression), (node.expression, node.this))
        date = next((operand for operand, other in sides if is_constant(other)), None)
    return date if zone is None or is_constant(zone) else None


def peppered(node: exp.Expr) -> tuple[exp.Table, list[exp.Expr]] | None:
    """The table of peppers and what is hashed behind the pepper; None where this is no hash with a secret pepper."""
    if not isinstance(node, exp.SHA2Digest | exp.SHA2) or not isinstance(node.this, exp.Concat):
        return None
    first, *hashed = node.this.expressions
    select = first.this if isinstance(first, exp.Subquery) and _given(first) == {"this"} else None
    if not hashed or not isinstance(select, exp.Select) or _given(select) != {"expressions", "from_", "where"}:
        return None
    table, which, selected = select.args["from_"].this, select.args["where"].this, select.expressions
    is_table = isinstance(table, exp.Table) and _given(table) <= {"this", "db", "catalog"}
    is_pepper = len(selected) == 1 and isinstance(selected[0], exp.Column) and selected[0].name.casefold() == "pepper"
    named = isinstance(which, exp.EQ) and isinstance(which.this, exp.Column) and which.this.name.casefold() == "name"
    if is_table and is_pepper and named and isinstance(which.expression, exp.Literal):
        return table, hashed
    return None


def _given(node: exp.Expr) -> set[str]:
    return {key for key, given in node.args.items() if given}


def _compared(operand: exp.Expr, constant: exp.Expr) -> Declassifier:
    empty = isinstance(constant, exp.Literal) and constant.is_string and constant.this == ""
    equality = isinstance(operand.parent, exp.EQ | exp.NEQ)
    return PRESENCE if equality and (empty or isinstance(operand, exp.JSONType)) else TEST


def _is_constant_list(node: exp.Expr) -> bool:
    inside = node.expressions if isinstance(node, exp.Unnest) else [node]
    return all(is_constant(item) for item in inside)


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return unit.name.upper() if isinstance(unit, exp.Var | exp.Literal) else ""


def _is_unit(node: exp.Expr) -> bool:
    """Whether a word is a part of a date, such as DAY, and not the name of anything."""
    return isinstance(node, exp.Var) and (
        node.arg_key == "unit" or (isinstance(node.parent, exp.Extract) and node.arg_key == "this")
    )
