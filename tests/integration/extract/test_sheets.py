import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from extract.contract import Column, Table
from extract.errors import Terminal, Transient
from extract.replay import Replay
from extract.sheets import Sheets
from extract.sheets_api import SCOPES
from sandbox import names, provision
from tests.integration.extract.support import Cloud

HEADER = ["Date", "Metric", "Target", "Note"]
COLUMNS = (
    Column("target_date", "DATE", "Day.", path=("Date",)),
    Column("metric", "STRING", "Metric.", path=("Metric",)),
    Column("target", "NUMERIC", "Target.", path=("Target",)),
)


@pytest.fixture(autouse=True)
def quota(cloud: Cloud) -> Iterator[None]:
    """Google's own limits again after each test, and no counted requests."""
    cloud.post("services", "/_kura/sheets", {"limits": {"read": 100_000, "read_per_user": 100_000}})
    yield
    cloud.post("services", "/_kura/sheets", {"limits": None})


def source(cloud: Cloud, identifier: str = "extract-planning", patience: float = 30, base: str = "") -> Sheets:
    credentials = provision.credentials(cloud.home, "loader").with_scopes(SCOPES)
    return Sheets({"planning": identifier}, base or f"{cloud.services}/sheets", credentials, patience)


def table(name: str, worksheet: str = "targets") -> Table:
    return Table("sheets", name, "Targets.", f"planning/{worksheet}", "sheet", ("target_date", "metric"), COLUMNS)


def keep(
    cloud: Cloud, values: list[list[Any]], worksheet: str = "targets", shared: str = names.LOADER, **named: str
) -> None:
    """Put a whole spreadsheet in place, with named ranges."""
    sheets = [{"title": "first", "values": []}, {"title": worksheet, "values": values, "dateColumns": [0]}]
    spreadsheet = {"spreadsheetId": "extract-planning", "title": "planning", "sharedWith": [shared], "sheets": sheets}
    spreadsheet["namedRanges"] = [{"name": name, "range": area} for name, area in named.items()]
    cloud.post("services", "/_kura/sheets", {"spreadsheet": spreadsheet})


def loaded(cloud: Cloud, of: Table) -> dict[int, Any]:
    return {row["row_number"]: row["cells"] for row in cloud.rows(of)}


def test_cells_are_loaded_as_they_are_with_dates_as_serial_numbers(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(
        cloud,
        [
            HEADER,
            [43831, "mrr", 1500.5, "007"],
            [43832, "mrr", "#REF!", True],
            [43833, "", 0, {"formula": "=1/0", "value": "#DIV/0!"}],
        ],
    )
    receipt = cloud.load(source(cloud), of)
    assert (receipt.rows_delivered, receipt.rows_loaded) == (3, 3)
    assert loaded(cloud, of) == {
        2: {"Date": 43831, "Metric": "mrr", "Target": 1500.5, "Note": "007"},
        3: {"Date": 43832, "Metric": "mrr", "Target": "#REF!", "Note": True},
        4: {"Date": 43833, "Metric": "", "Target": 0, "Note": "#DIV/0!"},
    }
    assert cloud.warehouse.live_tags("raw_sheets", of.name) == {"cells": "restricted"}


def test_a_short_row_is_filled_with_null_and_never_cut(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831], [43832, "mrr", 1, "all"], [43833, "mrr"]])
    cloud.load(source(cloud), of)
    assert loaded(cloud, of) == {
        2: {"Date": 43831, "Metric": None, "Target": None, "Note": None},
        3: {"Date": 43832, "Metric": "mrr", "Target": 1, "Note": "all"},
        4: {"Date": 43833, "Metric": "mrr", "Target": None, "Note": None},
    }


def test_blank_rows_are_left_out_and_the_others_keep_their_numbers(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1], [], ["", "", None], [43832, "mrr", 2]])
    cloud.load(source(cloud), of)
    assert sorted(loaded(cloud, of)) == [2, 5]


def test_the_header_may_stand_below_a_title(cloud: Cloud) -> None:
    of = dataclasses.replace(table(cloud.name()), header_row=3)
    keep(cloud, [["Targets of the year"], [], HEADER, [43831, "mrr", 1, "x"]])
    cloud.load(source(cloud), of)
    assert loaded(cloud, of) == {4: {"Date": 43831, "Metric": "mrr", "Target": 1, "Note": "x"}}
    keep(cloud, [["Targets of the year"], [], ["Date", "", "Metric", "Target"], [43831, "", "mrr", 1]])
    assert "row 3 of the worksheet, does not fit: cell B3 is blank" in str(cloud.fail(source(cloud), of))


PLAN = [["Plan of the year"], [], ["", *HEADER[:3]], ["x", 43831, "mrr", 1], ["x", 43832, "mrr", "#N/A"]]


@pytest.mark.parametrize("area", ["targets!B3:D5", "targets!B3:D"])
def test_a_named_range_is_read_with_the_numbers_and_addresses_of_the_sheet(cloud: Cloud, area: str) -> None:
    of = table(cloud.name(), "plan")
    keep(cloud, [*PLAN, ["beside", "", "", "", "beyond"]], plan=area)
    receipt = cloud.load(source(cloud), of)
    assert loaded(cloud, of) == {
        4: {"Date": 43831, "Metric": "mrr", "Target": 1},
        5: {"Date": 43832, "Metric": "mrr", "Target": "#N/A"},
    }
    assert receipt.position == "spreadsheet extract-planning, plan"
    assert receipt.warnings == ("planning/plan: cells with errors: #N/A in D5",)


def test_the_header_row_of_a_named_range_counts_from_its_first_row(cloud: Cloud) -> None:
    of = dataclasses.replace(table(cloud.name(), "plan"), header_row=2)
    keep(cloud, PLAN, plan="targets!B2:D")
    cloud.load(source(cloud), of)
    assert sorted(loaded(cloud, of)) == [4, 5]
    keep(cloud, PLAN, plan="targets!A2:D")
    assert "row 3 of the worksheet, does not fit: cell A3 is blank" in str(cloud.fail(source(cloud), of))


def test_a_name_of_both_a_worksheet_and_a_range_means_the_worksheet(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1]], targets="first!A1:C9")
    assert cloud.load(source(cloud), of).rows_loaded == 1


def test_cells_with_errors_and_blank_cells_of_the_key_are_told_by_address(cloud: Cloud) -> None:
    of = table(cloud.name())
    values = [
        ["Note", "Target", "Metric", "Date"],
        ["#REF!", "#REF!", "mrr", 43831],
        ["an error beside the declared columns is nobody's", {"formula": "=1/0", "value": "#DIV/0!"}, "", 43832],
        ["a blank that is no part of the key is a value", "", "mrr"],
        ["a row without any key", 1],
    ]
    keep(cloud, values)
    receipt = cloud.load(source(cloud), of)
    expected = (
        "planning/targets: cells with errors: #REF! in B2, #DIV/0! in B3",
        "planning/targets: blank cells in the key: C3, D4, C5, D5",
    )
    assert (receipt.rows_loaded, receipt.warnings) == (4, expected)
    [newest] = [one for one in cloud.warehouse.receipts.newest() if one.table_name == of.name]
    assert newest.warnings == expected
    replayed = cloud.load(Replay(), of)
    assert replayed.warnings == expected


def test_warnings_follow_the_contract_when_nothing_else_has_changed(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1, "#NAME?"]])
    assert cloud.load(source(cloud), of).warnings == ()
    more = dataclasses.replace(of, columns=(*COLUMNS, Column("note", "STRING", "Note.", path=("Note",))))
    assert cloud.load(source(cloud), more).warnings == ("planning/targets: cells with errors: #NAME? in D2",)


def test_of_many_addresses_the_first_are_told_and_the_others_counted(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, *([day, "mrr", "#REF!"] for day in range(43831, 43843))])
    [warning] = cloud.load(source(cloud), of).warnings
    assert warning.endswith("#REF! in C10, #REF! in C11, and 2 more")


def test_columns_may_move_and_be_added(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [["New", " Target ", "Metric", "Date"], ["x", 1, "mrr", 43831]])
    cloud.load(source(cloud), of)
    assert loaded(cloud, of) == {2: {"New": "x", "Target": 1, "Metric": "mrr", "Date": 43831}}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([["Date", "", "Metric", "Target"], [1, "", 2, 3]], "cell B1 is blank"),
        ([["Date", "Metric", "Target", "Metric"], [1, 2, 3, 4]], "'Metric' is there 2 times"),
        ([["Date", "Metric"], [1, 2]], "'Target' is missing"),
        ([], "'Date' is missing, 'Metric' is missing, 'Target' is missing"),
        ([HEADER[:3], [1, 2, 3, "stray"]], "cell D2 lies in a column without a header"),
    ],
)
def test_a_header_that_does_not_fit_is_named(cloud: Cloud, values: list[list[Any]], problem: str) -> None:
    of = table(cloud.name())
    keep(cloud, values)
    error = cloud.fail(source(cloud), of)
    assert isinstance(error, Terminal)
    assert problem in str(error)


def test_a_rerun_over_an_unchanged_sheet_is_the_same_delivery(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1]])
    first = cloud.load(source(cloud), of)
    assert cloud.load(source(cloud), of).fingerprint == first.fingerprint
    assert any("the same as have landed already" in line for line in cloud.report)


def test_an_emptied_sheet_fails_and_leaves_the_partition_as_it_was(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1]])
    cloud.load(source(cloud), of)
    before = cloud.rows(of)
    keep(cloud, [HEADER])
    assert "the delivery has no rows" in str(cloud.fail(source(cloud), of))
    assert cloud.rows(of) == before


def test_a_worksheet_with_a_quote_in_its_name_is_read(cloud: Cloud) -> None:
    of = table(cloud.name(), "next year's")
    keep(cloud, [HEADER, [43831, "mrr", 1]], "next year's")
    assert cloud.load(source(cloud), of).rows_loaded == 1


def test_a_missing_worksheet_is_terminal_and_tells_which_names_there_are(cloud: Cloud) -> None:
    keep(cloud, [HEADER], plan="targets!A1:C")
    error = cloud.fail(source(cloud), table(cloud.name(), "tragets"))
    assert isinstance(error, Terminal)
    assert "there is no worksheet or named range 'tragets'; the spreadsheet has: first, targets, plan" in str(error)


def test_a_column_that_has_vanished_is_named_before_anything_is_loaded(cloud: Cloud) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1]])
    cloud.load(source(cloud), of)
    before = cloud.rows(of)
    keep(cloud, [["Date", "Metric", "Aim"], [43831, "mrr", 1]])
    assert "does not fit: 'Target' is missing; correct it" in str(cloud.fail(source(cloud), of))
    assert cloud.rows(of) == before


def test_a_spreadsheet_that_is_not_shared_is_terminal(cloud: Cloud) -> None:
    keep(cloud, [HEADER], shared="nobody@example.com")
    error = cloud.fail(source(cloud), table(cloud.name()))
    assert isinstance(error, Terminal)
    assert "share the spreadsheet with the service account that extracts" in str(error)


def test_a_spreadsheet_that_is_not_there_is_terminal(cloud: Cloud) -> None:
    error = cloud.fail(source(cloud, "no-such-sheet"), table(cloud.name()))
    assert isinstance(error, Terminal)
    assert "there is no spreadsheet of that id" in str(error)


def test_a_spreadsheet_without_an_id_is_terminal(cloud: Cloud) -> None:
    of = Table("sheets", cloud.name(), "Rows.", "budget/targets", "sheet", ("metric",), COLUMNS)
    assert "no id is set for spreadsheet budget; known are: planning" in str(cloud.fail(source(cloud), of))


def test_a_used_up_quota_is_waited_for(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    of = table(cloud.name())
    keep(cloud, [HEADER, [43831, "mrr", 1]])
    waits = []

    def minute_passes(seconds: float) -> None:
        waits.append(seconds)
        cloud.post("services", "/_kura/sheets", {"limits": {"read": 100_000, "read_per_user": 100_000}})

    cloud.post("services", "/_kura/sheets", {"limits": {"read_per_user": 0}})
    monkeypatch.setattr("extract.sheets_api.time.sleep", minute_passes)
    assert cloud.load(source(cloud), of).rows_loaded == 1
    assert waits


def test_a_quota_that_stays_used_up_is_transient(cloud: Cloud) -> None:
    keep(cloud, [HEADER])
    cloud.post("services", "/_kura/sheets", {"limits": {"read": 0}})
    error = cloud.fail(source(cloud, patience=0.1), table(cloud.name()))
    assert isinstance(error, Transient)
    assert "Quota exceeded" in str(error)


def test_an_unreachable_service_is_transient(cloud: Cloud) -> None:
    error = cloud.fail(source(cloud, patience=0.1, base="http://127.0.0.1:9"), table(cloud.name()))
    assert isinstance(error, Transient)
    assert "did not answer" in str(error)
