"""What has changed in a Stripe account within a window.

    events of the window ─▶ ids ─▶ each fetched again ─┐
                                                       ├─▶ objects as they are now, and tombstones
    objects created in it, or within the lookback ─────┘

An event shows its object as it was, in the API version of the day on which it was made: only ids are taken from it.
"""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from extract.contract import Table
from extract.errors import Terminal
from extract.stripe_api import Lists, Object
from extract.stripe_kinds import EVENTS_REACH, KINDS, StripeKind, kind_of
from extract.window import Window

_AT_ONCE: Final = 8
_BATCH: Final = 200

Change = tuple[str, Object | None]
"""An id and the object that has it now; None where it is gone, or Stripe's own stub with `deleted: true`."""


def everything(lists: Lists, table: Table, window: Window) -> Iterator[Change]:
    """All objects that were created before the window's end, as they are now, each once.

    Events are bounded below too, for they vanish by themselves. Terminal when Stripe has none of that time any more.
    """
    kind = kind_of(table.relation)
    created = {"lt": _seconds(window.end)}
    if table.relation == "events":
        if window.end <= datetime.datetime.now(datetime.UTC) - EVENTS_REACH:
            raise Terminal(f"{table}: Stripe keeps events for 30 days; choose a later day than {window.date}")
        # A fixed lower bound a day inside Stripe's moving one: a rerun within that day reads the same events.
        created["gte"] = _seconds(window.end - EVENTS_REACH + datetime.timedelta(days=1))
    for item in _listed(lists, kind.parent or table.relation, created):
        yield from _of_kind(kind, item)


def newest(lists: Lists, relation: str) -> Iterator[Object]:
    """All objects of a list, the newest first, as they are now."""
    kind = kind_of(relation)
    for item in _listed(lists, kind.parent or relation, {}):
        yield from _parts(kind, item) if kind.parent else [item]


def changes(lists: Lists, table: Table, window: Window) -> Iterator[Change]:
    """The objects that were made, changed or deleted in the window, as they are now, each once.

    Terminal when the relation is no kind whose changes can be found, or the window's events are gone.
    """
    if table.relation not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise Terminal(f"{table}: changes of {table.relation} cannot be found; use mode list, or one of {known}")
    kind = KINDS[table.relation]
    since = window.start - kind.overlap
    if since <= datetime.datetime.now(datetime.UTC) - EVENTS_REACH:
        raise Terminal(
            f"{table}: the changes of {window.date} cannot be found, for Stripe keeps events for 30 days; "
            "run a later day: the first one after a gap is delivered in full"
        )
    told = _told(lists, kind, since, window)
    lookback = kind.lookback if table.lookback is None else table.lookback
    created = {"gte": _seconds(min(since, window.start - lookback)), "lt": _seconds(window.end)}
    seen: set[str] = set()
    for item in _listed(lists, kind.parent or table.relation, created):
        told.ids.discard(item["id"])
        for identifier, one in _of_kind(kind, item):
            seen.add(identifier)
            yield identifier, one
    for identifier, found in _fetched(lists, kind.parent or table.relation, sorted(told.ids)):
        if kind.parent is None:
            yield identifier, found
            continue
        for part, one in _of_kind(kind, found or {}):
            seen.add(part)
            yield part, one
    # What a parent held by an event's account, and none of the parents holds now.
    for identifier in sorted(told.parts - seen):
        yield identifier, None


@dataclass
class _Told:
    """What the events of a window are about: `ids` of objects or of parents, `parts` that lay in the parents."""

    ids: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)


def _told(lists: Lists, kind: StripeKind, since: datetime.datetime, window: Window) -> _Told:
    told = _Told()
    main = KINDS[kind.parent] if kind.parent else kind
    for group in main.events:
        parameters = {"type": group, "created": {"gte": _seconds(since), "lt": _seconds(window.end)}}
        for event in lists.objects("events", parameters):
            shown = event["data"]["object"]
            if shown.get("object") == main.object:
                # An invoice that is only upcoming has no id yet.
                told.ids.update(filter(None, [shown.get("id")]))
                for state in (shown, event["data"].get("previous_attributes") or {}):
                    told.parts.update(part["id"] for part in _parts(kind, state) if "id" in part)
            elif shown.get("object") in main.through:
                named = shown.get(main.object)
                told.ids.update(filter(None, [named["id"] if isinstance(named, dict) else named]))
    return told


def _listed(lists: Lists, name: str, created: dict[str, int]) -> Iterator[Object]:
    # Without a status, canceled subscriptions are left out.
    status = {"status": "all"} if name == "subscriptions" else {}
    return lists.objects(name, {**({"created": created} if created else {}), **status})


def _fetched(lists: Lists, name: str, identifiers: Iterable[str]) -> Iterator[Change]:
    """Each object by its id, several at a time; a batch after the other, so that few are in memory."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for batch in itertools.batched(identifiers, _BATCH, strict=False):
            yield from zip(batch, pool.map(lambda identifier: lists.fetch(name, identifier), batch), strict=True)


def _of_kind(kind: StripeKind, item: Object) -> Iterator[Change]:
    """The object itself, or of a kind that lies in others the parts of this one."""
    found = _parts(kind, item) if kind.parent else [item]
    return ((one["id"], one) for one in found)


def _parts(kind: StripeKind, state: dict[str, Any]) -> list[Object]:
    inner = state.get(kind.place) if kind.place else None
    parts: list[Object] = inner.get("data") or [] if isinstance(inner, dict) else []
    return parts


def _seconds(instant: datetime.datetime) -> int:
    return int(instant.timestamp())
