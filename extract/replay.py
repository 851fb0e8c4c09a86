"""Replay: what has landed is loaded again, and the source is not touched."""

from collections.abc import Iterator, Sequence
from typing import Final

from extract.contract import Table
from extract.delivery import Delivery, Failure
from extract.errors import Terminal
from extract.landing import Landing
from extract.source import Report, each
from extract.window import Window

_AT_ONCE: Final = 8


class Replay:
    """Delivers the newest landed delivery of each table and window; a `Source` of every kind."""

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. A table of which nothing has landed is a Failure."""
        window.require_closed()
        return each(tables, lambda table: _landed(table, window, landing, report), lambda table: table, _AT_ONCE)


def _landed(table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
    found = landing.find(table, window)
    if not found:
        advice = "only what has landed can be replayed; run the day with `kura run` instead"
        raise Terminal(f"{table}: nothing of {window.date} lies in the landing bucket; {advice}")
    report(f"{table}: replaying delivery {found[0].id}")
    return found[0]
