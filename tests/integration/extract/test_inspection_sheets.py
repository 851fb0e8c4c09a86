"""Looking at worksheets and named ranges."""

from collections.abc import Iterator
from typing import Any

import pytest

from extract.errors import Terminal
from extract.inspection import sheets
from extract.inspection.found import ROWS, Found
from extract.sheets_api import SCOPES, Spreadsheets
from sandbox import names, provision
from tests.integration.extract.support import Cloud

SPREADSHEET = "looked-at"
HEADER = ["Date", "来店日", "氏名", "Code", "Cost (JPY)", "Done", "Started", "Took", "Empty", "Mixed", "Date"]
DATES = [0, 6, 7]


@pytest.fixture(autouse=True)
def quota(cloud: Cloud) -> Iterator[None]:
    """Google's own limits again after each test, and no counted requests."""
    cloud.post("services", "/_kura/sheets", {"limits": {"read": 100_000, "read_per_user": 100_000}})
    yield
    cloud.post("services", "/_kura/sheets", {"limits": None})


def look(
    cloud: Cloud, values: list[list[Any]], *key: str, header_row: int | None = None, name: str = "Sheet 1"
) -> Found:
    """What is found in a worksheet of these cells, some of whose columns are dates."""
    sheet = {"title": "Sheet 1", "values": values, "dateColumns": DATES}
    spreadsheet = {
        "spreadsheetId": SPREADSHEET,
        "title": "looked at",
        "sharedWith": [names.PLATFORM],
        "namedRanges": [{"name": "part", "range": "'Sheet 1'!B3:C"}],
        "sheets": [sheet],
    }
    cloud.post("services", "/_kura/sheets", {"spreadsheet": spreadsheet})
    credentials = provision.credentials(cloud.home, "platform").with_scopes(SCOPES)
    spreadsheets = Spreadsheets({"people": SPREADSHEET}, f"{cloud.services}/sheets", credentials, 10)
    return sheets.inspect(spreadsheets, f"people/{name}", key, header_row, cloud.report.append)


def types(found: Found) -> dict[str, str]:
    return {column.name: column.data_type for column in found.columns}


def rows(count: int) -> list[list[Any]]:
    return [
        [
            43831 + one,
            f"{one}日",
            f"山田 花子{one}",
            f"{one:03d}",
            100 * one,
            one % 2 == 0,
            43831.25 + one,
            0.5,
            "",
            one,
        ]
        for one in range(count)
    ]


def test_columns_are_typed_by_their_cells_and_numbers_that_are_dates_by_how_they_are_shown(cloud: Cloud) -> None:
    values = [HEADER[:10], *rows(20)]
    values[3][9] = "a"
    values[4][9] = "b"
    values[5][9] = "c"
    found = look(cloud, values)
    assert types(found) == {
        "date": "DATE",
        "column_b": "STRING",
        "name": "STRING",
        "code": "STRING",
        "cost_jpy": "INT64",
        "done": "BOOL",
        "started": "DATETIME",
        "took": "FLOAT64",
        "empty": "STRING",
        "mixed": "STRING",
    }
    columns = {column.name: column for column in found.columns}
    assert columns["cost_jpy"].path == ("Cost (JPY)",)
    assert columns["took"].remark == "times or durations, in days"
    assert columns["empty"].remark == "no values in the rows looked at"
    assert columns["mixed"].remark == "numbers and text mixed"
    assert [name for name, column in columns.items() if column.personal] == ["name"]
    assert (found.key, found.rows) == (("code",), 20)
    assert "key code: unique in the rows looked at; name another with --key if that is chance" in found.remarks


def test_a_few_cells_of_another_type_do_not_make_a_column_text(cloud: Cloud) -> None:
    values = [["Date", "Cost"], *([43831 + one, 1.5] for one in range(30)), ["未定", "#REF!"], [43900, None]]
    found = look(cloud, values)
    assert types(found) == {"date": "DATE", "cost": "NUMERIC"}
    assert [column.remark for column in found.columns] == ["1 of 32 cells are no DATE, so null in staging", ""]


def test_a_header_may_stand_anywhere_and_a_named_range_has_its_own(cloud: Cloud) -> None:
    values = [["Title"], [], ["", "Code", "Count"], ["", "001", 1], ["", "002", 2]]
    found = look(cloud, values, name="part")
    assert (types(found), found.key, found.rows) == ({"code": "STRING", "count": "INT64"}, ("code",), 2)
    lower = [row[1:] for row in values]
    assert types(look(cloud, lower, header_row=3)) == types(found)


def test_a_key_can_be_named_and_must_be_one(cloud: Cloud) -> None:
    values = [["Day", "Metric"], [43831, "a"], [43831, "b"], [43832, "a"]]
    assert look(cloud, values, "metric", "day").key == ("metric", "day")
    with pytest.raises(Terminal, match="people/Sheet 1: day is no key"):
        look(cloud, values, "day")


def test_no_more_rows_than_a_sample_are_read(cloud: Cloud) -> None:
    assert look(cloud, [["Code"], *([f"{one}"] for one in range(ROWS + 200))]).rows == ROWS


@pytest.mark.parametrize(
    ("values", "name", "problem"),
    [
        ([["Code"]], "Sheet 1", "people/Sheet 1 has no row below its header"),
        ([], "Sheet 1", "has no row below its header"),
        ([HEADER, *rows(2)], "Sheet 1", "'Date' is there 2 times"),
        ([["a", "", "b"], [1, 2, 3]], "Sheet 1", "cell B1 is blank"),
        ([["a"], [1]], "Sheet 2", "there is no worksheet or named range 'Sheet 2'; the spreadsheet has: Sheet 1, part"),
    ],
)
def test_a_sheet_that_cannot_be_a_table_is_told(cloud: Cloud, values: list[list[Any]], name: str, problem: str) -> None:
    with pytest.raises(Terminal, match=problem):
        look(cloud, values, name=name)


def test_a_spreadsheet_that_nobody_has_set_is_told(cloud: Cloud) -> None:
    credentials = provision.credentials(cloud.home, "platform").with_scopes(SCOPES)
    spreadsheets = Spreadsheets({"people": "nothing"}, f"{cloud.services}/sheets", credentials, 10)
    for relation, problem in (
        ("planning/a", "no id is set for spreadsheet planning"),
        ("people/a", "no spreadsheet of"),
    ):
        with pytest.raises(Terminal, match=problem):
            sheets.inspect(spreadsheets, relation, (), None, cloud.report.append)
