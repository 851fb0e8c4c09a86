"""The spreadsheet itself: its metadata, and changes to its tabs and named ranges."""

from typing import Any

from sandbox.services.sheets import a1
from sandbox.services.sheets.errors import invalid
from sandbox.services.sheets.store import Sheets, Spreadsheet, Worksheet


def metadata(spreadsheet: Spreadsheet, worksheets: list[Worksheet]) -> dict[str, Any]:
    """A Spreadsheet resource without grid data."""
    sheets = {one.title: one for one in worksheets}
    answer: dict[str, Any] = {
        "spreadsheetId": spreadsheet.identifier,
        "properties": {
            "title": spreadsheet.title,
            "locale": spreadsheet.locale,
            "timeZone": spreadsheet.time_zone,
            "autoRecalc": "ON_CHANGE",
        },
        "sheets": [{"properties": _properties(one, index)} for index, one in enumerate(worksheets)],
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{spreadsheet.identifier}/edit",
    }
    if spreadsheet.named_ranges:
        answer["namedRanges"] = [
            {"namedRangeId": name, "name": name, "range": _grid_range(text, sheets)}
            for name, text in spreadsheet.named_ranges.items()
        ]
    return answer


def _properties(worksheet: Worksheet, index: int) -> dict[str, Any]:
    return {
        "sheetId": worksheet.sheet_id,
        "title": worksheet.title,
        "index": index,
        "sheetType": "GRID",
        "gridProperties": {"rowCount": worksheet.rows, "columnCount": worksheet.columns},
    }


def _grid_range(text: str, sheets: dict[str, Worksheet]) -> dict[str, int]:
    area = a1.parse(text, list(sheets), {})
    worksheet = sheets[area.title or next(iter(sheets))]
    ends = {"endRowIndex": area.last_row, "endColumnIndex": area.last_column}
    return {
        "sheetId": worksheet.sheet_id,
        "startRowIndex": area.first_row,
        "startColumnIndex": area.first_column,
        **{name: end for name, end in ends.items() if end is not None},
    }


def change(store: Sheets, spreadsheet: Spreadsheet, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The replies to a batchUpdate. Raises SheetsError (400) for a kind of request that the sandbox does not know."""
    replies: list[dict[str, Any]] = []
    for request in requests:
        ((name, content),) = request.items()
        match name:
            case "addSheet":
                replies.append({"addSheet": {"properties": _add(store, spreadsheet, content["properties"])}})
            case "deleteSheet":
                _existing(store, spreadsheet, content["sheetId"])
                if len(store.worksheets(spreadsheet.identifier)) == 1:
                    raise invalid("You can't remove all the sheets in a document.")
                store.delete_worksheet(spreadsheet.identifier, content["sheetId"])
                replies.append({})
            case "updateSheetProperties":
                _update(store, spreadsheet, content["properties"])
                replies.append({})
            case "addNamedRange":
                named = content["namedRange"]
                spreadsheet.named_ranges[named["name"]] = _named(store, spreadsheet, named["range"])
                store.save(spreadsheet)
                replies.append({"addNamedRange": {"namedRange": {**named, "namedRangeId": named["name"]}}})
            case "deleteNamedRange":
                spreadsheet.named_ranges.pop(content["namedRangeId"], None)
                store.save(spreadsheet)
                replies.append({})
            case _:
                raise invalid(f"the sandbox's sheets do not know the request {name}")
    return replies


def _add(store: Sheets, spreadsheet: Spreadsheet, properties: dict[str, Any]) -> dict[str, Any]:
    worksheets = store.worksheets(spreadsheet.identifier)
    _check_title(worksheets, properties["title"])
    grid = properties.get("gridProperties", {})
    identifier = properties.get("sheetId", max((one.sheet_id for one in worksheets), default=-1) + 1)
    added = Worksheet(properties["title"], [], identifier, grid.get("rowCount", 1000), grid.get("columnCount", 26))
    store.save_worksheet(spreadsheet.identifier, added, properties.get("index", len(worksheets)))
    return _properties(added, len(worksheets))


def _update(store: Sheets, spreadsheet: Spreadsheet, properties: dict[str, Any]) -> None:
    worksheet = _existing(store, spreadsheet, properties.get("sheetId", 0))
    others = [one for one in store.worksheets(spreadsheet.identifier) if one.sheet_id != worksheet.sheet_id]
    if "title" in properties:
        _check_title(others, properties["title"])
        worksheet.title = properties["title"]
    grid = properties.get("gridProperties", {})
    worksheet.rows = grid.get("rowCount", worksheet.rows)
    worksheet.columns = grid.get("columnCount", worksheet.columns)
    worksheet.values = [row[: worksheet.columns] for row in worksheet.values[: worksheet.rows]]
    store.save_worksheet(spreadsheet.identifier, worksheet)


def _check_title(worksheets: list[Worksheet], title: str) -> None:
    if any(one.title == title for one in worksheets):
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')


def _existing(store: Sheets, spreadsheet: Spreadsheet, sheet_id: int) -> Worksheet:
    for worksheet in store.worksheets(spreadsheet.identifier):
        if worksheet.sheet_id == sheet_id:
            return worksheet
    raise invalid(f"No sheet with id: {sheet_id}")


def _named(store: Sheets, spreadsheet: Spreadsheet, grid: dict[str, int]) -> str:
    worksheet = _existing(store, spreadsheet, grid.get("sheetId", 0))
    return a1.write(
        worksheet.title,
        grid.get("startRowIndex", 0),
        grid.get("endRowIndex", worksheet.rows),
        grid.get("startColumnIndex", 0),
        grid.get("endColumnIndex", worksheet.columns),
    )
