"""A1 notation: https://developers.google.com/workspace/sheets/api/guides/concepts#expandable-1"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.services.sheets.errors import invalid

_END = r"([A-Za-z]{1,3})?([1-9]\d{0,7})?"
_CELLS = re.compile(rf"{_END}(?::{_END})?")
_PLAIN_TITLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, counted from 0, the ends excluded.

    title None: the first sheet. No end: to the end of the sheet.
    """

    title: str | None
    first_row: int = 0
    last_row: int | None = None
    first_column: int = 0
    last_column: int | None = None


def parse(text: str, titles: list[str], named: Mapping[str, str]) -> Area:
    """Raises SheetsError (400).

    A word without `!` is cells where it can be (a sheet called Q1 needs quotes), else a named range, else a sheet's
    title.
    """
    title, cells = _split(text)
    if title is not None:
        if title not in titles:
            raise invalid(f"Unable to parse range: {text}")
        return Area(title) if cells is None else _area(title, cells, text)
    assert cells is not None
    if _is_cells(cells):
        return _area(None, cells, text)
    if text in named:
        return parse(named[text], titles, {})
    if text in titles:
        return Area(text)
    raise invalid(f"Unable to parse range: {text}")


def _split(text: str) -> tuple[str | None, str | None]:
    """Title and cells. Quotes around a title are taken off."""
    quoted = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.*))?", text)
    if quoted:
        return quoted[1].replace("''", "'"), quoted[2]
    title, mark, cells = text.rpartition("!")
    return (title, cells) if mark else (None, text)


def _is_cells(cells: str) -> bool:
    match = _CELLS.fullmatch(cells)
    if match is None or cells == "":
        return False
    column, row, end_column, end_row = match.groups()
    if ":" not in cells:
        return column is not None and row is not None
    return (column or row) is not None and (end_column or end_row) is not None


def _area(title: str | None, cells: str, text: str) -> Area:
    match = _CELLS.fullmatch(cells)
    if match is None or not _is_cells(cells):
        raise invalid(f"Unable to parse range: {text}")
    column, row, end_column, end_row = match.groups()
    if ":" not in cells:
        end_column, end_row = column, row
    columns = sorted(column_number(one) for one in (column, end_column) if one)
    rows = sorted(int(one) for one in (row, end_row) if one)
    # A2:C ends with a column only: it goes down to the last row; 2:5 has no columns: it is as wide as the sheet.
    return Area(
        title,
        rows[0] - 1 if rows else 0,
        rows[-1] if row and end_row else None,
        columns[0] - 1 if columns else 0,
        columns[-1] if column and end_column else None,
    )


def column_number(letters: str) -> int:
    """A is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write(title: str, first_row: int, last_row: int, first_column: int, last_column: int) -> str:
    """The way back, as Google's answers have it: 0-based with the ends excluded, the title quoted where it must be."""
    start = f"{column_letters(first_column + 1)}{first_row + 1}"
    end = f"{column_letters(last_column)}{last_row}"
    return f"{quoted(title)}!{start if start == end else f'{start}:{end}'}"


def quoted(title: str) -> str:
    if _PLAIN_TITLE.fullmatch(title) and not _is_cells(title):
        return title
    return "'" + title.replace("'", "''") + "'"
