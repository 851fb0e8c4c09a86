"""Google Sheets: the rows of a worksheet, each as JSON by header.

    GET /v4/spreadsheets/<id>/values/<worksheet> ─▶ {"row_number", "cells"} a line ─▶ landing bucket

The first row is the header, or the one that `header_row` of the contract names. Values are unformatted, dates are
serial numbers (43831 is 2020-01-01), errors text such as `#REF!`; staging gives them types. The API leaves out empty
cells at the end of a row and empty rows at the end: a header without a cell is null, and rows are never matched to
headers by cutting them.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get
"""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import google.auth
import google.auth.exceptions
import gspread
import requests
from google.auth.credentials import Credentials
from gspread.http_client import HTTPClient, ParamsType
from gspread.utils import DateTimeOption, ValueRenderOption, rowcol_to_a1

from extract.contract import Table
from extract.delivery import Delivery, Failure, Format, RawColumn, fingerprint
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.outside import google_cloud
from extract.source import Report, each
from extract.spool import Spool, compact
from extract.window import Window

COLUMNS: Final = (RawColumn("row_number", "INT64"), RawColumn("cells", "JSON"))
"""What a line has: the sheet's own number of the row, from 1, and its cells by header."""

SCOPES: Final = ("https://www.googleapis.com/auth/spreadsheets.readonly",)

_GOOGLE: Final = "https://sheets.googleapis.com"
_AT_ONCE: Final = 4
_LONGEST_PAUSE: Final = 15.0  # seconds

Row = tuple[int, dict[str, Any]]


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
        """See `extract.source.Source.deliver`. `position` is the spreadsheet and the worksheet.

        A sheet has no past: what is delivered is what it holds now. Equal content makes the same delivery.
        """
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        spreadsheet, worksheet = table.relation.split("/", 1)
        if spreadsheet not in self._spreadsheets:
            known = ", ".join(sorted(self._spreadsheets)) or "none"
            raise Terminal(f"{table}: no id is set for spreadsheet {spreadsheet}; known are: {known}")
        identifier = self._spreadsheets[spreadsheet]
        rows = _rows(table, self._values(table, identifier, worksheet))
        content = fingerprint(compact(row).decode() for row in rows)
        for landed in landing.find(table, window):
            if landed.fingerprint == content:
                report(f"{table}: {len(rows)} rows read, the same as have landed already")
                return landed
        with Spool() as spool:
            for number, cells in rows:
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
            position=f"spreadsheet {identifier}, worksheet {worksheet}",
            window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
        )
        landing.commit(table, window, delivery)
        return delivery

    def _values(self, table: Table, identifier: str, worksheet: str) -> list[list[Any]]:
        """A worksheet's rows of cells, the header first; both may be shorter than the sheet."""
        sheets = self._ask(table, lambda: self._http.fetch_sheet_metadata(identifier))["sheets"]
        titles = [sheet["properties"]["title"] for sheet in sheets]
        if worksheet not in titles:
            raise Terminal(f"{table}: there is no worksheet {worksheet!r}; the spreadsheet has: {', '.join(titles)}")
        quoted = worksheet.replace("'", "''")
        options: ParamsType = {
            "valueRenderOption": ValueRenderOption.unformatted,
            "dateTimeRenderOption": DateTimeOption.serial_number,
        }
        values = self._ask(table, lambda: self._http.values_get(identifier, f"'{quoted}'", options)).get("values", [])
        return list(values)

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


def _rows(table: Table, values: Sequence[Sequence[Any]]) -> list[Row]:
    """The rows below the header that hold anything, with the sheet's own numbers. Terminal for a header not fit."""
    top = table.header_row or 1
    headers = _headers(table, values[top - 1] if len(values) >= top else [], top)
    rows = []
    for number, cells in enumerate(values[top:], start=top + 1):
        if all(cell in ("", None) for cell in cells):
            continue
        for column in range(len(headers), len(cells)):
            if cells[column] not in ("", None):
                where = rowcol_to_a1(number, column + 1)
                raise Terminal(f"{table}: cell {where} lies in a column without a header; name the column in row {top}")
        padded = [*cells[: len(headers)], *[None] * (len(headers) - len(cells))]
        rows.append((number, dict(zip(headers, padded, strict=True))))
    return rows


def _headers(table: Table, first: Sequence[Any], row: int) -> list[str]:
    headers = [str(cell).strip() if cell is not None else "" for cell in first]
    problems = [f"cell {rowcol_to_a1(row, column)} is blank" for column, name in enumerate(headers, 1) if not name]
    counts = Counter(name for name in headers if name)
    problems += [f"{name!r} is there {count} times" for name, count in counts.items() if count > 1]
    wanted = {column.path[0] for column in table.columns}
    problems += [f"{name!r} is missing" for name in sorted(wanted - set(headers))]
    if problems:
        raise Terminal(
            f"{table}: the header, row {row} of the worksheet, does not fit: {', '.join(problems)}; correct it"
        )
    return headers
