"""Replay: what has landed is loaded again, and the source is not touched."""

from collections.abc import Iterator, Sequence

from extract.contract import Table
from extract.delivery import Delivery, Failure
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.source import Report
from extract.window import Window


class Replay:
    """Delivers the newest landed delivery of each table and window; a `Source` of every kind."""

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. A table of which nothing has landed is a Failure."""
        window.require_closed()
        for table in tables:
            try:
                landed = landing.find(table, window)
            except (Terminal, Transient) as error:
                yield Failure(table, error)
                continue
            if landed:
                report(f"{table}: replaying delivery {landed[0].id}")
                yield landed[0]
            else:
                advice = "only what has landed can be replayed; run the day with `kura run` instead"
                yield Failure(
                    table, Terminal(f"{table}: nothing of {window.date} lies in the landing bucket; {advice}")
                )
