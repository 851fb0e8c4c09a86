"""Reading and writing the values of a range."""

from dataclasses import dataclass
from typing import Any

from sandbox.services.sheets import a1
from sandbox.services.sheets.cells import entered, shown
from sandbox.services.sheets.errors import SheetsError, invalid
from sandbox.services.sheets.store import Sheets, Spreadsheet, Worksheet


@dataclass(frozen=True)
class Place:
    """A range of one worksheet, counted from 0, the ends excluded, inside the sheet's grid."""

    worksheet: Worksheet
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    @property
    def name(self) -> str:
        return a1.write(self.worksheet.title, self.first_row, self.last_row, self.first_column, self.last_column)


class Values:
    """The values of one spreadsheet."""

    def __init__(self, store: Sheets, spreadsheet: Spreadsheet) -> None:
        self._store = store
        self._spreadsheet = spreadsheet
        self._worksheets = {one.title: one for one in store.worksheets(spreadsheet.identifier)}

    def place(self, text: str) -> Place:
        """Raises SheetsError (400) for a range that cannot be read or begins outside of the sheet."""
        area = a1.parse(text, list(self._worksheets), self._spreadsheet.named_ranges)
        worksheet = self._worksheets[area.title if area.title is not None else next(iter(self._worksheets))]
        if area.first_row >= worksheet.rows or area.first_column >= worksheet.columns:
            raise _outside(text, worksheet)
        return Place(
            worksheet,
            area.first_row,
            min(area.last_row or worksheet.rows, worksheet.rows),
            area.first_column,
            min(area.last_column or worksheet.columns, worksheet.columns),
        )

    def read(self, text: str, dimension: str, value_option: str, date_option: str) -> dict[str, Any]:
        """A ValueRange. Empty cells at the end of a row and empty rows at the end are left out.

        So is `values`, if nothing is left.
        """
        place = self.place(text)
        rows = [
            [
                shown(place.worksheet, row, column, value_option, date_option)
                for column in range(place.first_column, place.last_column)
            ]
            for row in range(place.first_row, min(place.last_row, len(place.worksheet.values)))
        ]
        if dimension == "COLUMNS":
            rows = [list(column) for column in zip(*rows, strict=True)]
        rows = [_trimmed(row, "") for row in rows]
        answer: dict[str, Any] = {"range": place.name, "majorDimension": dimension}
        if values := _trimmed(rows, []):
            answer["values"] = values
        return answer

    def write(self, text: str, body: dict[str, Any], option: str) -> dict[str, Any]:
        """An UpdateValuesResponse. null leaves a cell as it is; "" empties it."""
        place = self.place(text)
        rows = _rows(body)
        width = max((len(row) for row in rows), default=0)
        if place.first_row + len(rows) > place.worksheet.rows or place.first_column + width > place.worksheet.columns:
            raise _outside(text, place.worksheet)
        count = 0
        for row, cells in enumerate(rows, place.first_row):
            for column, given in enumerate(cells, place.first_column):
                if given is not None:
                    place.worksheet.write(row, column, entered(given, option))
                    count += 1
        self._store.save_worksheet(self._spreadsheet.identifier, place.worksheet)
        last_row, last_column = place.first_row + max(len(rows), 1), place.first_column + max(width, 1)
        return {
            "spreadsheetId": self._spreadsheet.identifier,
            "updatedRange": a1.write(place.worksheet.title, place.first_row, last_row, place.first_column, last_column),
            "updatedRows": len(rows),
            "updatedColumns": width,
            "updatedCells": count,
        }

    def append(self, text: str, body: dict[str, Any], option: str) -> dict[str, Any]:
        """Writes below the last row of the range that holds anything; the sheet grows as needed."""
        place = self.place(text)
        worksheet = place.worksheet
        filled = [
            row
            for row in range(place.first_row, len(worksheet.values))
            if any(
                shown(worksheet, row, column, "UNFORMATTED_VALUE", "SERIAL_NUMBER") != ""
                for column in range(place.first_column, place.last_column)
            )
        ]
        first = filled[-1] + 1 if filled else place.first_row
        worksheet.rows = max(worksheet.rows, first + len(_rows(body)))
        target = a1.write(worksheet.title, first, first + 1, place.first_column, place.first_column + 1)
        updates = self.write(target, body, option)
        return {"spreadsheetId": self._spreadsheet.identifier, "updates": updates}

    def clear(self, text: str) -> str:
        """The range that was emptied."""
        place = self.place(text)
        for cells in place.worksheet.values[place.first_row : place.last_row]:
            for column in range(place.first_column, min(place.last_column, len(cells))):
                cells[column] = None
        self._store.save_worksheet(self._spreadsheet.identifier, place.worksheet)
        return place.name


def _outside(text: str, worksheet: Worksheet) -> SheetsError:
    return invalid(f"Range ({text}) exceeds grid limits. Max rows: {worksheet.rows}, max columns: {worksheet.columns}")


def _rows(body: dict[str, Any]) -> list[list[Any]]:
    rows = body.get("values", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise invalid('Invalid value at "data.values": a list of lists is needed')
    if body.get("majorDimension") == "COLUMNS":
        height = max((len(column) for column in rows), default=0)
        return [[column[row] if row < len(column) else None for column in rows] for row in range(height)]
    return rows


def _trimmed(items: list[Any], empty: Any) -> list[Any]:
    end = len(items)
    while end and items[end - 1] == empty and not isinstance(items[end - 1], bool):
        end -= 1
    return items[:end]
