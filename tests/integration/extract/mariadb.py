"""A MariaDB server of the tests' own, in the place of Aurora MySQL: on a free port of 127.0.0.1, with TLS."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pymysql

from extract.aurora_reader import Reader
from extract.polling import ticks
from sandbox import processes
from tests.integration.extract.tls import certificate

PASSWORD = "geheim' \"&"
START_SECONDS = 60


@dataclass(frozen=True)
class MariaDB:
    """A running server with an empty database `koe`, and the user `koe` who may read it over TLS."""

    port: int
    certificate: Path

    def sql(self, *statements: str) -> None:
        """Run statements as its administrator, in a mode in which MySQL takes any date."""
        with (
            pymysql.connect(
                host="127.0.0.1", port=self.port, user="root", database="koe", autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+09:00'")
            for statement in statements:
                cursor.execute(statement)

    def reader(self, **changes: Any) -> Reader:
        """The server as a reader endpoint, with some settings changed."""
        reader = Reader("localhost", self.port, "koe", "koe", lambda: PASSWORD, ca_file=self.certificate)
        return replace(reader, **changes)


@contextmanager
def started(folder: Path) -> Iterator[MariaDB]:
    """A server with its data in the folder."""
    program, install = _program("mariadbd"), _program("mariadb-install-db")
    data, port, log = folder / "data", processes.free_port(), folder / "mariadb.log"
    folder.mkdir(parents=True, exist_ok=True)
    trusted, key = certificate(folder)
    # As root it wants to be told; another user might not be let into the folder.
    user = ["--user=root"] if os.geteuid() == 0 else []
    options = ["--no-defaults", f"--datadir={data}", *user]
    with log.open("ab") as output:
        subprocess.run(
            [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
            stdout=output,
            stderr=output,
            check=True,
        )
        place = [
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={folder / 's'}",
            f"--pid-file={folder / 'pid'}",
        ]
        tls = [f"--ssl-cert={trusted}", f"--ssl-key={key}"]
        small = ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
        server = subprocess.Popen([program, *options, *place, *tls, *small], stdout=output, stderr=output)
    try:
        yield _ready(MariaDB(port, trusted), server, log)
    finally:
        server.terminate()
        server.wait(30)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is not installed, and MySQL's tests need it: apt-get install mariadb-server"
    return found


def _ready(server: MariaDB, process: "subprocess.Popen[bytes]", log: Path) -> MariaDB:
    for _ in ticks(START_SECONDS):
        assert process.poll() is None, f"mariadbd did not start: {log.read_text()[-2000:]}"
        try:
            with (
                pymysql.connect(host="127.0.0.1", port=server.port, user="root", autocommit=True) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("CREATE DATABASE koe CHARACTER SET utf8mb4")
                cursor.execute("CREATE USER koe@'%%' IDENTIFIED BY %s REQUIRE SSL", (PASSWORD,))
                cursor.execute("GRANT SELECT ON koe.* TO koe@'%'")
            return server
        except pymysql.OperationalError:
            continue
    raise AssertionError(f"mariadbd was not ready after {START_SECONDS} s: {log.read_text()[-2000:]}")
