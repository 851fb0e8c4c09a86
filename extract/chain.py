"""Chains: deliveries of changes build on a full delivery, and on all changes between it and theirs.

    full ─ changes ─ changes ─ changes        each begins at the instant at which the one before it ends

What a window can build on is read from the landing bucket alone, so that a run decides the same whenever it is made.
"""

import datetime

from extract.contract import Table
from extract.delivery import Delivery, Kind
from extract.landing import Landing
from extract.window import Window


def links(landing: Landing, table: Table, window: Window) -> list[Delivery]:
    """The landed deliveries that changes of this window would build on: a full one, then changes up to the window.

    Empty when there is no full delivery that is young enough, or a window since then is missing: then this window must
    be delivered in full. `full_every` is the time from one full delivery to the next.
    """
    if table.full_every is None:
        return []
    ends: dict[datetime.datetime, Delivery] = {}
    for delivery in landing.history(table, window.date - table.full_every, window.date):
        # History is oldest first, so that of several deliveries of a window the newest is kept.
        ends[datetime.datetime.fromisoformat(delivery.window_end)] = delivery
    chain: list[Delivery] = []
    at = window.start
    while link := ends.get(at):
        chain.insert(0, link)
        if link.kind is Kind.FULL:
            return chain if window.end - at < table.full_every else []
        at = datetime.datetime.fromisoformat(link.window_start)
    return []


def window_of(delivery: Delivery) -> Window:
    """The window that a landed delivery covers."""
    return Window(
        datetime.datetime.fromisoformat(delivery.window_start),
        datetime.datetime.fromisoformat(delivery.window_end),
        datetime.datetime.strptime(delivery.partition_id, "%Y%m%d").date(),
    )
