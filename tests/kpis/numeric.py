"""BigQuery's NUMERIC: nine decimals; products and quotients are rounded half away from zero, sums are exact.

Checked with ZetaSQL's evaluator: 0.000000001 * 0.5 is 0.000000001, 11000 / 12 is 916.666666667, -1 / 6 is -0.166666667.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

SCALE = 9
Number = int | Decimal


def multiply(left: Number, right: Number) -> Decimal:
    return _rounded(Fraction(left) * Fraction(right))


def divide(dividend: Number | None, divisor: Number) -> Decimal | None:
    """None where there is nothing to divide or to divide by."""
    return None if dividend is None or not divisor else _rounded(Fraction(dividend) / Fraction(divisor))


def total(values: Iterable[Number]) -> Decimal:
    return _rounded(sum((Fraction(value) for value in values), Fraction()))


def _rounded(exact: Fraction) -> Decimal:
    units, rest = divmod(abs(exact.numerator) * 10**SCALE, exact.denominator)
    units += 2 * rest >= exact.denominator
    return Decimal(f"{units if exact >= 0 else -units}E-{SCALE}")
