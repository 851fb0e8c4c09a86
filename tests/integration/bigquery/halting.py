"""A gateway that stops before and after it commits a table's rows, for the tests of what others see meanwhile.

Run as `sandbox.bigquery` is. At each stop it connects to the port in HALT_PORT and goes on when that connection ends;
it does not stop while nobody listens there.
"""

import os
import socket
from collections.abc import Callable
from typing import Any

from sandbox.bigquery import __main__, server
from tests.integration.bigquery.access_fixtures import SECONDS_AT_A_STOP


def stop() -> None:
    address = ("127.0.0.1", int(os.environ["HALT_PORT"]))
    try:
        connection = socket.create_connection(address)
    except ConnectionRefusedError:
        return
    with connection:
        connection.settimeout(SECONDS_AT_A_STOP)
        connection.recv(1)


def halting[**P, T](run: Callable[P, T]) -> Callable[P, T]:
    def halted(*args: P.args, **kwargs: P.kwargs) -> T:
        stop()
        result = run(*args, **kwargs)
        stop()
        return result

    return halted


def main() -> None:
    application = server.application

    def with_stops(*args: Any) -> Any:
        app = application(*args)
        from sandbox.bigquery import writes

        writes.committed = halting(writes.committed)
        return app

    server.application = with_stops
    __main__.main()


if __name__ == "__main__":
    main()
