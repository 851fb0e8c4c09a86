"""Work in processes of their own, which can be made to die at any request that they send."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import urllib3.connectionpool

DEAD: Final = 9
"""The exit code of a process that has died."""
_processes: Final = multiprocessing.get_context("forkserver")


def preload(module: str) -> None:
    """Have processes start with a module imported."""
    _processes.set_forkserver_preload([module])


def requests_of(work: Callable[..., None], *arguments: Any, log: Path, dies_at: int | None = None) -> int:
    """How many requests some work took, or 0 where it died at the one with the number `dies_at`.

    The work is called with the arguments, `dies_at` and a shared value, for `count_requests`, and with `log`, where it
    writes what goes wrong before it ends the process with another code than 0.
    """
    log.unlink(missing_ok=True)
    sent = _processes.Value("i", 0)
    process = _processes.Process(target=work, args=(*arguments, dies_at, sent, log))
    process.start()
    process.join()
    if process.exitcode == DEAD:
        return 0
    assert process.exitcode == 0, log.read_text() if log.exists() else process.exitcode
    return int(sent.value)


def count_requests(dies_at: int | None, sent: Any) -> None:
    """Count the requests of this process into `sent`, a shared value; all clients but databases' go through urllib3.

    It dies before the request with the number `dies_at` is sent, or, where that is odd, when its answer has come.
    """
    pool: Any = urllib3.connectionpool.HTTPConnectionPool
    send, lock = pool._make_request, threading.Lock()

    def counted(*arguments: Any, **named: Any) -> Any:
        with lock:
            sent.value += 1
            number = sent.value
        if number == dies_at and number % 2 == 0:
            os._exit(DEAD)
        answer = send(*arguments, **named)
        if number == dies_at:
            os._exit(DEAD)
        return answer

    pool._make_request = counted
