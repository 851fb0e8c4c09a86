"""The rows of a range of a sheet: matched to its header, with what is wrong in them told by cell.

A header that does not fit is an error: nobody could say which column is which. A cell that holds an error, and a blank
one in the key, are warnings with the address of the cell: such rows are delivered as they are, and staging decides.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from gspread.utils import rowcol_to_a1

from extract.contract import Table
from extract.errors import Terminal

ERRORS: Final = frozenset({"#DIV/0!", "#ERROR!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "Loading..."})
"""What a cell says whose formula has no value; the API gives it as text.

That somebody has typed the same text cannot be told from it, and is no value either.
https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ErrorType
"""

_LISTED: Final = 10

Row = tuple[int, dict[str, Any]]
"""The sheet's own number of a row, from 1, and its cells by header."""


@dataclass(frozen=True)
class Grid:
    """The cells of a range. Empty ones at the end of a row and empty rows at the end may be left out.

    `top` and `left` are the sheet's own numbers, from 1, of the range's first row and column.
    """

    values: Sequence[Sequence[Any]]
    top: int = 1
    left: int = 1

    def address(self, row: int, column: int) -> str:
        """The address of the cell in the sheet's row `row`, and in column `column` of the range, from 0."""
        return str(rowcol_to_a1(row, self.left + column))


def rows(table: Table, grid: Grid) -> list[Row]:
    """The rows below the header that hold anything. Terminal for a header that does not fit the contract."""
    return matched(str(table), grid, table.header_row, {column.path[0] for column in table.columns})


def matched(where: str, grid: Grid, header_row: int | None, wanted: Set[str]) -> list[Row]:
    """The same, with the row of the header, from 1 within the range, and the headers that must be there."""
    position = (header_row or 1) - 1
    top = grid.top + position
    headers = _headers(where, grid, position, wanted)
    found = []
    for number, cells in enumerate(grid.values[position + 1 :], start=top + 1):
        if all(_is_blank(cell) for cell in cells):
            continue
        for column in range(len(headers), len(cells)):
            if not _is_blank(cells[column]):
                cell = grid.address(number, column)
                raise Terminal(f"{where}: cell {cell} lies in a column without a header; name the column in row {top}")
        padded = [*cells[: len(headers)], *[None] * (len(headers) - len(cells))]
        found.append((number, dict(zip(headers, padded, strict=True))))
    return found


def warnings(table: Table, grid: Grid, found: Sequence[Row]) -> tuple[str, ...]:
    """What is wrong in the declared columns of the rows, by address: errors, and blanks in the key."""
    key = {column.path[0] for column in table.columns if column.name in table.key}
    declared = {column.path[0] for column in table.columns}
    errors, blanks = [], []
    for number, cells in found:
        for column, (header, cell) in enumerate(cells.items()):
            if header in declared and cell in ERRORS:
                errors.append(f"{cell} in {grid.address(number, column)}")
            elif header in key and _is_blank(cell):
                blanks.append(grid.address(number, column))
    told = (("cells with errors", errors), ("blank cells in the key", blanks))
    return tuple(f"{table.relation}: {what}: {_some(where)}" for what, where in told if where)


def _headers(where: str, grid: Grid, position: int, wanted: Set[str]) -> list[str]:
    first = grid.values[position] if len(grid.values) > position else []
    row = grid.top + position
    headers = [str(cell).strip() if cell is not None else "" for cell in first]
    problems = [f"cell {grid.address(row, column)} is blank" for column, name in enumerate(headers) if not name]
    counts = Counter(name for name in headers if name)
    problems += [f"{name!r} is there {count} times" for name, count in counts.items() if count > 1]
    problems += [f"{name!r} is missing" for name in sorted(wanted - set(headers))]
    if problems:
        raise Terminal(
            f"{where}: the header, row {row} of the worksheet, does not fit: {', '.join(problems)}; correct it"
        )
    return headers


def _is_blank(cell: Any) -> bool:
    return cell is None or cell == ""


def _some(items: Sequence[str]) -> str:
    more = f", and {len(items) - _LISTED} more" if len(items) > _LISTED else ""
    return f"{', '.join(items[:_LISTED])}{more}"
