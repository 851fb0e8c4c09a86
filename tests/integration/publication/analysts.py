"""Analysts who read `marts` without pause, each over a kept connection, and what they were given."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.bigquery.access_fixtures import ANALYST, PROJECT, Gateway, token

HEADERS = {"Authorization": f"Bearer {token({'email': ANALYST})}", "Content-Type": "application/json"}

Rows = list[list[Any]]
Ask = Callable[[str], tuple[int, Rows | str]]
"""Sends a statement, or the path of a table's rows below the project's datasets: the status, and rows or a message."""
Visit = Callable[[Ask], Iterator[str | None]]
"""Reads tables and yields, for each, what was wrong with what it gave, or None."""


@dataclass
class Seen:
    """How many reads there were, by the name of the visit, and every one that was wrong."""

    reads: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, visit: str, problems: list[str | None]) -> None:
        with self._changed:
            self.reads[visit] += len(problems)
            self.wrong.update(problem for problem in problems if problem)
            self._changed.notify_all()

    def wait_for(self, reads: int) -> None:
        """Return when there were so many reads, or one was wrong."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.wrong or self.reads.total() >= reads, timeout=300)


@contextmanager
def reading(gateway: Gateway, *visits: Visit) -> Iterator[Seen]:
    """One analyst a visit, who repeats it as long as the context lasts."""
    seen, stop = Seen(), threading.Event()
    threads = [threading.Thread(target=_read, args=(gateway, visit, seen, stop)) for visit in visits]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _read(gateway: Gateway, visit: Visit, seen: Seen, stop: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)

    def ask(what: str) -> tuple[int, Rows | str]:
        if what.startswith("SELECT"):
            body = json.dumps({"query": what, "useLegacySql": False, "timeoutMs": 60_000})
            connection.request("POST", f"/bigquery/v2/projects/{PROJECT}/queries", body, HEADERS)
        else:
            connection.request("GET", f"/bigquery/v2/projects/{PROJECT}/datasets/{what}", headers=HEADERS)
        with connection.getresponse() as response:
            answer = json.loads(response.read())
        if response.status != 200:
            return response.status, str(answer["error"]["message"])
        return 200, [[cell["v"] for cell in row["f"]] for row in answer.get("rows", ())]

    while not stop.is_set():
        try:
            seen.note(visit.__name__, list(visit(ask)))
        except Exception as error:
            seen.note(visit.__name__, [f"{type(error).__name__}: {error}"])
