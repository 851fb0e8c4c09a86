"""Keeps what libraries and child processes print away from the terminal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def kept_clean(log: Path) -> Iterator[TextIO]:
    """Everything that this process and its children print goes to `log`; yields the stream that is the real stdout."""
    with os.fdopen(os.dup(1), "w", buffering=1) as stdout, log.open("wb") as file:
        stderr = os.dup(2)
        try:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield stdout
        finally:
            os.dup2(stdout.fileno(), 1)
            os.dup2(stderr, 2)
            os.close(stderr)
