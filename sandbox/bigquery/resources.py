"""REST resources of datasets, tables, routines and the like, kept in memory beside the database.

Gap: local_bigquery reads them from DuckDB whenever it asks, a dozen times for a statement. All of them are written by
this process, through the functions replaced here: first to the database, then to memory.
"""

import json
import threading
from typing import Any

from local_bigquery.catalog import metadata, row_access
from local_bigquery.catalog.metadata import KINDS
from local_bigquery.engine import database
from local_bigquery.resource import Resource

from sandbox.bigquery.patching import replace

Keys = tuple[str, ...]
_lock = threading.RLock()
_kept: dict[str, dict[Keys, str]] = {}  # kind -> keys -> JSON
_save, _delete = metadata.save, metadata.delete


def _of(kind: str) -> dict[Keys, str]:
    with _lock:
        if kind not in _kept:
            columns = ", ".join(database.RESOURCES[kind])
            rows = database.fetch(f"SELECT {columns}, resource FROM emulator.{kind}")
            _kept[kind] = {tuple(row[:-1]): row[-1] for row in rows}
        return _kept[kind]


def find(kind: str, *keys: str) -> dict[str, Any] | None:
    """The resource with these keys, all of them, in any case; None when there is none."""
    with _lock:
        kept = _of(kind)
        text = kept.get(keys)
        if text is None:
            wanted = tuple(key.lower() for key in keys)
            text = next((text for found, text in kept.items() if tuple(key.lower() for key in found) == wanted), None)
    return json.loads(text) if text is not None else None


def list_[R: Resource](model: type[R], *keys: str) -> list[R]:
    """The resources whose first keys are these."""
    with _lock:
        kept = _of(KINDS[model])
        found = [kept[keys]] if keys in kept else [text for key, text in kept.items() if key[: len(keys)] == keys]
    return [model.model_validate_json(text) for text in found]


def save[R: Resource](resource: R, *keys: str) -> R:
    with _lock:
        kept = _of(KINDS[type(resource)])
        saved: R = _save(resource, *keys)
        kept[keys] = json.dumps(saved.dump())
        return saved


def delete(model: type[Resource], *keys: str) -> None:
    with _lock:
        kept = _of(KINDS[model])
        _delete(model, *keys)
        for found in [key for key in kept if key[: len(keys)] == keys]:
            del kept[found]


def secured() -> frozenset[Keys]:
    """The tables that have row access policies."""
    with _lock:
        return frozenset(key[:3] for key in _of("row_access_policies"))


def install() -> None:
    replace(metadata, "list_", list_)
    replace(metadata, "save", save)
    replace(metadata, "delete", delete)
    replace(row_access, "secured", secured)
