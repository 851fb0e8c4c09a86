"""Waiting for something that another system does."""

import time
from collections.abc import Iterator
from typing import Final

FIRST: Final = 0.2
FACTOR: Final = 1.4
MOST: Final = 20.0


def ticks(limit: float) -> Iterator[float]:
    """The seconds waited so far, first 0, pausing before each later one; it ends when `limit` seconds are over.

    The pauses grow from a fifth of a second to 20 seconds: what takes seconds is noticed at once, and what takes hours
    is not asked for without need.
    """
    began = time.monotonic()
    pause = FIRST
    while (waited := time.monotonic() - began) <= limit:
        yield waited
        time.sleep(min(pause, max(0.0, limit - waited) + 0.001))
        pause = min(pause * FACTOR, MOST)
