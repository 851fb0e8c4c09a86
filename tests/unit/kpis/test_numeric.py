"""Values that ZetaSQL's evaluator gives."""

from decimal import Decimal

import pytest

from tests.kpis.numeric import divide, multiply, total


@pytest.mark.parametrize(
    ("left", "right", "product"),
    [
        ("0.000000001", "0.5", "0.000000001"),
        ("-0.000000001", "0.5", "-0.000000001"),
        ("0.000000001", "0.4", "0"),
        ("916.666666667", "1.5132", "1387.100000001"),
        ("99999999999999999999.999999999", "1", "99999999999999999999.999999999"),
    ],
)
def test_a_product_is_rounded_to_nine_decimals_half_away_from_zero(left: str, right: str, product: str) -> None:
    assert multiply(Decimal(left), Decimal(right)) == Decimal(product)


@pytest.mark.parametrize(
    ("dividend", "divisor", "quotient"),
    [(11000, 12, "916.666666667"), (1, 3, "0.333333333"), (-1, 6, "-0.166666667"), (6, 3, "2")],
)
def test_a_quotient_is_rounded_to_nine_decimals_half_away_from_zero(dividend: int, divisor: int, quotient: str) -> None:
    assert divide(dividend, divisor) == Decimal(quotient)


def test_there_is_no_quotient_of_nothing_and_none_by_zero() -> None:
    assert divide(None, 3) is None
    assert divide(3, 0) is None
    assert divide(3, Decimal("0E-9")) is None
    assert divide(0, 3) == 0


def test_a_sum_is_exact_however_long_its_numbers_are() -> None:
    assert total([Decimal("99999999999999999999999999.000000001")] * 2) == Decimal(
        "199999999999999999999999998.000000002"
    )
    assert total([]) == 0
