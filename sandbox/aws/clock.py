"""The time at which DynamoDB's items are written: the real one, or one at which a test has stopped it.

So a test can make the history of several days, which exports then read; the exports themselves know the real time.
"""

import time

_stopped: float | None = None


def stop(at: float | None) -> None:
    """Let it be `at` (seconds since 1970) from now on; None lets the clock run again."""
    global _stopped
    _stopped = at


def micros() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000 if _stopped is None else round(_stopped * 1_000_000)
