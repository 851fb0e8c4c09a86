"""Counting requests against a limit per span of time."""

from collections import defaultdict, deque

from sandbox.services.clock import Clock


class Window:
    """At most `limit` requests of one caller in any `seconds` seconds."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def is_full(self, caller: str, limit: int) -> bool:
        times = self._times[caller]
        # A clock that was set back leaves times of the future, which count no more.
        now = self._clock.now()
        while times and not now - self._seconds < times[0] <= now:
            times.popleft()
        return len(times) >= limit

    def add(self, caller: str) -> None:
        self._times[caller].append(self._clock.now())
