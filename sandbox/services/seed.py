"""Replacing all Stripe objects and spreadsheets by those of a seed directory.

DIR/stripe/<kind>.json.gz   a JSON object a line, in Stripe's newest shape, compact; "deleted": true marks a deleted one
DIR/sheets/<name>.json      a spreadsheet a file, as sandbox/services/sheets/store.py describes it
"""

import gzip
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sandbox.services.database import Database
from sandbox.services.sheets.store import Sheets
from sandbox.services.stripe.kinds import KINDS, Kind
from sandbox.services.stripe.store import Store


def load(database: Database, directory: Path) -> dict[str, int]:
    """Objects a kind, after one transaction. Raises ValueError that names the file which is not as described."""
    counts = {}
    with database.transaction() as connection:
        for table in ("stripe_objects", "worksheets", "spreadsheets"):
            connection.execute(f"DELETE FROM {table}")
        for path in sorted(directory.glob("stripe/*.json.gz")):
            kind = KINDS.get(path.name.removesuffix(".json.gz"))
            if kind is None:
                raise ValueError(f"{path}: there is no such kind; the kinds are {', '.join(KINDS)}")
            counts[kind.name] = _load_objects(database, kind, path)
        for path in sorted(directory.glob("sheets/*.json")):
            try:
                Sheets(database).put(json.loads(path.read_text()))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}: not a spreadsheet ({type(error).__name__}: {error})") from error
            counts["spreadsheets"] = counts.get("spreadsheets", 0) + 1
    return counts


def _load_objects(database: Database, kind: Kind, path: Path) -> int:
    def lines() -> Iterator[str]:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield line.rstrip("\n")

    try:
        Store(database).put_texts(kind, lines())
    except (sqlite3.Error, OSError, EOFError, ValueError) as error:
        raise ValueError(f"{path}: not lines of JSON objects with an id ({error})") from error
    count = "SELECT count(*), sum(json_extract(body, '$.object') IS NOT ?) FROM stripe_objects WHERE kind = ?"
    number, others = database.connection.execute(count, (kind.object, kind.name)).fetchone()
    if others:
        raise ValueError(f'{path}: {others} of {number} objects do not have "object": "{kind.object}"')
    return int(number)
