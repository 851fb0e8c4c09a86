"""Stripe's parameters: form-encoded, with brackets: created[gte]=1, expand[]=data.customer, items[0][price]=p."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.services.stripe.errors import StripeError

# Forms carry text only. These are the fields that Stripe keeps as numbers and truth values; all others stay text.
INTEGERS = frozenset(
    {
        "amount",
        "amount_off",
        "arrival_date",
        "balance",
        "billing_cycle_anchor",
        "cancel_at",
        "due_date",
        "duration_in_months",
        "gt",
        "gte",
        "interval_count",
        "limit",
        "lt",
        "lte",
        "max_redemptions",
        "quantity",
        "trial_end",
        "unit_amount",
        "created",
    }
)
NUMBERS = frozenset({"percent_off", "percentage"})
BOOLEANS = frozenset({"active", "auto_advance", "cancel_at_period_end", "captured", "deleted", "inclusive"})

Parameters = dict[str, Any]


def parse(encoded: str) -> Parameters:
    """Nested dictionaries and lists. Raises StripeError (400) for a number or truth value that is none."""
    root: Parameters = {}
    for name, text in parse_qsl(encoded, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+|\[\]", name) or [name]
        _place(root, [first, *rest], _value([first, *rest], text, name))
    return {name: _listed(value) for name, value in root.items()}


def _place(level: Parameters, keys: list[str], value: Any) -> None:
    key = str(len(level)) if keys[0] == "[]" else keys[0]
    if len(keys) == 1:
        level[key] = value
        return
    child = level.setdefault(key, {})
    if not isinstance(child, dict):
        raise StripeError(400, "Invalid object", code="parameter_invalid_empty", param=keys[0])
    _place(child, keys[1:], value)


def _listed(value: Any) -> Any:
    """Turns dictionaries with the keys 0, 1, 2 … into lists."""
    if not isinstance(value, dict):
        return value
    children = {key: _listed(child) for key, child in value.items()}
    if children and all(key.isdecimal() for key in children):
        return [children[key] for key in sorted(children, key=int)]
    return children


def _value(keys: list[str], text: str, name: str) -> Any:
    """The typed value of a parameter. Blank text means: take the value away."""
    field = keys[-1]
    if "metadata" in keys or text == "":
        return text
    if field in INTEGERS and text != "now":
        return integer(text, name)
    if field in NUMBERS:
        return _number(text, name)
    if field in BOOLEANS:
        if text not in ("true", "false"):
            raise StripeError(400, f"Invalid boolean: {text}", code="parameter_invalid_boolean", param=name)
        return text == "true"
    return text


def integer(text: str, name: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise StripeError(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def _number(text: str, name: str) -> int | float:
    if not re.fullmatch(r"-?\d{1,15}(\.\d+)?", text):
        raise StripeError(400, f"Invalid decimal: {text}", param=name)
    value = float(text)
    return int(value) if value.is_integer() else value
