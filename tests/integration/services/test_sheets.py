"""Spreadsheets, through gspread."""

from typing import Any

import gspread
import pytest
import requests
from google.oauth2 import service_account
from gspread.http_client import HTTPClient
from gspread.utils import Dimension, ValueInputOption, ValueRenderOption

from sandbox.services.oauth import unsigned_token
from tests.integration.services.support import ANALYST, PLATFORM, SPREADSHEET, Server

GOOGLE = "https://sheets.googleapis.com"
WRITE = "https://www.googleapis.com/auth/spreadsheets"


class LocalClient(HTTPClient):
    """gspread's client at another address: its addresses are constants, and all its calls go through here."""

    base = GOOGLE

    def request(self, method: str, endpoint: str, *arguments: Any, **named: Any) -> requests.Response:
        return super().request(method, endpoint.replace(GOOGLE, self.base, 1), *arguments, **named)


def client(server: Server, account: str = "platform", scope: str = WRITE) -> gspread.Client:
    path = str(server.directory / f"{account}.json")
    credentials = service_account.Credentials.from_service_account_file(path, scopes=[scope])
    made = gspread.Client(credentials, http_client=LocalClient)
    made.http_client.base = f"{server.url}/sheets"
    return made


@pytest.fixture
def planning(server: Server) -> gspread.Spreadsheet:
    return client(server).open_by_key(SPREADSHEET)


def test_a_spreadsheet_tells_of_its_worksheets_and_named_ranges(planning: gspread.Spreadsheet) -> None:
    assert planning.title == "planning"
    assert [one.title for one in planning.worksheets()] == ["kpi_targets", "campaign costs", "Q1", "empty"]
    assert (planning.sheet1.row_count, planning.sheet1.col_count) == (1000, 26)
    assert planning.list_named_ranges() == [
        {
            "namedRangeId": "targets",
            "name": "targets",
            "range": {"sheetId": 0, "startRowIndex": 0, "startColumnIndex": 0, "endColumnIndex": 3},
        }
    ]


def test_unformatted_values_keep_their_types_and_end_with_the_last_filled_cell(planning: gspread.Spreadsheet) -> None:
    answer = planning.values_get("kpi_targets", {"valueRenderOption": "UNFORMATTED_VALUE"})
    assert answer == {
        "range": "kpi_targets!A1:Z1000",
        "majorDimension": "ROWS",
        "values": [
            ["Date", "Metric", "Target", "Note"],
            [43831, "mrr", 1000000],
            [43832, "active_users", 1234.5],
            [],
            [43833.5, "mrr", True, "last"],
        ],
    }


def test_formatted_values_are_what_a_person_sees(planning: gspread.Spreadsheet) -> None:
    assert planning.worksheet("kpi_targets").get_values("A2:D5") == [
        ["2020-01-01", "mrr", "1,000,000.00", ""],
        ["2020-01-02", "active_users", "1,234.50", ""],
        ["", "", "", ""],
        ["2020-01-03 12:00:00", "mrr", "TRUE", "last"],
    ]


def test_dates_come_as_text_when_asked(planning: gspread.Spreadsheet) -> None:
    options = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
    assert planning.values_get("kpi_targets!A2:C2", options)["values"] == [["2020-01-01", "mrr", 1000000]]


def test_leading_zeros_errors_and_formulas_come_as_they_are(planning: gspread.Spreadsheet) -> None:
    costs = planning.worksheet("campaign costs")
    assert costs.get("B2:C3", value_render_option=ValueRenderOption.unformatted) == [["007", "#REF!"], ["010", 2]]
    assert costs.get("C3", value_render_option=ValueRenderOption.formula) == [["=1+1"]]


def test_columns_can_be_the_major_dimension(planning: gspread.Spreadsheet) -> None:
    answer = planning.worksheet("campaign costs").get("A1:C2", major_dimension=Dimension.cols)
    assert answer == [["Date", "2020-01-01"], ["Code", "007"], ["Cost", "#REF!"]]


@pytest.mark.parametrize(
    ("asked", "answered", "first"),
    [
        ("kpi_targets", "kpi_targets!A1:Z1000", "Date"),
        ("'campaign costs'", "'campaign costs'!A1:Z1000", "Date"),
        ("campaign costs", "'campaign costs'!A1:Z1000", "Date"),
        ("B2", "kpi_targets!B2", "mrr"),
        ("B:B", "kpi_targets!B1:B1000", "Metric"),
        ("kpi_targets!2:3", "kpi_targets!A2:Z3", 43831),
        ("kpi_targets!B3:C", "kpi_targets!B3:C1000", "active_users"),
        ("kpi_targets!B2:3", "kpi_targets!B2:Z3", "mrr"),
        ("kpi_targets!b2:a1", "kpi_targets!A1:B2", "Date"),
        ("kpi_targets!A2:ZZ5000", "kpi_targets!A2:Z1000", 43831),
        ("Q1", "kpi_targets!Q1", None),
        ("'Q1'", "'Q1'!A1:Z1000", "quarter"),
        ("targets", "kpi_targets!A1:C1000", "Date"),
        ("empty", "empty!A1:Z1000", None),
    ],
)
def test_a_range_is_read_in_every_notation(
    planning: gspread.Spreadsheet, asked: str, answered: str, first: str | int | None
) -> None:
    answer = planning.values_get(asked, {"valueRenderOption": "UNFORMATTED_VALUE"})
    assert answer["range"] == answered
    assert answer["values"][0][0] == first if first is not None else "values" not in answer


def test_a_name_without_quotes_is_rather_a_named_range_than_a_sheet(planning: gspread.Spreadsheet) -> None:
    planning.sheet1.define_named_range("A2:B3", "empty")
    assert planning.values_get("empty")["range"] == "kpi_targets!A2:B3"
    assert planning.values_get("'empty'")["range"] == "empty!A1:Z1000"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("missing!A1", "Unable to parse range: missing!A1"),
        ("missing", "Unable to parse range: missing"),
        ("kpi_targets!A0", "Unable to parse range"),
        ("kpi_targets!", "Unable to parse range"),
        ("AA1", r"Range \(AA1\) exceeds grid limits. Max rows: 1000, max columns: 26"),
        ("kpi_targets!A1001", "exceeds grid limits"),
    ],
)
def test_a_range_that_is_none_is_refused(planning: gspread.Spreadsheet, asked: str, message: str) -> None:
    with pytest.raises(gspread.exceptions.APIError, match=message) as refused:
        planning.values_get(asked)
    assert refused.value.code == 400


def test_a_batch_gives_its_ranges_in_order(planning: gspread.Spreadsheet) -> None:
    answer = planning.values_batch_get(["'Q1'!A1", "campaign costs!B2:B3"])
    assert answer["spreadsheetId"] == SPREADSHEET
    assert [one["values"] for one in answer["valueRanges"]] == [[["quarter"]], [["007"], ["010"]]]


def test_values_are_written_raw_or_as_typed(planning: gspread.Spreadsheet) -> None:
    sheet = planning.worksheet("empty")
    typed = [["007", "2020-01-01", "'08", "TRUE", "x"]]
    sheet.update(typed, "A1", value_input_option=ValueInputOption.raw)
    sheet.update(typed, "A2", value_input_option=ValueInputOption.user_entered)
    assert sheet.get("A1:E2", value_render_option=ValueRenderOption.unformatted) == [
        ["007", "2020-01-01", "'08", "TRUE", "x"],
        [7, 43831, "08", True, "x"],
    ]
    assert sheet.acell("B2").value == "2020-01-01"


def test_rows_are_appended_below_the_last_and_ranges_are_cleared(planning: gspread.Spreadsheet) -> None:
    sheet = planning.worksheet("campaign costs")
    answer = sheet.append_rows([[43833, "011"], [43834, "012"]])
    assert answer["updates"]["updatedRange"] == "'campaign costs'!A4:B5"
    assert sheet.col_values(2) == ["Code", "007", "010", "011", "012"]
    sheet.batch_clear(["B2:B3"])
    assert sheet.col_values(2) == ["Code", "", "", "011", "012"]


def test_worksheets_are_added_renamed_and_deleted(planning: gspread.Spreadsheet) -> None:
    added = planning.add_worksheet("new", rows=10, cols=3)
    assert (added.row_count, added.col_count) == (10, 3)
    added.update_title("newer")
    assert [one.title for one in planning.worksheets()][-1] == "newer"
    with pytest.raises(gspread.exceptions.APIError, match='"newer" already exists'):
        planning.add_worksheet("newer", rows=1, cols=1)
    for worksheet in planning.worksheets()[1:]:
        planning.del_worksheet(worksheet)
    with pytest.raises(gspread.exceptions.APIError, match="can't remove all the sheets"):
        planning.del_worksheet(planning.sheet1)


def test_a_spreadsheet_that_is_not_shared_is_refused_and_an_unknown_one_not_found(server: Server) -> None:
    with pytest.raises(PermissionError):
        client(server, "analyst").open_by_key(SPREADSHEET)
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client(server).open_by_key("1doesNotExist")


@pytest.mark.parametrize(
    ("scope", "action", "allowed"),
    [
        (f"{WRITE}.readonly", "read", True),
        (f"{WRITE}.readonly", "write", False),
        ("https://www.googleapis.com/auth/cloud-platform", "read", False),
        ("https://www.googleapis.com/auth/drive", "write", True),
    ],
)
def test_a_token_opens_what_its_scope_allows(server: Server, scope: str, action: str, allowed: bool) -> None:
    api = client(server, scope=scope).http_client

    def act() -> Any:
        if action == "read":
            return api.values_get(SPREADSHEET, "A1")
        return api.values_update(SPREADSHEET, "A1", {"valueInputOption": "RAW"}, {"values": [["x"]]})

    if allowed:
        assert act()
        return
    with pytest.raises(gspread.exceptions.APIError, match="insufficient authentication scopes") as refused:
        act()
    assert refused.value.code == 403


def get(server: Server, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{server.url}/sheets/v4/spreadsheets/{SPREADSHEET}/values/A1", headers=headers, timeout=10)


@pytest.mark.parametrize("token", [None, "nonsense", "a.b.c", unsigned_token(PLATFORM, WRITE, 1_000_000)])
def test_a_request_without_a_good_token_is_unauthenticated(server: Server, token: str | None) -> None:
    answer = get(server, token)
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_quotas_are_googles_own_per_user_and_per_project_and_last_a_minute(server: Server) -> None:
    server.control("sheets", {"limits": None})
    now = server.control("clock", {"now": 2_000_000_000})["now"]
    users = [unsigned_token(f"user{number}@example.com", WRITE, 2_000_000_000) for number in range(6)]
    for user in users[:5]:
        assert {get(server, user).status_code for _ in range(60)} == {403}
    by_user, by_project = get(server, users[0]), get(server, users[5])
    assert by_user.status_code == by_project.status_code == 429
    assert by_project.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert "'Read requests per minute' of service 'sheets.googleapis.com'" in by_project.json()["error"]["message"]
    assert by_project.json()["error"]["details"][0]["metadata"]["quota_limit_value"] == "300"
    server.control("clock", {"now": now + 59})
    assert get(server, users[0]).status_code == 429
    server.control("clock", {"now": now + 60})
    assert get(server, users[0]).status_code == 403


def test_one_user_alone_may_read_sixty_times_a_minute(server: Server) -> None:
    server.control("sheets", {"limits": None})
    spreadsheet = client(server).http_client
    for _ in range(60):
        spreadsheet.values_get(SPREADSHEET, "A1")
    with pytest.raises(gspread.exceptions.APIError, match="'Read requests per minute per user'") as refused:
        spreadsheet.values_get(SPREADSHEET, "A1")
    assert refused.value.code == 429
    spreadsheet.values_update(
        SPREADSHEET, "A1", {"valueInputOption": "RAW"}, {"values": [["writes are counted apart"]]}
    )


def test_a_whole_spreadsheet_can_be_put_by_a_test(server: Server) -> None:
    sheets = [{"title": "one", "values": [["a", 1]]}]
    put = {"spreadsheetId": "1other", "title": "other", "sharedWith": [ANALYST], "sheets": sheets}
    server.control("sheets", {"spreadsheet": put})
    assert client(server, "analyst").open_by_key("1other").sheet1.get_values() == [["a", "1"]]
