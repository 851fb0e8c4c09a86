"""One kind of source whose tables are extracted in several ways, each by a source of its own, side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from extract.contract import Table
from extract.delivery import Delivery, Failure
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.source import Report, Source
from extract.window import Window


class ByMode:
    """Gives each table to the source of its mode, which is made when a table wants it: its settings may be absent."""

    def __init__(self, sources: Mapping[str, Callable[[], Source]]) -> None:
        self._sources = sources

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`."""
        window.require_closed()
        return self._deliver(tables, window, landing, report)

    def _deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        outcomes: SimpleQueue[Delivery | Failure | BaseException] = SimpleQueue()

        def deliver(mode: str, wanted: Sequence[Table]) -> None:
            try:
                for outcome in self._sources[mode]().deliver(wanted, window, landing, report):
                    outcomes.put(outcome)
            except (Terminal, Transient) as error:
                for table in wanted:
                    outcomes.put(Failure(table, error))
            except BaseException as error:
                outcomes.put(error)

        groups: dict[str, list[Table]] = {}
        for table in tables:
            groups.setdefault(table.mode, []).append(table)
        with ThreadPoolExecutor(max(len(groups), 1)) as pool:
            for mode, wanted in groups.items():
                pool.submit(deliver, mode, wanted)
            for _ in tables:
                outcome = outcomes.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
