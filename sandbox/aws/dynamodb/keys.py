"""Key attribute values as bytes that sort as DynamoDB sorts the values: SQLite then keeps the order of sort keys."""

import base64
from decimal import Decimal


def encode(kind: str, value: str | bytes) -> bytes:
    """The sortable bytes of a key attribute of type S, N or B; a B is given as bytes or as base64 text.

    Raises ValueError for other types, and for what is no number in an N.
    """
    if kind == "S" and isinstance(value, str):
        return value.encode()
    if kind == "N" and isinstance(value, str):
        return _number(value)
    if kind == "B":
        return base64.b64decode(value) if isinstance(value, str) else value
    raise ValueError(f"a key attribute cannot be of type {kind}")


def _number(text: str) -> bytes:
    """Sign, exponent and digits; of a negative number each byte inverted, and the end marked, so that it sorts back."""
    try:
        sign, digits, _ = Decimal(text).normalize().as_tuple()
        exponent = Decimal(text).adjusted() + 1000
    except ArithmeticError:
        raise ValueError(f"{text!r} is not a number") from None
    if digits == (0,):
        return b"\x01"
    magnitude = exponent.to_bytes(2) + bytes(digit + 1 for digit in digits)
    if sign:
        return b"\x00" + bytes(255 - byte for byte in magnitude) + b"\xff"
    return b"\x02" + magnitude
