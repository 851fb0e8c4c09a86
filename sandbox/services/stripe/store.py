"""Stripe's objects in SQLite: the newest shape of each, whole, as JSON text."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.services.database import Database
from sandbox.services.stripe.kinds import CHILDREN, Kind

Object = dict[str, Any]

# An embedded list shows this many; the rest is under the list's own address.
EMBEDDED = 10


def text(body: Object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


class Store:
    """Reads and writes objects. Knows nothing of requests."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, kind: Kind, identifier: str) -> Object | None:
        """The object, with "deleted": true when it was deleted; None when there never was one."""
        row = self.database.connection.execute(
            "SELECT body FROM stripe_objects WHERE kind = ? AND id = ?", (kind.name, identifier)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def select(
        self, conditions: Sequence[str], values: Sequence[Any], limit: int, *, newest_first: bool
    ) -> list[tuple[str, str]]:
        """(id, body) of the objects that meet all conditions."""
        way = "DESC" if newest_first else "ASC"
        statement = (
            f"SELECT id, body FROM stripe_objects WHERE {' AND '.join(conditions)}"
            f" ORDER BY created {way}, seq {way} LIMIT {limit}"
        )
        return self.database.connection.execute(statement, values).fetchall()

    def position(self, conditions: Sequence[str], values: Sequence[Any], identifier: str) -> tuple[int, int] | None:
        """Where an object stands in a list (created, seq); None when it is not in that list."""
        statement = f"SELECT created, seq FROM stripe_objects WHERE {' AND '.join(conditions)} AND id = ?"
        row: tuple[int, int] | None = self.database.connection.execute(statement, [*values, identifier]).fetchone()
        return row

    def put(self, kind: Kind, body: Object) -> None:
        """Inserts or replaces an object and what it embeds. A replaced object keeps its place in the order."""
        with self.database.transaction():
            self.put_texts(kind, [text(body)])

    def put_texts(self, kind: Kind, bodies: Iterable[str]) -> None:
        """The same for many, given as compact JSON. Raises sqlite3.Error for text that is no JSON object with an id."""
        upsert = (
            "INSERT INTO stripe_objects (kind, parent, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, parent = excluded.parent"
        )
        connection = self.database.connection
        if kind.name not in CHILDREN:
            connection.executemany(upsert, ((kind.name, None, body) for body in bodies))
            return
        place, child = CHILDREN[kind.name]
        for body in bodies:
            parent = json.loads(body)
            if parent.get(place, {}).get("has_more"):
                # The embedded list was cut when it was kept before: what it leaves out is still there.
                connection.execute(upsert, (kind.name, None, body))
                continue
            embedded = parent.get(place, {}).get("data", [])
            if len(embedded) > EMBEDDED:
                parent[place] = {
                    **parent[place],
                    "data": embedded[:EMBEDDED],
                    "has_more": True,
                    "total_count": len(embedded),
                }
                body = text(parent)
            connection.execute(
                "DELETE FROM stripe_objects WHERE parent = ? AND kind = ?", (parent.get("id"), child.name)
            )
            connection.execute(upsert, (kind.name, None, body))
            # The first of an embedded list is the first of its own list, and lists begin with what came last.
            rows = [(child.name, parent["id"], text(one)) for one in reversed(embedded)]
            connection.executemany(upsert, rows)

    def of_customer(self, kind: Kind, customer: str) -> list[Object]:
        conditions, values = ["kind = ?", "customer = ?"], [kind.name, customer]
        return [json.loads(body) for _, body in self.select(conditions, values, -1, newest_first=True)]
