"""A stand-in of Metabase's API, as far as applying dashboards needs it: databases, collections, cards, dashboards.

It keeps what it gets and checks what Metabase checks: the key, required fields and their types, that cards and
collections exist. It draws nothing. https://www.metabase.com/docs/latest/api
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.services.database import Database

KEY = "mb_sandbox"
DATABASE = {"id": 2, "name": "kura", "engine": "bigquery-cloud-sdk"}
DISPLAYS = frozenset({"table", "scalar", "line", "bar", "area", "combo", "pie", "row", "progress", "smartscalar"})

Entity = dict[str, Any]


class Refused(Exception):
    """A request that Metabase answers with 400: {"errors": {field: what is wrong}}."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.body = {"errors": {field: problem}}


class Metabase:
    """Collections, cards and dashboards. Everything is made of one table of JSON bodies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> list[Route]:
        return [
            Route("/api/database", self._answers(self._databases)),
            Route("/api/collection", self._answers(self._collections), methods=["GET"]),
            Route("/api/collection", self._answers(self._create_collection), methods=["POST"]),
            Route("/api/collection/{id:int}/items", self._answers(self._items)),
            *(
                route
                for model in ("card", "dashboard")
                for route in (
                    Route(f"/api/{model}", self._answers(self._creates(model)), methods=["POST"]),
                    Route(f"/api/{model}/{{id:int}}", self._answers(self._gets(model)), methods=["GET"]),
                    Route(f"/api/{model}/{{id:int}}", self._answers(self._updates(model)), methods=["PUT"]),
                )
            ),
        ]

    def _answers(self, act: Callable[[Request, Entity], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if request.headers.get("x-api-key") != KEY:
                return PlainTextResponse("Unauthenticated", status_code=401)
            text = await request.body()
            try:
                with self._database.transaction():
                    return JSONResponse(act(request, json.loads(text) if text else {}))
            except Refused as error:
                return JSONResponse(error.body, status_code=400)
            except KeyError:
                return PlainTextResponse("Not found.", status_code=404)

        return endpoint

    def _databases(self, _: Request, __: Entity) -> Any:
        return {"data": [DATABASE], "total": 1}

    def _collections(self, _: Request, __: Entity) -> Any:
        return [{"id": "root", "name": "Our analytics"}, *self._all("collection")]

    def _create_collection(self, _: Request, body: Entity) -> Any:
        _require(body, "name", str)
        return self._keep("collection", {**body, "archived": False})

    def _items(self, request: Request, _: Entity) -> Any:
        identifier = int(request.path_params["id"])
        self._get("collection", identifier)
        models = request.query_params.getlist("models") or ["card", "dashboard"]
        limit, offset = (int(request.query_params.get(name, "0")) for name in ("limit", "offset"))
        limit = limit or 50
        found = [
            {"id": one["id"], "model": model, "name": one["name"], "description": one.get("description")}
            for model in models
            for one in self._all(model)
            if one.get("collection_id") == identifier and not one.get("archived")
        ]
        return {"data": found[offset : offset + limit], "total": len(found), "limit": limit, "offset": offset}

    def _creates(self, model: str) -> Callable[[Request, Entity], Any]:
        def create(_: Request, body: Entity) -> Any:
            _require(body, "name", str)
            if model == "card":
                for field, kind in (("dataset_query", dict), ("display", str), ("visualization_settings", dict)):
                    _require(body, field, kind)
            # `POST /api/dashboard` takes no cards: they come with the update.
            kept = {**body, "dashcards": []} if model == "dashboard" else body
            self._check(model, kept)
            return self._keep(model, {**kept, "archived": False})

        return create

    def _gets(self, model: str) -> Callable[[Request, Entity], Any]:
        return lambda request, _: self._get(model, int(request.path_params["id"]))

    def _updates(self, model: str) -> Callable[[Request, Entity], Any]:
        def update(request: Request, body: Entity) -> Any:
            there = self._get(model, int(request.path_params["id"]))
            self._check(model, body)
            changed = {**there, **body}
            if model == "dashboard" and "dashcards" in body:
                changed["dashcards"] = self._lay_out(there, body["dashcards"])
            self._database.connection.execute(
                "UPDATE metabase SET body = ? WHERE model = ? AND id = ?", (json.dumps(changed), model, there["id"])
            )
            return changed

        return update

    def _lay_out(self, there: Entity, cards: list[Entity]) -> list[Entity]:
        """A negative id makes a card, a known one changes it, and one that is left out is removed."""
        known = {card["id"] for card in there["dashcards"]}
        last = max((*known, there.get("last_dashcard", there["id"] * 1000)))
        found, seen = [], set()
        for card in cards:
            for field in ("id", "row", "col", "size_x", "size_y"):
                _require(card, field, int)
            if card["id"] in seen:
                raise Refused("dashcards", "value must be seq of maps in which ids are unique")
            seen.add(card["id"])
            if card["col"] + card["size_x"] > 24:
                raise Refused("dashcards", "a card lies outside of the grid")
            if card.get("card_id") is not None:
                self._get("card", card["card_id"])
            if card["id"] not in known:
                last += 1
                card = {**card, "id": last}
            found.append(card)
        return found

    def _check(self, model: str, body: Entity) -> None:
        if body.get("collection_id") is not None:
            self._get("collection", body["collection_id"])
        if model == "card" and "dataset_query" in body:
            query = body["dataset_query"]
            if query.get("type") != "native" or query.get("database") != DATABASE["id"]:
                raise Refused("dataset_query", "value must be a query of a database that exists")
            _require(query.get("native", {}), "query", str)
        if model == "card" and body.get("display", "table") not in DISPLAYS:
            raise Refused("display", f"unknown display {body['display']}")

    def _keep(self, model: str, body: Entity) -> Entity:
        cursor = self._database.connection.execute("INSERT INTO metabase (model, body) VALUES (?, '')", (model,))
        kept = {**body, "id": cursor.lastrowid}
        self._database.connection.execute(
            "UPDATE metabase SET body = ? WHERE id = ?", (json.dumps(kept), cursor.lastrowid)
        )
        return kept

    def _all(self, model: str) -> list[Entity]:
        rows = self._database.connection.execute("SELECT body FROM metabase WHERE model = ? ORDER BY id", (model,))
        return [json.loads(body) for (body,) in rows]

    def _get(self, model: str, identifier: int) -> Entity:
        """KeyError when there is none."""
        for one in self._all(model):
            if one["id"] == identifier:
                return one
        raise KeyError(identifier)


def _require(body: Entity, field: str, kind: type) -> None:
    if not isinstance(body.get(field), kind):
        raise Refused(field, f"value must be a {kind.__name__}")
