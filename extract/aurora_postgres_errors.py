"""What PostgreSQL and its driver raise, as Terminal and Transient.

Only the server's first line is told: the driver adds the statement, and the server's details can have values of rows.
Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import adbc_driver_manager as driver

from extract.errors import Terminal, Transient, one_line

# Connection lost, rolled back, out of resources, stopped by an operator or by recovery, system error.
_PASSING: Final = ("08", "40", "53", "57", "58", "XX")
_TIMEOUT: Final = "57014"
_REFUSED: Final = (
    "authentication failed",
    "no pg_hba.conf entry",
    "certificate",
    "does not support SSL",
    "does not exist",
    "permission denied",
    "not permitted to log in",
    "role",
)


@contextmanager
def database(doing: str, timeout: datetime.timedelta | None = None) -> Iterator[None]:
    """Raise what the driver raises inside as Terminal or Transient; `doing` begins the message."""
    try:
        yield
    except driver.Error as error:
        raise _told(doing, error, timeout) from None


def _told(doing: str, error: driver.Error, timeout: datetime.timedelta | None) -> Terminal | Transient:
    code, reason = error.sqlstate or "", _reason(str(error))
    if code == _TIMEOUT and "statement timeout" in reason and timeout is not None:
        advice = "find out what slows the reader down, or allow statements more time"
        return Transient(f"{doing}: PostgreSQL stopped the statement after {timeout.total_seconds():.0f} s; {advice}")
    if code:
        if code.startswith(_PASSING):
            return Transient(f"{doing}: PostgreSQL broke off ({reason}); run again")
        return Terminal(f"{doing}: PostgreSQL refused ({reason}); check the relation, our user and its grants")
    if any(words in reason for words in _REFUSED):
        return Terminal(
            f"{doing}: PostgreSQL refused ({reason}); check the user, how it signs in, and the certificates"
        )
    return Transient(f"{doing}: PostgreSQL did not answer ({reason}); check the network and the reader endpoint")


def _reason(message: str) -> str:
    """The first thing that the server says in the driver's message, or the end of it where only libpq speaks."""
    if found := re.search(r"(?:ERROR|FATAL|PANIC):\s+([^\n]+)", message):
        return one_line(found[1])
    return one_line(re.sub(r"^.*?\[libpq\]", "", message, count=1, flags=re.DOTALL))[:300]
