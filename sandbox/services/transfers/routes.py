"""The REST API of BigQuery Data Transfer Service (v1) for configurations of Amazon S3, and their runs.

https://docs.cloud.google.com/bigquery/docs/reference/datatransfer/rest. Names are answered with the project's number,
as by the real service. Who may use it: the administrators of the warehouse, and the access file's `transfer_users`.
"""

import asyncio
import datetime
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import names
from sandbox.services import oauth
from sandbox.services.database import Database
from sandbox.services.transfers import configs, store
from sandbox.services.transfers.errors import (
    CANCELLED,
    FAILED_PRECONDITION,
    INTERNAL,
    INVALID_ARGUMENT,
    NOT_FOUND,
    PERMISSION_DENIED,
    UNAUTHENTICATED,
    TransferError,
)
from sandbox.services.transfers.store import FAILED, IN_PROGRESS, RUNNING, SUCCEEDED, Store, timestamp

PROJECT_NUMBER = "246813579012"
STATES = {"2": "PENDING", "3": "RUNNING", "4": "SUCCEEDED", "5": "FAILED", "6": "CANCELLED"}
SETTINGS = frozenset({"hold", "fail", "unseen", "daily"})
UNAUTHORIZED = "Request had invalid authentication credentials. Expected OAuth 2 access token."
FORBIDDEN = "The principal is missing the permission bigquery.transfers.update"
NOT_THERE = "Requested entity was not found."
_POLL = 0.02

Action = Callable[[Request, dict[str, Any]], dict[str, Any]]


class Transfers:
    """`upstream` has the addresses of AWS, BigQuery and Cloud Storage; without them there are no runs.

    Settings: `hold` keeps runs in the state RUNNING for as long as it is true, `fail` is the error that the next run
    ends with, `unseen` how many of the newest files S3 does not show to the service yet. With `daily` the times of runs
    are cut to midnight, as by data sources that have one run a day.
    """

    def __init__(self, database: Database, keys: Path, upstream: dict[str, str] | None) -> None:
        self._database = database
        self._store = Store(database)
        self._keys = keys
        self._upstream = upstream
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        parent = "/v1/projects/{project}/locations/{location}/transferConfigs"
        one, run = f"{parent}/{{config}}", f"{parent}/{{config}}/runs/{{run}}"
        return [
            Route(f"{one}:startManualRuns", self._endpoint(self._start), methods=["POST"]),
            Route(f"{run}/transferLogs", self._endpoint(self._logs), methods=["GET"]),
            Route(f"{one}/runs", self._endpoint(self._list_runs), methods=["GET"]),
            Route(run, self._endpoint(self._get_run), methods=["GET"]),
            Route(one, self._endpoint(self._get), methods=["GET"]),
            Route(one, self._endpoint(self._delete), methods=["DELETE"]),
            Route(parent, self._endpoint(self._list), methods=["GET"]),
            Route(parent, self._endpoint(self._create), methods=["POST"]),
        ]

    def resume(self) -> None:
        """Goes on with the runs that a killed server left behind."""
        for run in self._store.runs():
            if run["state"] in IN_PROGRESS:
                self._begin(run["name"])

    def _endpoint(self, action: Action) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                self._admit(request)
                body = await request.body()
                with self._database.transaction():
                    answer = action(request, json.loads(body) if body else {})
                for run in answer.get("runs", []) if request.method == "POST" else []:
                    self._begin(run["name"])
                return JSONResponse(answer)
            except TransferError as error:
                return JSONResponse(error.body, status_code=error.http_status)

        return endpoint

    def _admit(self, request: Request) -> None:
        caller = oauth.caller(request)
        if caller is None:
            raise TransferError(UNAUTHENTICATED, UNAUTHORIZED)
        access = self._keys / "access.json"
        policy = json.loads(access.read_text()) if access.exists() else {}
        known = [*policy.get("administrators", ()), *policy.get("transfer_users", ())]
        if f"serviceAccount:{caller.email}" not in known:
            raise TransferError(PERMISSION_DENIED, FORBIDDEN)

    def _parent(self, request: Request) -> str:
        project, location = request.path_params["project"], request.path_params["location"]
        if project not in (names.PROJECT, PROJECT_NUMBER) or location != names.LOCATION.lower():
            raise TransferError(NOT_FOUND, NOT_THERE)
        return f"projects/{PROJECT_NUMBER}/locations/{location}"

    def _config(self, request: Request) -> dict[str, Any]:
        config = self._store.config(f"{self._parent(request)}/transferConfigs/{request.path_params['config']}")
        if config is None:
            raise TransferError(NOT_FOUND, NOT_THERE)
        return config

    def _run(self, request: Request) -> dict[str, Any]:
        run = self._store.run(f"{self._config(request)['name']}/runs/{request.path_params['run']}")
        if run is None:
            raise TransferError(NOT_FOUND, NOT_THERE)
        return run

    def _create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        caller = oauth.caller(request)
        owner = request.query_params.get("serviceAccountName") or (caller.email if caller else "")
        return configs.shown(self._store.add_config(self._parent(request), configs.checked(body), owner))

    def _list(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        wanted = request.query_params.getlist("dataSourceIds")
        found = [configs.shown(config) for config in self._store.configs(self._parent(request))]
        return {"transferConfigs": [one for one in found if not wanted or one["dataSourceId"] in wanted]}

    def _get(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        return configs.shown(self._config(request))

    def _delete(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        self._store.delete_config(self._config(request)["name"])
        return {}

    def _start(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        config = self._config(request)
        if "requestedRunTime" not in body:
            raise TransferError(INVALID_ARGUMENT, "The sandbox starts runs by requestedRunTime only")
        run_time = datetime.datetime.fromisoformat(body["requestedRunTime"])
        if self._database.setting("transfers.daily", False):
            run_time = run_time.replace(hour=0, minute=0, second=0)
        if run_time > datetime.datetime.now(datetime.UTC):
            raise TransferError(INVALID_ARGUMENT, "requested_run_time must not be in the future")
        if any(run["state"] in IN_PROGRESS for run in self._store.runs(config["name"])):
            raise TransferError(FAILED_PRECONDITION, "Simultaneous backfill requests are not supported")
        if config.get("disabled"):
            return {}
        return {"runs": [configs.shown(self._store.add_run(config, run_time))]}

    def _list_runs(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        states = {STATES.get(state, state) for state in request.query_params.getlist("states")}
        found = [configs.shown(run) for run in self._store.runs(self._config(request)["name"])]
        return {"transferRuns": [run for run in found if not states or run["state"] in states]}

    def _get_run(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        return configs.shown(self._run(request))

    def _logs(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        return {"transferMessages": self._store.logs(self._run(request)["name"])}

    def _begin(self, name: str) -> None:
        task = asyncio.get_running_loop().create_task(self._work(name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, name: str) -> None:
        """One run, from PENDING to its end."""
        self._store.update_run(name, state=RUNNING, startTime=timestamp())
        self._store.log(name, "INFO", "Starting the transfer run.")
        while self._database.setting("transfers.hold", False):
            await asyncio.sleep(_POLL)
        try:
            if planned := self._database.setting("transfers.fail", None):
                self._database.set_setting("transfers.fail", None)
                raise TransferError(planned["code"], planned["message"])
            for text in await self._carry(name):
                self._store.log(name, "INFO", text)
            end: dict[str, Any] = {"state": SUCCEEDED}
        except TransferError as error:
            self._store.log(name, "ERROR", error.message)
            state = store.CANCELLED if error.code == CANCELLED else FAILED
            end = {"state": state, "errorStatus": {"code": error.code, "message": error.message}}
        except Exception as error:  # whatever happens, a run comes to an end
            end = {"state": FAILED, "errorStatus": {"code": INTERNAL, "message": f"The sandbox failed: {error!r}"}}
        self._store.update_run(name, **end, endTime=timestamp())

    async def _carry(self, name: str) -> list[str]:
        # boto3 is a slow import for a server that most often carries nothing.
        from sandbox.services.transfers.carry import Task, Upstream, carry

        run, config = self._store.run(name), name.rsplit("/runs/", 1)[0]
        if self._upstream is None or run is None:
            raise TransferError(FAILED_PRECONDITION, "This server was started without the addresses of the others")
        good = [other for other in self._store.runs(config) if other["state"] == SUCCEEDED]
        task = Task(
            dataset=run["destinationDatasetId"],
            owner=self._store.owner(config),
            params=run["params"],
            run_time=datetime.datetime.fromisoformat(run["runTime"]),
            since=datetime.datetime.fromisoformat(good[0]["startTime"]) if good else None,
            unseen=self._database.setting("transfers.unseen", 0),
        )
        return await run_in_threadpool(carry, task, Upstream(**self._upstream))
