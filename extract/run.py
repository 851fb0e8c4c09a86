"""A run of one source: its tables are delivered and loaded concurrently."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final

from extract.chain import links, window_of
from extract.contract import Table
from extract.delivery import Delivery, Failure, Kind, Receipt
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.raw import Warehouse
from extract.source import Report, Source
from extract.window import Window

_LOADS_AT_ONCE: Final = 8


def run(
    source: Source,
    tables: Sequence[Table],
    window: Window,
    landing: Landing,
    warehouse: Warehouse,
    report: Report,
) -> Iterator[Receipt | Failure]:
    """Deliver and load the window of each table; every table comes out once, as soon as it is done or has failed.

    Terminal is raised when the window has not ended yet.
    """
    by_name = {table.name: table for table in tables}
    outcomes: SimpleQueue[Receipt | Failure | BaseException] = SimpleQueue()

    def load(delivery: Delivery) -> None:
        table = by_name[delivery.table]
        try:
            if delivery.kind is Kind.CHANGES:
                for link in warehouse.not_loaded(links(landing, table, window), table):
                    report(f"{table}: loading {link.partition_id} first, which landed and was not loaded")
                    warehouse.load(link, table, window_of(link), report)
            receipt = warehouse.load(delivery, table, window, report)
            report(f"{table}: {receipt.rows_loaded} rows loaded in {receipt.seconds:.1f} s")
            outcomes.put(receipt)
        except (Terminal, Transient) as error:
            outcomes.put(Failure(table, error))
        except BaseException as error:
            outcomes.put(error)

    def deliver() -> None:
        try:
            for outcome in source.deliver(tables, window, landing, report):
                if isinstance(outcome, Failure):
                    outcomes.put(outcome)
                else:
                    pool.submit(load, outcome)
        except BaseException as error:
            outcomes.put(error)

    with ThreadPoolExecutor(_LOADS_AT_ONCE + 1) as pool:
        pool.submit(deliver)
        try:
            for _ in tables:
                outcome = outcomes.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            pool.shutdown(cancel_futures=True)
