"""A worksheet or named range: its columns from the header, their types from the cells below.

A date is a number to the API. Which numbers are dates or times is seen by asking twice: once for serial numbers, once
for text as the cells show it. https://developers.google.com/workspace/sheets/api/reference/rest/v4/DateTimeRenderOption
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from gspread.utils import DateTimeOption, rowcol_to_a1

from extract.errors import Terminal
from extract.inspection import documents, keys
from extract.inspection.fitting import number_type
from extract.inspection.found import ROWS, Found, FoundColumn, Report
from extract.inspection.names import column_name
from extract.sheets_api import Spreadsheets
from extract.sheets_rows import ERRORS, matched

_MOST: Final = 0.9
"""The share of a column's cells that must be of one type; the others are nulls that staging's warning names."""

_EARLIEST: Final = 366
"""Serial numbers below are times of day and durations rather than instants of the year 1900."""

_LATEST: Final = 10**6
_KINDS: Final = {"number": "numbers", "text": "text", "bool": "truth values", "date": "dates"}

Cell = tuple[Any, bool]
"""A cell's value, and whether it is a number that is shown as a date or time."""


def inspect(
    spreadsheets: Spreadsheets, relation: str, key: Sequence[str], header_row: int | None, report: Report
) -> Found:
    """Look at `spreadsheet/worksheet` or `spreadsheet/named range`, whose header is in `header_row`, counted from 1.

    `key` are names of columns that a person chose; without any, the sample is searched for a key. Terminal when there
    is nothing of that name, the header does not fit, there are no rows, or the key is none.
    """
    top = header_row or 1
    report(f"reading up to {ROWS} rows of {relation}")
    grid, shown = (
        spreadsheets.grid(relation, relation, top + ROWS, dates)
        for dates in (DateTimeOption.serial_number, DateTimeOption.formatted_string)
    )
    rows = [cells for _, cells in matched(relation, grid, header_row, frozenset())][:ROWS]
    texts = [cells for _, cells in matched(relation, shown, header_row, frozenset())][:ROWS]
    if not rows or len(rows) != len(texts):
        problem = "has changed while it was read; run it again" if rows else "has no row below its header; fill one in"
        raise Terminal(f"{relation} {problem}")
    columns: list[FoundColumn] = []
    left_out = documents.LeftOut()
    for position, header in enumerate(rows[0]):
        if left_out.is_told(header, rows):
            continue
        cells = [
            (row[header], _is_number(row[header]) and isinstance(text[header], str))
            for row, text in zip(rows, texts, strict=True)
        ]
        present = [cell for cell in cells if cell[0] not in (None, "") and cell[0] not in ERRORS]
        letter = rowcol_to_a1(1, grid.left + position).rstrip("1").lower()
        name = column_name(header, {column.name for column in columns}, f"column_{letter}")
        data_type, remark = _type(present)
        personal = documents.personal(header, data_type, [value for value, _ in present])
        columns.append(FoundColumn(name, data_type, (header,), personal=personal, remark=remark))
    sample = {column.name: [row[column.path[0]] for row in rows] for column in columns}
    if key:
        return Found(relation, tuple(columns), keys.named(relation, key, sample), len(rows), remarks=left_out.remarks)
    chosen = keys.candidate({column.name: (column.data_type, sample[column.name]) for column in columns})
    guess = (f"key {', '.join(chosen)}: unique in the rows looked at; name another with --key if that is chance",)
    return Found(relation, tuple(columns), chosen, len(rows), remarks=left_out.remarks + (guess if chosen else ()))


def _type(cells: Sequence[Cell]) -> tuple[str, str]:
    """The declared type that (nearly) all cells decode as, and what a person should know of the others."""
    if not cells:
        return "STRING", "no values in the rows looked at"
    kinds = Counter(_kind(cell) for cell in cells)
    kind, count = kinds.most_common(1)[0]
    if count < _MOST * len(cells):
        return "STRING", f"{' and '.join(_KINDS[one] for one in sorted(kinds))} mixed"
    values = [cell[0] for cell in cells if _kind(cell) == kind]
    data_type, remark = "STRING", ""
    match kind:
        case "bool":
            data_type = "BOOL"
        case "number":
            data_type = _number_type(values)
        case "date":
            data_type, remark = _date_type(values)
    if data_type != "STRING" and count < len(cells):
        remark = "; ".join(
            filter(None, (remark, f"{len(cells) - count} of {len(cells)} cells are no {data_type}, so null in staging"))
        )
    return data_type, remark


def _number_type(values: Sequence[float]) -> str:
    """Cells are floating point numbers; one with more decimals than NUMERIC has is nothing exact."""
    narrowest = number_type(map(json.dumps, values))
    return narrowest if narrowest in ("INT64", "NUMERIC") else "FLOAT64"


def _date_type(values: Sequence[float]) -> tuple[str, str]:
    if not all(_EARLIEST <= value < _LATEST for value in values):
        return "FLOAT64", "times or durations, in days"
    return ("DATE" if all(float(value).is_integer() for value in values) else "DATETIME"), ""


def _kind(cell: Cell) -> str:
    value, is_date = cell
    if isinstance(value, bool):
        return "bool"
    return "date" if is_date else "number" if _is_number(value) else "text"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
