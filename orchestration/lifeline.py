"""Who may work at the same time, and what ends when something is killed.

Both rules hold through the operating system's file locks and pipes, which a `kill -9` can't leave behind:
- `kura run` holds an exclusive lock from its start to its end: a second one is refused.
- A step holds a shared lock while it works, and ends as soon as the run that started it is gone. The next run waits
  until no step of an earlier one is left.
"""

import fcntl
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

from extract.errors import Terminal

_RUN: Final = "run.lock"
_STEPS: Final = "steps.lock"
_KILLED: Final = 137


@contextmanager
def only_run(home: Path) -> Iterator[None]:
    """Hold the lock of `kura run`. Terminal when another one holds it."""
    with (home / _RUN).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip() or "unknown"
            raise Terminal(f"another `kura run` (process {pid}) is in progress; wait for it to end") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def step(home: Path) -> Iterator[None]:
    """Hold the shared lock of a working step; end this process when the one that started it ends."""
    _follow_parent()
    with (home / _STEPS).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def wait_for_steps(home: Path, seconds: float = 60.0) -> None:
    """Return when no step is working any more. Terminal when one still is after `seconds`."""
    deadline = time.monotonic() + seconds
    with (home / _STEPS).open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Terminal(
                        "steps of another run are still working; wait for that run, or terminate it in the UI"
                    ) from None
                time.sleep(0.1)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def follow() -> None:
        wait([parent.sentinel])
        # Nothing here can be tidied up: whatever a step leaves half done, the next run repeats.
        os._exit(_KILLED)

    threading.Thread(target=follow, name="follow-parent", daemon=True).start()
