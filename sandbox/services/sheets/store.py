"""Spreadsheets in SQLite, and the form in which a seed or a test gives one.

    {"spreadsheetId", "title", "sharedWith": [e-mail, …], "locale"?, "timeZone"?, "namedRanges"?: [{"name", "range"}],
     "sheets": [{"title", "values": [[cell, …], …], "dateColumns"?: [0], "numberFormats"?: {"3": "#,##0"},
                 "rowCount"?, "columnCount"?}]}

A cell is text, a number, a truth value, null or "" for an empty one, or {"value", "formula"?, "format"?: "date"}. A
number in one of the dateColumns (counted from 0) is a date. Rows need not be of one length.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.services.database import Database

Cell = Any
LEAST_ROWS, LEAST_COLUMNS = 1000, 26  # what a new sheet has


@dataclass
class Worksheet:
    """One tab. sheet_id: Google's `sheetId`. values[row][column], without trailing empty cells being of any meaning."""

    title: str
    values: list[list[Cell]]
    sheet_id: int = 0
    rows: int = LEAST_ROWS
    columns: int = LEAST_COLUMNS
    date_columns: list[int] = field(default_factory=list)
    number_formats: dict[str, str] = field(default_factory=dict)

    def cell(self, row: int, column: int) -> Cell:
        cells = self.values[row] if row < len(self.values) else []
        return cells[column] if column < len(cells) else None

    def write(self, row: int, column: int, cell: Cell) -> None:
        self.values.extend([] for _ in range(row + 1 - len(self.values)))
        cells = self.values[row]
        cells.extend(None for _ in range(column + 1 - len(cells)))
        cells[column] = cell


@dataclass
class Spreadsheet:
    """A spreadsheet without its tabs' content. named_ranges: name to range in A1 notation."""

    identifier: str
    title: str
    shared_with: list[str]
    named_ranges: dict[str, str]
    locale: str = "en_US"
    time_zone: str = "Etc/GMT"


class Sheets:
    """Reads and writes spreadsheets. Knows nothing of requests."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, given: dict[str, Any]) -> None:
        """Replaces a whole spreadsheet. Raises KeyError, TypeError or ValueError for one of another form."""
        if not given["sheets"]:
            raise ValueError("a spreadsheet has at least one sheet")
        identifier = given["spreadsheetId"]
        named = {one["name"]: one["range"] for one in given.get("namedRanges", [])}
        spreadsheet = Spreadsheet(
            identifier,
            given["title"],
            list(given["sharedWith"]),
            named,
            given.get("locale", "en_US"),
            given.get("timeZone", "Etc/GMT"),
        )
        self.database.connection.execute("DELETE FROM spreadsheets WHERE id = ?", (identifier,))
        self.save(spreadsheet)
        for position, sheet in enumerate(given["sheets"]):
            values = [list(row) for row in sheet["values"]]
            widest = max((len(row) for row in values), default=0)
            worksheet = Worksheet(
                sheet["title"],
                values,
                position,
                sheet.get("rowCount", max(LEAST_ROWS, len(values))),
                sheet.get("columnCount", max(LEAST_COLUMNS, widest)),
                sheet.get("dateColumns", []),
                sheet.get("numberFormats", {}),
            )
            self.save_worksheet(identifier, worksheet, position)

    def get(self, identifier: str) -> Spreadsheet | None:
        row = self.database.connection.execute(
            "SELECT properties FROM spreadsheets WHERE id = ?", (identifier,)
        ).fetchone()
        return None if row is None else Spreadsheet(**json.loads(row[0]))

    def worksheets(self, identifier: str) -> list[Worksheet]:
        """In the order of the tabs."""
        rows = self.database.connection.execute(
            "SELECT body FROM worksheets WHERE spreadsheet = ? ORDER BY position, sheet_id", (identifier,)
        )
        return [Worksheet(**json.loads(body)) for (body,) in rows]

    def save(self, spreadsheet: Spreadsheet) -> None:
        self.database.connection.execute(
            "INSERT INTO spreadsheets VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET properties = excluded.properties",
            (spreadsheet.identifier, json.dumps(asdict(spreadsheet))),
        )

    def save_worksheet(self, identifier: str, worksheet: Worksheet, position: int | None = None) -> None:
        """Keeps a tab; where it stands changes only when a position is given."""
        self.database.connection.execute(
            "INSERT INTO worksheets VALUES (?, ?, coalesce(?, 0), ?) ON CONFLICT (spreadsheet, sheet_id)"
            " DO UPDATE SET body = excluded.body, position = coalesce(?, position)",
            (identifier, worksheet.sheet_id, position, json.dumps(asdict(worksheet), ensure_ascii=False), position),
        )

    def delete_worksheet(self, identifier: str, sheet_id: int) -> None:
        self.database.connection.execute(
            "DELETE FROM worksheets WHERE spreadsheet = ? AND sheet_id = ?", (identifier, sheet_id)
        )
