"""The time that Stripe and Sheets go by, which a test can stop and set."""

import time


class Clock:
    """The wall clock, or a fixed time. A fixed time does not outlive the process."""

    def __init__(self) -> None:
        self._fixed: float | None = None

    def now(self) -> float:
        """Unix seconds."""
        return time.time() if self._fixed is None else self._fixed

    def set(self, now: float | None) -> None:
        """Stops the clock at `now` (Unix seconds); None lets it run again."""
        self._fixed = now
