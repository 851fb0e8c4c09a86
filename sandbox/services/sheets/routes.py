"""The addresses of the Sheets API, below /v4/spreadsheets."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.services import oauth
from sandbox.services.clock import Clock
from sandbox.services.database import Database
from sandbox.services.sheets import structure
from sandbox.services.sheets.cells import DATE_OPTIONS, INPUT_OPTIONS, VALUE_OPTIONS
from sandbox.services.sheets.errors import SheetsError, error_info, invalid
from sandbox.services.sheets.quota import Quota
from sandbox.services.sheets.store import Sheets, Spreadsheet
from sandbox.services.sheets.values import Values

_SCOPE = "https://www.googleapis.com/auth/"
# A token for the cloud platform alone does not open Sheets.
WRITE_SCOPES = frozenset(_SCOPE + name for name in ("spreadsheets", "drive", "drive.file"))
READ_SCOPES = WRITE_SCOPES | {_SCOPE + name for name in ("spreadsheets.readonly", "drive.readonly")}

Action = Callable[[Spreadsheet, Request, dict[str, Any]], dict[str, Any]]


class SheetsApi:
    """Each action gets the spreadsheet after identity, scope, quota and sharing have been looked at."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.store = Sheets(database)
        self._quota = Quota(database, clock)

    def routes(self) -> list[Route]:
        one = "/v4/spreadsheets/{id}"
        return [
            Route(f"{one}/values:batchGet", self._endpoint(self._batch_get, "read"), methods=["GET"]),
            Route(f"{one}/values:batchUpdate", self._endpoint(self._batch_update_values, "write"), methods=["POST"]),
            Route(f"{one}/values:batchClear", self._endpoint(self._batch_clear, "write"), methods=["POST"]),
            Route(f"{one}/values/{{range:path}}:append", self._endpoint(self._append, "write"), methods=["POST"]),
            Route(f"{one}/values/{{range:path}}:clear", self._endpoint(self._clear, "write"), methods=["POST"]),
            Route(f"{one}/values/{{range:path}}", self._endpoint(self._get_values, "read"), methods=["GET"]),
            Route(f"{one}/values/{{range:path}}", self._endpoint(self._update, "write"), methods=["PUT"]),
            Route(f"{one}:batchUpdate", self._endpoint(self._batch_update, "write"), methods=["POST"]),
            Route(one, self._endpoint(self._get, "read"), methods=["GET"]),
        ]

    def _endpoint(self, action: Action, kind: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                body = _json(await request.body())
                spreadsheet = self._admitted(request, kind)
                with self.store.database.transaction():
                    return JSONResponse(action(spreadsheet, request, body))
            except SheetsError as error:
                return JSONResponse(error.body, status_code=error.code)

        return endpoint

    def _admitted(self, request: Request, kind: str) -> Spreadsheet:
        caller = oauth.caller(request)
        if caller is None:
            raise SheetsError(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                "valid authentication credential.",
            )
        if not caller.scopes & (READ_SCOPES if kind == "read" else WRITE_SCOPES):
            details = [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", {})]
            raise SheetsError(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", details)
        self._quota.count(kind, caller.email)
        spreadsheet = self.store.get(request.path_params["id"])
        if spreadsheet is None:
            raise SheetsError(404, "NOT_FOUND", "Requested entity was not found.")
        if caller.email not in spreadsheet.shared_with:
            raise SheetsError(403, "PERMISSION_DENIED", "The caller does not have permission")
        return spreadsheet

    def _get(self, spreadsheet: Spreadsheet, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        if request.query_params.get("includeGridData", "false").lower() == "true":
            raise invalid("the sandbox's sheets give no grid data here: read the values")
        return structure.metadata(spreadsheet, self.store.worksheets(spreadsheet.identifier))

    def _batch_update(self, spreadsheet: Spreadsheet, _: Request, body: dict[str, Any]) -> dict[str, Any]:
        try:
            replies = structure.change(self.store, spreadsheet, body.get("requests", []))
        except (KeyError, ValueError, TypeError) as error:
            raise invalid(f"Invalid requests: {type(error).__name__}: {error}") from error
        return {"spreadsheetId": spreadsheet.identifier, "replies": replies}

    def _get_values(self, spreadsheet: Spreadsheet, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        return self._read(spreadsheet, [request.path_params["range"]], request)[0]

    def _batch_get(self, spreadsheet: Spreadsheet, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        ranges = self._read(spreadsheet, request.query_params.getlist("ranges"), request)
        return {"spreadsheetId": spreadsheet.identifier, "valueRanges": ranges}

    def _read(self, spreadsheet: Spreadsheet, ranges: list[str], request: Request) -> list[dict[str, Any]]:
        given = request.query_params
        dimension = _choice(given.get("majorDimension", "ROWS"), ("ROWS", "COLUMNS"), "major_dimension")
        value_option = _choice(given.get("valueRenderOption", "FORMATTED_VALUE"), VALUE_OPTIONS, "value_render_option")
        date_option = _choice(
            given.get("dateTimeRenderOption", "SERIAL_NUMBER"), DATE_OPTIONS, "date_time_render_option"
        )
        values = Values(self.store, spreadsheet)
        return [values.read(text, dimension, value_option, date_option) for text in ranges]

    def _update(self, spreadsheet: Spreadsheet, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        option = _input_option(request.query_params.get("valueInputOption"))
        return Values(self.store, spreadsheet).write(request.path_params["range"], body, option)

    def _batch_update_values(self, spreadsheet: Spreadsheet, _: Request, body: dict[str, Any]) -> dict[str, Any]:
        option = _input_option(body.get("valueInputOption"))
        values = Values(self.store, spreadsheet)
        responses = [values.write(one["range"], one, option) for one in body.get("data", [])]
        totals = {name: sum(one[f"updated{name}"] for one in responses) for name in ("Rows", "Columns", "Cells")}
        return {
            "spreadsheetId": spreadsheet.identifier,
            **{f"totalUpdated{name}": total for name, total in totals.items()},
            "responses": responses,
        }

    def _append(self, spreadsheet: Spreadsheet, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        option = _input_option(request.query_params.get("valueInputOption"))
        return Values(self.store, spreadsheet).append(request.path_params["range"], body, option)

    def _clear(self, spreadsheet: Spreadsheet, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        cleared = Values(self.store, spreadsheet).clear(request.path_params["range"])
        return {"spreadsheetId": spreadsheet.identifier, "clearedRange": cleared}

    def _batch_clear(self, spreadsheet: Spreadsheet, _: Request, body: dict[str, Any]) -> dict[str, Any]:
        values = Values(self.store, spreadsheet)
        return {
            "spreadsheetId": spreadsheet.identifier,
            "clearedRanges": [values.clear(text) for text in body.get("ranges", [])],
        }


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body) if body else {}
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error
    if not isinstance(content, dict):
        raise invalid("Invalid JSON payload received. Unknown name: Root element must be a message.")
    return content


def _choice(given: str, known: tuple[str, ...], name: str) -> str:
    if given not in known:
        raise invalid(f"Invalid value at '{name}', \"{given}\"")
    return given


def _input_option(given: str | None) -> str:
    if given is None:
        raise invalid("'valueInputOption' is required but not specified")
    return _choice(given, INPUT_OPTIONS, "value_input_option")
