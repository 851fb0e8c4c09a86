"""The sandbox's PostgreSQL starts whatever state its folder is in."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import psutil
import pytest

from sandbox import postgres
from sandbox.errors import SandboxError


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A folder whose path is too long for a Unix socket, has a space, and lies where only its owner may enter."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    folder = private / ("a long name " * 10) / "data"
    yield folder
    postgres.stop(folder)


def ask(port: int, sql: str) -> Any:
    with postgresql.connect(postgres.dsn(port)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def execute(port: int, sql: str) -> None:
    with postgresql.connect(postgres.dsn(port), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_server_that_was_killed_starts_again_with_its_data(data: Path, tmp_path: Path, free_port: int) -> None:
    log = tmp_path / "log"
    first = postgres.start(data, free_port, log)
    execute(free_port, "CREATE TABLE kept AS SELECT 7 AS n")
    server = psutil.Process(first)
    server.kill()
    server.wait()
    second = postgres.start(data, free_port, log)
    assert second != first
    assert ask(free_port, "SELECT n FROM kept") == (7,)


def test_starting_a_running_server_keeps_it(data: Path, tmp_path: Path, free_port: int) -> None:
    first = postgres.start(data, free_port, tmp_path / "log")
    assert postgres.start(data, free_port, tmp_path / "log") == first


def test_stopping_ends_the_server_and_may_be_repeated(data: Path, tmp_path: Path, free_port: int) -> None:
    pid = postgres.start(data, free_port, tmp_path / "log")
    postgres.stop(data)
    assert not psutil.pid_exists(pid)
    postgres.stop(data)


def test_the_process_id_of_a_stranger_does_not_hinder_a_start(data: Path, tmp_path: Path, free_port: int) -> None:
    postgres.start(data, free_port, tmp_path / "log")
    postgres.stop(data)
    (data / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n{free_port}\n\n127.0.0.1\n\nready\n")
    postgres.start(data, free_port, tmp_path / "log")
    assert ask(free_port, "SELECT 1") == (1,)


def test_a_cluster_that_was_half_made_is_made_again(data: Path, tmp_path: Path, free_port: int) -> None:
    (data / "cluster.new" / "base").mkdir(parents=True)
    postgres.start(data, free_port, tmp_path / "log")
    assert ask(free_port, "SELECT current_user, current_database()") == ("koe", "koe")


def test_the_database_is_as_promised(data: Path, tmp_path: Path, free_port: int) -> None:
    postgres.start(data, free_port, tmp_path / "log")
    locale = "SELECT datlocale, pg_encoding_to_char(encoding), current_setting('TimeZone') FROM pg_database"
    assert ask(free_port, f"{locale} WHERE datname = 'koe'") == ("C.UTF-8", "UTF8", "UTC")
    wrong = postgres.dsn(free_port).replace("koe:koe", "koe:wrong")
    with pytest.raises(postgresql.Error, match="authentication failed"):
        postgresql.connect(wrong)


def test_a_port_that_is_taken_is_said_to_be_so(data: Path, tmp_path: Path, free_port: int, dsn: str) -> None:
    taken = int(dsn.rsplit(":", 1)[1].split("/")[0])
    with pytest.raises(SandboxError, match="did not start"):
        postgres.start(data, taken, tmp_path / "log")
