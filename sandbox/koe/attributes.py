"""Parts of DynamoDB items."""

from base64 import b64encode
from typing import Any

Attribute = dict[str, Any]
"""A value with its type: `{"N": "1.5"}`."""
Item = dict[str, Attribute]
"""Attribute name -> attribute."""


def hundredths(count: int) -> Attribute:
    """A number of two decimals at most, as DynamoDB writes it: without trailing zeros."""
    whole, rest = divmod(abs(count), 100)
    fraction = f".{rest:02d}".rstrip("0") if rest else ""
    return {"N": f"{'-' if count < 0 else ''}{whole}{fraction}"}


def binary(value: bytes) -> Attribute:
    return {"B": b64encode(value).decode()}


def binary_set(values: list[bytes]) -> Attribute:
    return {"BS": [b64encode(value).decode() for value in values]}
