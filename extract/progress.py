"""What a long piece of work has done so far, said every few seconds while it goes on."""

import threading
import time
from collections.abc import Callable
from typing import Final

from extract.source import Report

SECONDS: Final = 10.0


class Progress:
    """Counts files, rows and bytes, from several threads, and reports them with the rate since the last report.

    `what` begins each line, and `files` is how many there are to be done, where that is known.
    """

    def __init__(
        self, what: str, report: Report, files: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._report, self._clock, self._all = what, report, clock, files
        self._files = self._rows = self._bytes = 0
        self._last = (clock(), 0, 0)
        self._lock = threading.Lock()

    def add(self, *, files: int = 0, rows: int = 0, bytes: int = 0) -> None:
        """Count what has been done since."""
        with self._lock:
            self._files += files
            self._rows += rows
            self._bytes += bytes
            now = self._clock()
            at, rows_then, bytes_then = self._last
            if now - at < SECONDS:
                return
            self._last = (now, self._rows, self._bytes)
            done = [] if self._all is None else [f"{self._files:,} of {self._all:,} files"]
            done += [f"{self._rows:,} rows"] if self._rows else []
            done += [size(self._bytes)] if self._bytes else []
            rate = f"{(self._rows - rows_then) / (now - at):,.0f} rows/s"
            if self._bytes:
                rate = f"{size((self._bytes - bytes_then) / (now - at))}/s"
            line = f"{self._what}: {', '.join([*done, rate])}"
        self._report(line)


def size(number: float) -> str:
    """A number of bytes, in the unit that suits it."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
