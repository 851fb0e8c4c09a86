"""The server: moto's application, and a few addresses below /_kura for tests and the sandbox's supervisor.

GET  /_kura/health
GET  /_kura/faults     what is planned
POST /_kura/faults     {"source": "dynamodb"|"rds", "kind": "truncate"|"alter"|"fail"|"empty", "table": name or null}:
                       strikes the next export (of that table: a DynamoDB table's name, or schema.table)
DELETE /_kura/faults   forget all, also skipped tables
POST /_kura/clock      {"now": seconds since 1970 or null}: DynamoDB's items are written at this time, until it is null
POST /_kura/rds        {"skip": ["public.teams"]}: RDS exports leave these tables out without a word, until changed
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from sandbox.aws import clock
from sandbox.aws.faults import Faults

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Application:
    """WSGI application."""

    def __init__(self, faults: Faults):
        self._faults = faults
        self._moto: Wsgi = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith("/_kura/"):
            return self._moto(environ, start_response)
        return self._control(Request(environ))(environ, start_response)

    def _control(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/_kura/health":
                return _json({"status": "ok"})
            case "GET", "/_kura/faults":
                return _json(self._faults.describe())
            case "DELETE", "/_kura/faults":
                self._faults.clear()
                return _json(self._faults.describe())
            case "POST", "/_kura/clock":
                return self._set_clock(request)
            case "POST", "/_kura/faults" | "/_kura/rds":
                return self._plan(request)
        return _json({"error": f"no such address: {request.method} {request.path}"}, 404)

    def _set_clock(self, request: Request) -> Response:
        try:
            now = json.loads(request.get_data())["now"]
            clock.stop(None if now is None else float(now))
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)
        return _json({"now": now})

    def _plan(self, request: Request) -> Response:
        try:
            asked = json.loads(request.get_data())
            if request.path == "/_kura/rds":
                self._faults.skipped_tables = {str(table) for table in asked["skip"]}
            else:
                self._faults.add(asked["source"], asked["kind"], asked.get("table"))
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)
        return _json(self._faults.describe())


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value) + "\n", status, content_type="application/json")
