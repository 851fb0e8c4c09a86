import threading
from collections.abc import Iterator, Sequence

import pytest

from extract.contract import Table
from extract.delivery import Delivery, Failure, Receipt
from extract.errors import Terminal
from extract.landing import Landing
from extract.run import run
from extract.source import Report
from extract.window import Window
from tests.integration.extract.support import WINDOW, Cloud, dynamodb_table, land, lines


class Hesitant:
    """A source that delivers its first table, and each further one when `go` is set."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.go = threading.Event()

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        for table in tables:
            yield land(self.cloud, table, lines(3), window)
            assert self.go.wait(20)


class Broken:
    """A source with a defect."""

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        yield Failure(tables[0], Terminal("expected"))
        raise ZeroDivisionError


def test_a_table_comes_out_when_it_is_loaded_while_others_are_still_delivered(cloud: Cloud) -> None:
    tables = [dynamodb_table(cloud.name()) for _ in range(3)]
    source = Hesitant(cloud)
    outcomes = run(source, tables, WINDOW, cloud.landing, cloud.warehouse, cloud.report.append)
    first = next(outcomes)
    assert isinstance(first, Receipt)
    assert first.table_name == tables[0].name
    source.go.set()
    assert {outcome.table_name for outcome in outcomes if isinstance(outcome, Receipt)} == {
        table.name for table in tables[1:]
    }
    assert any(line.startswith(f"{tables[0]}: 3 rows loaded in ") for line in cloud.report)


def test_a_defect_is_raised_and_not_taken_for_a_failure_of_the_outside_world(cloud: Cloud) -> None:
    tables = [dynamodb_table(cloud.name()) for _ in range(2)]
    outcomes = run(Broken(), tables, WINDOW, cloud.landing, cloud.warehouse, cloud.report.append)
    assert isinstance(next(outcomes), Failure)
    with pytest.raises(ZeroDivisionError):
        next(outcomes)
