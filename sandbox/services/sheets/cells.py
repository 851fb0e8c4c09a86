"""What a cell shows, and what is understood when something is typed into one.

Rendering: ValueRenderOption and DateTimeRenderOption of
https://developers.google.com/workspace/sheets/api/reference/rest/v4.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.services.sheets.errors import invalid
from sandbox.services.sheets.store import Cell, Worksheet

VALUE_OPTIONS = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
DATE_OPTIONS = ("SERIAL_NUMBER", "FORMATTED_STRING")
INPUT_OPTIONS = ("RAW", "USER_ENTERED")
_EPOCH = datetime(1899, 12, 30)  # day 0 of serial numbers


def shown(worksheet: Worksheet, row: int, column: int, value_option: str, date_option: str) -> Any:
    """What a cell shows, as JSON; "" for an empty one."""
    cell = worksheet.cell(row, column)
    details: dict[str, Any] = cell if isinstance(cell, dict) else {}
    value = details.get("value") if details else cell
    if value is None or value == "":
        return ""
    if value_option == "FORMULA" and "formula" in details:
        return details["formula"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_date = is_number and (details.get("format") == "date" or column in worksheet.date_columns)
    if value_option == "FORMATTED_VALUE":
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if is_date:
            return _date_text(value)
        return _number_text(value, worksheet.number_formats.get(str(column), "")) if is_number else value
    if is_date and date_option == "FORMATTED_STRING":
        return _date_text(value)
    return value


def _date_text(serial: float) -> str:
    moment = _EPOCH + timedelta(days=serial)
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return moment.strftime("%Y-%m-%d") if float(serial).is_integer() else moment.strftime("%Y-%m-%d %H:%M:%S")


def _number_text(value: int | float, pattern: str) -> str:
    """Automatic format (ten significant digits), or a pattern of the kind #,##0.00."""
    if not pattern:
        return str(value) if isinstance(value, int) else f"{value:.10g}"
    decimals = len(pattern.partition(".")[2])
    return f"{value:,.{decimals}f}" if "," in pattern else f"{value:.{decimals}f}"


def entered(given: Any, option: str) -> Cell:
    """What a cell holds after a value was written to it. RAW keeps it; USER_ENTERED reads it as if it had been typed.

    Raises SheetsError (400): sheets of the sandbox do not calculate, so a formula cannot be typed.
    """
    if not isinstance(given, str | int | float | bool):
        raise invalid(f"Invalid values: {given!r} is not a cell")
    if option == "RAW" or not isinstance(given, str):
        return given
    if given.startswith("'"):
        return given[1:]
    if given.startswith("="):
        raise invalid("the sandbox's sheets do not calculate: give the cell with its value through /_kura/sheets")
    if given.upper() in ("TRUE", "FALSE"):
        return given.upper() == "TRUE"
    if re.fullmatch(r"-?\d{1,15}", given):
        return int(given)
    if re.fullmatch(r"-?\d*\.\d+(e[+-]?\d+)?", given, re.IGNORECASE):
        return float(given)
    try:
        day = date.fromisoformat(given.replace("/", "-"))
    except ValueError:
        return given
    return {"value": (day - _EPOCH.date()).days, "format": "date"}
