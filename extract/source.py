"""What every kind of source has in common: it delivers files for a table and a window."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Protocol

from extract.contract import Table
from extract.delivery import Delivery, Failure
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.window import Window

Report = Callable[[str], None]
"""Takes one line of progress; called from several threads."""


class Source(Protocol):
    """A kind of source, made from plain settings; making one opens no connection."""

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """Deliver each table's content for the window, concurrently; each is yielded as soon as it has landed.

        Every table comes out exactly once, as a Delivery or as a Failure. Terminal is raised when the window has not
        ended yet. Delivering again yields the same delivery, or attaches to what an earlier call had started.
        """
        ...


def each[Item, Result](
    items: Sequence[Item], work: Callable[[Item], Result], table_of: Callable[[Item], Table], at_once: int
) -> Iterator[Result | Failure]:
    """`work` applied to the items, `at_once` at a time; results in the order in which they are ready.

    An item whose work raises Terminal or Transient comes out as the Failure of its table; any other error is a defect
    and is raised.
    """
    with ThreadPoolExecutor(at_once) as pool:
        futures: dict[Future[Result], Item] = {pool.submit(work, item): item for item in items}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except (Terminal, Transient) as error:
                    yield Failure(table_of(futures[future]), error)
        finally:
            pool.shutdown(cancel_futures=True)
