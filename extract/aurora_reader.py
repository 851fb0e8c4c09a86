"""How a reader endpoint of Aurora is reached, and what reading it in query mode means for either engine.

An engine opens one snapshot for all tables of a run. A table is read by one statement or, where it is large, by
several, each a range of it; together they yield every row of the snapshot once, in batches, as Arrow.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow as pa

from extract.contract import Table
from extract.errors import Terminal
from extract.outside import aws
from extract.source import Report

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

SSLMODES: Final = ("verify-full", "disable")
"""Encrypted to a server whose certificate bears the host's name, or, for a server on this machine, not at all."""

CONNECT_SECONDS: Final = 10

_UNSUPPORTED = re.compile(r"[ ,;{}()\n\t=]")


@dataclass(frozen=True)
class Reader:
    """A reader endpoint. `password` is called whenever a connection is opened: IAM tokens last for 15 minutes.

    `ca_file` has the certificates that are trusted, for Aurora AWS's `global-bundle.pem`; without one the system's are.
    `statement_timeout` is how long the server works for one statement, `connections` how many there are at most.
    """

    host: str
    port: int
    database: str
    user: str
    password: Callable[[], str] = field(repr=False)
    sslmode: str = "verify-full"
    ca_file: Path | None = None
    statement_timeout: datetime.timedelta = datetime.timedelta(minutes=30)
    connections: int = 2

    def __post_init__(self) -> None:
        if self.sslmode not in SSLMODES:
            raise Terminal(f"aurora: unknown TLS mode {self.sslmode!r}; use {' or '.join(SSLMODES)}")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def iam_token(rds: "Callable[[], RDSClient]", host: str, port: int, user: str) -> str:
    """A password for `user` that IAM vouches for, with the region and credentials of the client that `rds` makes.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
    """
    with aws("making a token for Aurora's reader"):
        return str(rds().generate_db_auth_token(host, port, user))


@dataclass(frozen=True)
class Plan:
    """How a table is read: the Arrow `schema` of its rows, and the statements that yield them, at least one."""

    schema: pa.Schema
    statements: tuple[str, ...]


class Snapshot(Protocol):
    """One consistent state of a database, for as long as it is open. `position` says which; safe to use from threads.

    Methods raise Terminal or Transient. `connections` is how many statements can be read at once.
    """

    position: str
    connections: int

    def plan(self, table: Table, since: datetime.datetime | None) -> Plan:
        """How to read a table; with `since` only rows whose cursor is at or after it, or is null."""
        ...

    def batches(self, table: Table, plan: Plan, statement: str, report: Report) -> Iterator[pa.RecordBatch]:
        """The rows of one of the plan's statements; read to the end or closed. A batch has a few MB."""
        ...


Engine = Callable[[Reader], AbstractContextManager[Snapshot]]
"""Opens a snapshot. Terminal or Transient when it cannot."""


def check_columns(table: Table, names: list[str]) -> None:
    """Raise Terminal when a table is not there, or has a column of a name that its snapshot export would not take."""
    if not names:
        raise Terminal(f"{table}: there is no {table.relation}, or our user may not see it; check relation and grants")
    check_names(str(table), names)
    if table.cursor is not None and cursor_of(table) not in names:
        raise Terminal(f"{table}: {table.relation} has no column {cursor_of(table)}, the contract's cursor")


def check_names(where: str, names: Iterable[str]) -> None:
    """Raise Terminal when a column has a name that a snapshot export would not take; `where` begins the message."""
    for name in names:
        if _UNSUPPORTED.search(name):
            advice = "rename it, or make a view and name that as relation"
            raise Terminal(f"{where}: the name of column {name!r} has a character that is not supported; {advice}")


def cursor_of(table: Table) -> str | None:
    """The name that the cursor has in the source."""
    return next((column.path[0] for column in table.columns if column.name == table.cursor), None)
