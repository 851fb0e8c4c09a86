"""Google Sheets: the rows of a worksheet or of a named range, each as JSON by header.

    GET /v4/spreadsheets/<id>/values/<worksheet or named range> ─▶ {"row_number", "cells"} a line ─▶ landing bucket

The first row is the header, or the one that `header_row` of the contract names, counted from the first row of what is
read. Values are unformatted, dates are serial numbers (43831 is 2020-01-01), errors text such as `#REF!`; staging gives
them types. The API leaves out empty cells at the end of a row and empty rows at the end: a header without a cell is
null, and rows are never matched to headers by cutting them.

A name that both a worksheet and a named range have means the worksheet: everybody sees the name of a worksheet, and
giving a range that name in some menu must not change what is delivered.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import google.auth
import google.auth.exceptions
import gspread
import requests
from google.auth.credentials import Credentials
from gspread.http_client import HTTPClient, ParamsType
from gspread.utils import DateTimeOption, ValueRenderOption, a1_range_to_grid_range

from extract.contract import Table
from extract.delivery import Delivery, Failure, Format, RawColumn, fingerprint
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.outside import google_cloud
from extract.sheets_rows import Grid, rows, warnings
from extract.source import Report, each
from extract.spool import Spool, compact
from extract.window import Window

COLUMNS: Final = (RawColumn("row_number", "INT64"), RawColumn("cells", "JSON"))
"""What a line has: the sheet's own number of the row, from 1, and its cells by header."""

SCOPES: Final = ("https://www.googleapis.com/auth/spreadsheets.readonly",)

_GOOGLE: Final = "https://sheets.googleapis.com"
_AT_ONCE: Final = 4
_LONGEST_PAUSE: Final = 15.0  # seconds


class Sheets:
    """Spreadsheets by their logical names: `{"planning": "<spreadsheet id>"}`.

    `credentials` are Google's default ones where none are passed; they need the scope of SCOPES. `patience` bounds the
    retries of one request, in seconds; quotas are counted by the minute.
    """

    def __init__(
        self,
        spreadsheets: Mapping[str, str],
        api_base: str = _GOOGLE,
        credentials: Credentials | None = None,
        patience: float = 90,
    ) -> None:
        self._spreadsheets = spreadsheets
        self._patience = patience
        with google_cloud("preparing the client of Google Sheets"):
            self._http = _HTTPClient(credentials or google.auth.default(scopes=SCOPES)[0])
        self._http.base = api_base.rstrip("/")
        self._http.set_timeout(60)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is the spreadsheet and what is read of it.

        A sheet has no past: what is delivered is what it holds now. Equal content makes the same delivery.
        """
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        spreadsheet, name = table.relation.split("/", 1)
        if spreadsheet not in self._spreadsheets:
            known = ", ".join(sorted(self._spreadsheets)) or "none"
            raise Terminal(f"{table}: no id is set for spreadsheet {spreadsheet}; known are: {known}")
        identifier = self._spreadsheets[spreadsheet]
        grid = self._grid(table, identifier, name)
        found = rows(table, grid)
        told = warnings(table, grid, found)
        content = fingerprint(compact(row).decode() for row in found)
        for landed in landing.find(table, window):
            if landed.fingerprint == content:
                report(f"{table}: {len(found)} rows read, the same as have landed already")
                return replace(landed, warnings=told)  # equal cells may mean other things to today's contract
        with Spool() as spool:
            for number, cells in found:
                spool.write({"row_number": number, "cells": cells})
            file = spool.land(landing, f"{landing.folder(table, window, content)}{table.name}.json.gz")
        report(f"{table}: {file.rows} rows landed")
        delivery = Delivery(
            source=table.source,
            table=table.name,
            relation=table.relation,
            partition_id=window.partition_id,
            id=content,
            format=Format.JSON,
            files=(file,),
            columns=COLUMNS,
            rows=file.rows,
            fingerprint=content,
            position=f"spreadsheet {identifier}, {name}",
            window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
            warnings=told,
        )
        landing.commit(table, window, delivery)
        return delivery

    def _grid(self, table: Table, identifier: str, name: str) -> Grid:
        """The cells of a worksheet or named range."""
        spreadsheet = self._ask(table, lambda: self._http.fetch_sheet_metadata(identifier))
        worksheets = [sheet["properties"]["title"] for sheet in spreadsheet["sheets"]]
        ranges = [named["name"] for named in spreadsheet.get("namedRanges", [])]
        if name not in (*worksheets, *ranges):
            there = ", ".join((*worksheets, *ranges))
            raise Terminal(f"{table}: there is no worksheet or named range {name!r}; the spreadsheet has: {there}")
        # In quotes a name is that of a worksheet alone.
        place = "'" + name.replace("'", "''") + "'" if name in worksheets else name
        options: ParamsType = {
            "valueRenderOption": ValueRenderOption.unformatted,
            "dateTimeRenderOption": DateTimeOption.serial_number,
        }
        answer = self._ask(table, lambda: self._http.values_get(identifier, place, options))
        # Where the range begins is taken from this answer: rows may be inserted above it between two requests.
        corner = a1_range_to_grid_range(answer["range"].rpartition("!")[2])
        return Grid(answer.get("values", []), corner.get("startRowIndex", 0) + 1, corner.get("startColumnIndex", 0) + 1)

    def _ask(self, table: Table, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        began = time.monotonic()
        for attempt in itertools.count(1):
            try:
                with google_cloud(f"{table}: reading Google Sheets"):
                    return ask()
            except gspread.exceptions.APIError as error:
                if error.code != 429 and error.code < 500:
                    raise _refused(table, error) from error
                failure = Transient(f"{table}: Google Sheets is busy ({_message(error)}); run again later")
            except Transient as error:
                failure = error
            pause = min(0.5 * 2**attempt, _LONGEST_PAUSE) * random.uniform(0.5, 1)
            if time.monotonic() + pause > began + self._patience:
                raise failure
            time.sleep(pause)
        raise AssertionError("unreachable")


class _HTTPClient(HTTPClient):
    """gspread's own client, with the first part of the address taken from settings."""

    base = _GOOGLE

    def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, endpoint.replace(_GOOGLE, self.base, 1), *args, **kwargs)


def _refused(table: Table, error: gspread.exceptions.APIError) -> Terminal:
    if error.code in (401, 403):
        advice = "share the spreadsheet with the platform's service account, and enable the Sheets API in its project"
        return Terminal(f"{table}: Google Sheets refused ({_message(error)}); {advice}")
    if error.code == 404:
        return Terminal(f"{table}: there is no spreadsheet of that id; check the id that is set for {table.relation}")
    return Terminal(f"{table}: Google Sheets answered {error.code}: {_message(error)}")


def _message(error: gspread.exceptions.APIError) -> str:
    return str(error.error.get("message", ""))
