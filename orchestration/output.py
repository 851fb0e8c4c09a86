"""Keeps what libraries and child processes print away from the terminal."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def quiet() -> None:
    """Keep google-auth's look-up of a service account's allowed locations from warning where there is no network.

    It runs beside the first requests, nothing waits for it or needs it, and no setting turns it off:
    https://github.com/googleapis/google-cloud-python/issues/17653
    """
    logging.getLogger("urllib3.connectionpool").addFilter(_is_no_look_up)


def _is_no_look_up(record: logging.LogRecord) -> bool:
    return "/allowedLocations" not in record.getMessage()


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
