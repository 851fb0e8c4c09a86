"""The few calls of Metabase's API that applying dashboards takes.

A dashboard's cards are the list `dashcards` of `PUT /api/dashboard/:id`: one with a negative id is made, one that is
left out is removed. Cards and dashboards are archived, not deleted. https://www.metabase.com/docs/latest/api
"""

from collections.abc import Iterator
from typing import Any, Final

import requests

from extract.errors import Terminal, Transient, one_line
from orchestration.dashboards import iap
from orchestration.environment import secret

TIMEOUT: Final = 60.0
PAGE: Final = 100

Entity = dict[str, Any]


class Metabase:
    """A Metabase at `url`, and the database in it that is our warehouse, by its name there.

    Where it stands behind Identity-Aware Proxy, `iap_audience` is whom our tokens are for; "" where it does not.
    Methods raise Terminal where a person must act and Transient where trying again may help.
    """

    def __init__(self, url: str, key_variable: str, database: str, iap_audience: str = "") -> None:
        if not url:
            raise Terminal("missing environment variable METABASE_URL; set it to Metabase's address")
        self._url = url.rstrip("/")
        self._key_variable = key_variable
        self._database = database
        self._session = requests.Session()
        if iap_audience:
            self._session.auth = iap.ProxyToken(iap_audience)

    def database(self) -> int:
        """The id of the database with our name."""
        answer = self._call("GET", "/api/database")
        found = answer["data"] if isinstance(answer, dict) else answer
        ids = [int(one["id"]) for one in found if one["name"] == self._database]
        if len(ids) != 1:
            names = ", ".join(sorted(str(one["name"]) for one in found)) or "none"
            raise Terminal(
                f"Metabase has {len(ids)} databases named {self._database!r}, and of all: {names}; "
                "set METABASE_DATABASE to the warehouse's name there"
            )
        return ids[0]

    def collections(self) -> list[Entity]:
        """Collections that are not archived."""
        return [one for one in self._call("GET", "/api/collection") if not one.get("archived")]

    def create_collection(self, name: str, description: str) -> Entity:
        return self._one("POST", "/api/collection", {"name": name, "description": description, "parent_id": None})

    def items(self, collection: int, model: str) -> Iterator[Entity]:
        """Cards (`card`) or dashboards (`dashboard`) of a collection, each whole; archived ones are left out."""
        seen = 0
        while True:
            path = f"/api/collection/{collection}/items?models={model}&limit={PAGE}&offset={seen}"
            answer = self._one("GET", path)
            for item in answer["data"]:
                yield self.get(model, item["id"])
            seen += len(answer["data"])
            if not answer["data"] or seen >= int(answer["total"]):
                return

    def get(self, model: str, identifier: int) -> Entity:
        return self._one("GET", f"/api/{model}/{identifier}")

    def create(self, model: str, content: Entity) -> Entity:
        return self._one("POST", f"/api/{model}", content)

    def update(self, model: str, identifier: int, content: Entity) -> Entity:
        return self._one("PUT", f"/api/{model}/{identifier}", content)

    def _one(self, method: str, path: str, content: Entity | None = None) -> Entity:
        answer = self._call(method, path, content)
        if not isinstance(answer, dict):
            raise Terminal(f"Metabase answered {method} {path} with no object; is METABASE_URL its address?")
        return answer

    def _call(self, method: str, path: str, content: Entity | None = None) -> Any:
        headers = {"x-api-key": secret(self._key_variable)}
        what = f"Metabase, {method} {path.partition('?')[0]}"
        try:
            answer = self._session.request(
                method, self._url + path, json=content, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise Transient(f"{what}: {type(error).__name__}; is METABASE_URL {self._url} right?") from None
        if iap.refused(answer):
            raise Terminal(
                f"{what}: refused by Identity-Aware Proxy ({answer.status_code}); set {iap.VARIABLE} to a client that "
                "it lists for programmatic access, and give this account roles/iap.httpsResourceAccessor"
            )
        if answer.status_code in (401, 403):
            raise Terminal(f"{what}: refused ({answer.status_code}); {self._key_variable} needs a key that may write")
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Transient(f"{what}: {answer.status_code} {one_line(answer.text)[:300]}; run it again")
        if not answer.ok or answer.is_redirect:
            raise Terminal(f"{what}: {answer.status_code} {one_line(answer.text)[:300]}")
        try:
            return answer.json()
        except requests.JSONDecodeError:
            raise Terminal(f"{what}: the answer is no JSON; is METABASE_URL {self._url} Metabase's address?") from None
