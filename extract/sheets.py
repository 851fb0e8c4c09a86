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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from google.auth.credentials import Credentials

from extract.contract import Table
from extract.delivery import Delivery, Failure, Format, RawColumn, fingerprint
from extract.landing import Landing
from extract.sheets_api import GOOGLE, Spreadsheets
from extract.sheets_rows import rows, warnings
from extract.source import Report, each
from extract.spool import Spool, compact
from extract.window import Window

COLUMNS: Final = (RawColumn("row_number", "INT64"), RawColumn("cells", "JSON"))
"""What a line has: the sheet's own number of the row, from 1, and its cells by header."""

_AT_ONCE: Final = 4


class Sheets:
    """The spreadsheets of an `extract.sheets_api.Spreadsheets`, which says what the arguments are."""

    def __init__(
        self,
        spreadsheets: Mapping[str, str],
        api_base: str = GOOGLE,
        credentials: Credentials | None = None,
        patience: float = 90,
    ) -> None:
        self._spreadsheets = Spreadsheets(spreadsheets, api_base, credentials, patience)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is the spreadsheet and what is read of it.

        A sheet has no past: what is delivered is what it holds now. Equal content makes the same delivery.
        """
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        identifier = self._spreadsheets.identifier(str(table), table.relation)
        grid = self._spreadsheets.grid(str(table), table.relation)
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
        delivery = Delivery.of(
            table,
            window,
            id=content,
            format=Format.JSON,
            files=(file,),
            columns=COLUMNS,
            fingerprint=content,
            position=f"spreadsheet {identifier}, {table.relation.partition('/')[2]}",
            warnings=told,
        )
        landing.commit(table, window, delivery)
        return delivery
