"""A connection to PostgreSQL: the driver's own objects, whose import and errors are lighter than those of its DB-API.

The DB-API's module imports pandas where it is installed, which takes more memory than reading does; and its record
batch reader loses the codes of errors (https://github.com/apache/arrow-adbc/issues/1523).
"""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import adbc_driver_manager as driver
import adbc_driver_postgresql as postgresql
import pyarrow as pa
from adbc_driver_manager._reader import AdbcRecordBatchReader

from extract.aurora_postgres_errors import database
from extract.aurora_postgres_types import SESSION
from extract.aurora_reader import CONNECT_SECONDS, Reader
from extract.errors import Transient

BATCH_BYTES: Final = 1 * 2**20


class Connection:
    """An open connection. Its methods raise the driver's own errors; `execute` and `rows` take one statement."""

    def __init__(self, database: driver.AdbcDatabase) -> None:
        self._database = database
        self._connection = driver.AdbcConnection(database)

    @classmethod
    def open(cls, address: str, reader: Reader) -> Self:
        """Connect to an address. Terminal or Transient when that fails."""
        password = quote(reader.password(), safe="")
        with database(f"connecting to {reader}"):
            return cls(postgresql.connect(f"{address}&password={password}"))

    def execute(self, statement: str) -> None:
        """Run a statement that yields no rows."""
        with driver.AdbcStatement(self._connection) as running:
            running.set_sql_query(statement)
            running.execute_update()

    def rows(self, query: str) -> list[dict[str, Any]]:
        """All rows of a small result."""
        return [row for batch in self.batches(query) for row in batch.to_pylist()]

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query as COPY gives them, a few MB at a time."""
        with driver.AdbcStatement(self._connection) as running:
            running.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
            running.set_sql_query(query)
            stream, _ = running.execute_query()
            yield from AdbcRecordBatchReader._import_from_c(stream.address)

    def close(self) -> None:
        """Close it; what the server says to that does not matter."""
        with suppress(driver.Error):
            self._connection.close()
        with suppress(driver.Error):
            self._database.close()


def address_of(reader: Reader) -> str:
    """The connection's address for libpq, with the endpoint's name resolved, but without the password."""
    try:
        found = socket.getaddrinfo(reader.host, reader.port, type=socket.SOCK_STREAM)
    except OSError as error:
        advice = "check the host's name and the network"
        raise Transient(f"aurora: {reader.host} cannot be resolved ({error.strerror}); {advice}") from error
    milliseconds = reader.statement_timeout.total_seconds() * 1000
    settings = SESSION | {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{milliseconds:.0f}",
        "idle_in_transaction_session_timeout": "0",
        # A policy that hides rows is an error with this; without it, it would hide them without a word.
        "row_security": "off",
    }
    parameters = {
        "host": reader.host,
        "hostaddr": str(found[0][4][0]),
        "port": str(reader.port),
        "dbname": reader.database,
        "user": reader.user,
        "sslmode": reader.sslmode,
        "connect_timeout": str(CONNECT_SECONDS),
        "tcp_user_timeout": "60000",
        "keepalives_idle": "30",
        "application_name": "kura",
        "client_encoding": "UTF8",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    if reader.sslmode != "disable":
        parameters["sslrootcert"] = str(reader.ca_file or "system")
    return f"postgresql://?{urlencode(parameters, quote_via=quote)}"
