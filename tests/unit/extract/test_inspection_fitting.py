"""Types that samples fit, by the rules by which staging decodes."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from extract.inspection.fitting import PATTERNS, decimal_type, fits, number_type, text_type

MACRO = Path(__file__).parents[3] / "dbt_project" / "macros" / "decode_text.sql"


def test_the_patterns_are_those_of_the_macro_that_decodes() -> None:
    sets = re.findall(r"\{%- set \w+ = .*? -%\}", MACRO.read_text(), re.DOTALL)
    rendered = Environment().from_string("".join(sets[:2]) + "{{ patterns | tojson }}").render()
    assert json.loads(rendered) == PATTERNS


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["1", "-2", "9223372036854775807"], "INT64"),
        (["9223372036854775808"], "NUMERIC"),
        (["1", "0.123456789"], "NUMERIC"),
        (["0.1234567891", "5"], "BIGNUMERIC"),
        (["12345678901234567890123456789012345678"], "STRING"),
        (["123456789012345678901234567890.5"], "STRING"),
        (["1E+5"], "STRING"),
        (["NaN"], "STRING"),
    ],
)
def test_numbers_have_the_narrowest_type_that_holds_them_exactly(texts: list[str], found: str) -> None:
    assert number_type(texts) == found


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2026-11-22", "1999-01-01"], "DATE"),
        (["2026-11-22T10:00:00", "2026-11-22 10:00:00.5"], "DATETIME"),
        (["2026-11-22T10:00:00.789Z", "2026-11-22 10:00:00+09:00"], "TIMESTAMP"),
        (["10:00:00"], "TIME"),
        (["2026-11-22", "2026-11-22T10:00:00Z"], "STRING"),
        (["2026-02-30"], "STRING"),
        (["2026-11-22T10:00:00.1234567Z"], "STRING"),
        (["2026-11-22", ""], "STRING"),
        ([], "STRING"),
    ],
)
def test_texts_are_instants_only_where_every_one_is(texts: list[str], found: str) -> None:
    assert text_type(texts) == found


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=12), min_size=1))
def test_every_number_fits_the_type_that_is_found_for_all(numbers: list[Decimal]) -> None:
    texts = [format(number, "f") for number in numbers]
    assert all(fits(number_type(texts), text) for text in texts)


@given(st.integers(1, 65), st.integers(0, 30))
def test_the_largest_decimal_fits_the_type_of_its_precision(precision: int, scale: int) -> None:
    scale = min(scale, precision)
    digits = "9" * precision
    text = f"{digits[: precision - scale] or '0'}.{digits[:scale]}" if scale else digits
    assert fits(decimal_type(precision, scale), text)


@pytest.mark.parametrize(
    ("precision", "scale", "found"), [(12, 2, "NUMERIC"), (38, 9, "NUMERIC"), (38, 30, "BIGNUMERIC")]
)
def test_decimals_are_exact(precision: int, scale: int, found: str) -> None:
    assert decimal_type(precision, scale) == found
