"""The Sheets API: the cells of a worksheet or of a named range, asked for patiently.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get
"""

import itertools
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import google.auth
import gspread
import requests
from google.auth.credentials import Credentials
from gspread.http_client import HTTPClient, ParamsType
from gspread.utils import DateTimeOption, ValueRenderOption, a1_range_to_grid_range

from extract.errors import Terminal, Transient
from extract.outside import google_cloud
from extract.sheets_rows import Grid

SCOPES: Final = ("https://www.googleapis.com/auth/spreadsheets.readonly",)

GOOGLE: Final = "https://sheets.googleapis.com"
_LONGEST_PAUSE: Final = 15.0  # seconds


class Spreadsheets:
    """Spreadsheets by their logical names: `{"planning": "<spreadsheet id>"}`; several threads may use one.

    `credentials` are Google's default ones where None is passed; they need the scope of SCOPES. `patience` bounds the
    retries of one request, in seconds; quotas are counted by the minute.
    """

    def __init__(
        self, identifiers: Mapping[str, str], api_base: str, credentials: Credentials | None, patience: float
    ) -> None:
        self._identifiers = identifiers
        self._patience = patience
        with google_cloud("preparing the client of Google Sheets"):
            self._http = _HTTPClient(credentials or google.auth.default(scopes=SCOPES)[0])
        self._http.base = api_base.rstrip("/")
        self._http.set_timeout(60)

    def identifier(self, where: str, relation: str) -> str:
        """The id of the spreadsheet of a relation. Terminal when none is set; `where` begins the message, as below."""
        spreadsheet = relation.partition("/")[0]
        if spreadsheet not in self._identifiers:
            known = ", ".join(sorted(self._identifiers)) or "none"
            raise Terminal(f"{where}: no id is set for spreadsheet {spreadsheet}; known are: {known}")
        return self._identifiers[spreadsheet]

    def grid(
        self, where: str, relation: str, rows: int | None = None, dates: DateTimeOption = DateTimeOption.serial_number
    ) -> Grid:
        """The unformatted cells of `spreadsheet/worksheet` or `spreadsheet/named range`.

        With `rows` no more than so many of a worksheet's first ones. Terminal when there is no such thing, with what
        there is, or Google refuses; Transient when it stays busy or away.
        """
        identifier, name = self.identifier(where, relation), relation.partition("/")[2]
        spreadsheet = self._ask(where, relation, lambda: self._http.fetch_sheet_metadata(identifier))
        worksheets = {sheet["properties"]["title"]: sheet["properties"] for sheet in spreadsheet["sheets"]}
        ranges = [named["name"] for named in spreadsheet.get("namedRanges", [])]
        if name not in (*worksheets, *ranges):
            there = ", ".join((*worksheets, *ranges))
            raise Terminal(f"{where}: there is no worksheet or named range {name!r}; the spreadsheet has: {there}")
        place = name
        if name in worksheets:
            # In quotes a name is that of a worksheet alone.
            place = "'" + name.replace("'", "''") + "'"
            if rows is not None:
                place += f"!1:{min(rows, worksheets[name].get('gridProperties', {}).get('rowCount', rows))}"
        options: ParamsType = {"valueRenderOption": ValueRenderOption.unformatted, "dateTimeRenderOption": dates}
        answer = self._ask(where, relation, lambda: self._http.values_get(identifier, place, options))
        # Where the range begins is taken from this answer: rows may be inserted above it between two requests.
        corner = a1_range_to_grid_range(answer["range"].rpartition("!")[2])
        return Grid(answer.get("values", []), corner.get("startRowIndex", 0) + 1, corner.get("startColumnIndex", 0) + 1)

    def _ask(self, where: str, relation: str, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        began = time.monotonic()
        for attempt in itertools.count(1):
            try:
                with google_cloud(f"{where}: reading Google Sheets"):
                    return ask()
            except gspread.exceptions.APIError as error:
                if error.code != 429 and error.code < 500:
                    raise _refused(where, relation, error) from error
                failure = Transient(f"{where}: Google Sheets is busy ({_message(error)}); run again later")
            except Transient as error:
                failure = error
            pause = min(0.5 * 2**attempt, _LONGEST_PAUSE) * random.uniform(0.5, 1)
            if time.monotonic() + pause > began + self._patience:
                raise failure
            time.sleep(pause)
        raise AssertionError("unreachable")


class _HTTPClient(HTTPClient):
    """gspread's own client, with the first part of the address taken from settings."""

    base = GOOGLE

    def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, endpoint.replace(GOOGLE, self.base, 1), *args, **kwargs)


def _refused(where: str, relation: str, error: gspread.exceptions.APIError) -> Terminal:
    if error.code in (401, 403):
        advice = "share the spreadsheet with the service account that extracts, and enable its project's Sheets API"
        return Terminal(f"{where}: Google Sheets refused ({_message(error)}); {advice}")
    if error.code == 404:
        return Terminal(f"{where}: there is no spreadsheet of that id; check the id that is set for {relation}")
    return Terminal(f"{where}: Google Sheets answered {error.code}: {_message(error)}")


def _message(error: gspread.exceptions.APIError) -> str:
    return str(error.error.get("message", ""))
