"""What MySQL and its client raise, as Terminal and Transient.

Codes: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html and client-error-reference.html
"""

import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pymysql

from extract.errors import Terminal, Transient, one_line

_TIMEOUT: Final = frozenset({3024, 1969})
"""The statement's time is up: as MySQL says it, and as MariaDB does."""

_PASSING: Final = frozenset({1040, 1053, 1203, 1205, 1213, 1226, 1317, 1927, 2003, 2006, 2013, 2014, 2055, 4031})
"""Too many connections, shut down, deadlock, killed, not reachable, connection lost."""


@contextmanager
def database(doing: str, timeout: datetime.timedelta | None = None) -> Iterator[None]:
    """Raise what the client raises inside as Terminal or Transient; `doing` begins the message."""
    try:
        yield
    except pymysql.Error as error:
        raise _told(doing, error, timeout) from None
    except (OSError, EOFError) as error:
        raise Transient(f"{doing}: MySQL did not answer ({error}); check the network and the reader endpoint") from None


def _told(doing: str, error: pymysql.Error, timeout: datetime.timedelta | None) -> Terminal | Transient:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    reason = one_line(str(error.args[1] if len(error.args) > 1 else error))
    if code in _TIMEOUT and timeout is not None:
        advice = "find out what slows the reader down, or allow statements more time"
        return Transient(f"{doing}: MySQL stopped the statement after {timeout.total_seconds():.0f} s; {advice}")
    if isinstance(getattr(error, "original_exception", None), ssl.SSLError) or "SSL" in reason:
        return Terminal(f"{doing}: no trusted TLS connection ({reason}); check the certificates and the host's name")
    if code in _PASSING or code == 0:
        return Transient(f"{doing}: MySQL broke off ({reason}); run again")
    return Terminal(f"{doing}: MySQL refused ({reason}); check the relation, our user and its grants")
