"""Which declared type a sample of texts fits, by the same rules by which staging decodes them.

The macro `decode_text` of the dbt project has the same patterns; a test compares the two.
"""

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

_DATETIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?"
PATTERNS: Final = {
    "INT64": r"-?[0-9]+",
    "FLOAT64": r"-?(?:[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?|Infinity)|NaN",
    "NUMERIC": r"-?[0-9]+(?:[.][0-9]{1,9}0*)?",
    "BIGNUMERIC": r"-?[0-9]+(?:[.][0-9]{1,38}0*)?",
    "BOOL": "true|false",
    "DATE": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "DATETIME": _DATETIME,
    "TIME": "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?",
    "TIMESTAMP": _DATETIME + "(?:Z|[+-][0-9]{2}(?::[0-9]{2})?)",
}
_READ: Final = {
    "DATE": datetime.date.fromisoformat,
    "DATETIME": datetime.datetime.fromisoformat,
    "TIME": datetime.time.fromisoformat,
    "TIMESTAMP": datetime.datetime.fromisoformat,
}
_NUMERIC_DIGITS: Final = 29
_INSTANTS: Final = ("DATE", "DATETIME", "TIMESTAMP", "TIME")
_NUMBERS: Final = ("INT64", "NUMERIC", "BIGNUMERIC")


def fits(data_type: str, text: str) -> bool:
    """Whether staging decodes a text as a value of a scalar type."""
    if data_type not in PATTERNS:
        return True
    if re.fullmatch(PATTERNS[data_type], text) is None:
        return False
    if data_type == "INT64":
        return -(2**63) <= int(text) < 2**63
    if data_type in ("NUMERIC", "BIGNUMERIC"):
        # A number of 39 digits fits BIGNUMERIC only if it is small enough; so narrow a case is left to text.
        return _whole_digits(text) <= (_NUMERIC_DIGITS if data_type == "NUMERIC" else 38)
    if data_type in _READ:
        try:
            _READ[data_type](text)
        except ValueError:
            return False
    return True


def number_type(texts: Iterable[str]) -> str:
    """The narrowest of INT64, NUMERIC and BIGNUMERIC that holds all numbers of a sample exactly, else STRING.

    Whole numbers that only BIGNUMERIC holds are rather identifiers: they are text.
    """
    sample = list(texts)
    narrowest = next((kind for kind in _NUMBERS if all(fits(kind, text) for text in sample)), "STRING")
    if narrowest == "BIGNUMERIC" and any(_whole_digits(text) > _NUMERIC_DIGITS for text in sample):
        return "STRING"
    return narrowest


def text_type(texts: Iterable[str]) -> str:
    """DATE, DATETIME, TIMESTAMP or TIME where each text of a sample is one, and there is at least one; else STRING."""
    sample = list(texts)
    if not sample:
        return "STRING"
    return next((kind for kind in _INSTANTS if all(fits(kind, text) for text in sample)), "STRING")


def _whole_digits(text: str) -> int:
    return len(str(abs(int(Decimal(text)))))


def decimal_type(precision: int, scale: int) -> str:
    """The type that holds all decimals of so many digits, of which `scale` are behind the point."""
    whole = precision - scale
    if scale <= 9 and whole <= _NUMERIC_DIGITS:
        return "NUMERIC"
    return "BIGNUMERIC" if scale <= 38 and whole <= 38 else "STRING"
