"""The CSV files as a real PostgreSQL server reads them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import adbc_driver_postgresql.dbapi
import pytest

from sandbox import postgres
from sandbox.errors import SandboxError
from sandbox.koe import load_postgres
from sandbox.koe.records import Records
from sandbox.koe.tables import COLUMNS


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("postgres")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    postgres.start(data, port, data / "log")
    yield postgres.dsn(port)
    postgres.stop(data)


def rows(dsn: str, statement: str) -> list[tuple[object, ...]]:
    with adbc_driver_postgresql.dbapi.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def contents(dsn: str) -> dict[str, list[tuple[object, ...]]]:
    return {table: rows(dsn, f"SELECT t::text FROM {table} t ORDER BY 1") for table in COLUMNS}


def test_loading_twice_gives_the_rows_of_the_files_once(seed_directory: Path, records: Records, dsn: str) -> None:
    load_postgres.load(seed_directory / "postgres", dsn)
    first = contents(dsn)
    assert {table: len(found) for table, found in first.items()} == {
        table: len(list(records.rows(table))) for table in COLUMNS
    }
    load_postgres.load(seed_directory / "postgres", dsn)
    assert contents(dsn) == first


def test_values_arrive_as_they_were_written(seed_directory: Path, records: Records, dsn: str) -> None:
    load_postgres.load(seed_directory / "postgres", dsn)
    columns = "id::text, email, name, country, credit_balance::text, stripe_customer_id"
    assert rows(dsn, f"SELECT {columns} FROM users ORDER BY id") == [
        tuple(user[column.split("::")[0]] for column in columns.split(", ")) for user in records.rows("users")
    ]
    ((tags, settings),) = rows(
        dsn, "SELECT max(cardinality(tags)), count(*) FILTER (WHERE settings ? 'format') FROM projects"
    )
    assert (tags, settings) == (3, len(list(records.rows("projects"))))


def test_a_refused_file_leaves_the_rows_that_were_there(seed_directory: Path, dsn: str, tmp_path: Path) -> None:
    load_postgres.load(seed_directory / "postgres", dsn)
    before = contents(dsn)
    for path in (seed_directory / "postgres").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "projects.csv").open("a") as file:
        file.write('"not a project"\n')
    with pytest.raises(SandboxError, match=r"PostgreSQL refused the seed: .*projects"):
        load_postgres.load(tmp_path, dsn)
    assert contents(dsn) == before
