"""Query mode on MySQL, which a real MariaDB server stands for, from its tables to raw tables."""

import datetime

import pytest

from extract import aurora_mysql
from extract.aurora_mysql import mysql
from extract.aurora_query import AuroraQuery
from extract.contract import Column, Table
from extract.delivery import Failure, Receipt
from extract.errors import Terminal, Transient
from tests.integration.extract.mariadb import MariaDB
from tests.integration.extract.support import BEFORE, WINDOW, Cloud

COLUMNS = (
    Column("id", "INT64", "Number."),
    Column("email", "STRING", "Address.", policy_tag="pii"),
    Column("updated_at", "TIMESTAMP", "When it changed last."),
)


def mysql_table(name: str, columns: tuple[Column, ...] = COLUMNS[:2], **more: object) -> Table:
    """The contract of a MySQL table of the same name in the database koe."""
    return Table("aurora", name, "Rows.", f"koe.{name}", "query", ("id",), columns, **more)  # type: ignore[arg-type]


def create(cloud: Cloud, mariadb: MariaDB, rows: int = 3, more: str = "") -> str:
    """A table of rows with id and email, and of what else is said."""
    name = cloud.name("mysql")
    mariadb.sql(
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, email text{more})",
        f"INSERT INTO {name} (id, email) SELECT seq, concat('ユーザ', seq) FROM seq_1_to_{rows}",
    )
    return name


def source(mariadb: MariaDB, **changes: object) -> AuroraQuery:
    return AuroraQuery(mariadb.reader(**changes), mysql)


def test_all_tables_of_a_run_are_read_as_of_one_snapshot(cloud: Cloud, mariadb: MariaDB) -> None:
    first, second = create(cloud, mariadb), create(cloud, mariadb)
    with mysql(mariadb.reader()) as snapshot:
        mariadb.sql(f"DELETE FROM {first} WHERE id = 1", f"INSERT INTO {second} VALUES (99, 'late')")
        ids = []
        for table in (mysql_table(first), mysql_table(second)):
            plan = snapshot.plan(table, None)
            ids += [
                n for batch in snapshot.batches(table, plan, plan.statements[0], print) for n in batch["id"].to_pylist()
            ]
    assert ids == [1, 2, 3, 1, 2, 3]


def test_rows_reach_raw_in_ranges_that_have_every_row_once(
    cloud: Cloud, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = create(cloud, mariadb, 30_000)
    mariadb.sql(f"UPDATE {name} SET id = -id WHERE id % 3 = 0", f"ANALYZE TABLE {name}")
    monkeypatch.setattr(aurora_mysql, "_ROWS_OF_RANGE", 5000)
    table = mysql_table(name)
    with mysql(mariadb.reader()) as snapshot:
        assert len(snapshot.plan(table, None).statements) > 4
    assert cloud.load(source(mariadb), table).rows_loaded == 30_000
    assert sorted(row["id"] for row in cloud.rows(table)) == sorted(-n if n % 3 == 0 else n for n in range(1, 30_001))


def test_an_empty_table_is_delivered_with_its_columns(cloud: Cloud, mariadb: MariaDB) -> None:
    table = mysql_table(create(cloud, mariadb, 1), allow_empty=True)
    mariadb.sql(f"DELETE FROM {table.name}")
    assert cloud.load(source(mariadb), table).rows_loaded == 0


def test_a_cursor_delivers_what_has_changed(cloud: Cloud, mariadb: MariaDB) -> None:
    name = create(cloud, mariadb, 4, f", updated_at datetime DEFAULT '{BEFORE.start:%Y-%m-%d %H:%M:%S}'")
    table = mysql_table(name, COLUMNS, cursor="updated_at", lookback=datetime.timedelta(hours=1))
    assert cloud.load(source(mariadb), table, BEFORE).kind == "full"
    mariadb.sql(
        f"UPDATE {name} SET updated_at = '{WINDOW.start - datetime.timedelta(hours=1):%Y-%m-%d %H:%M:%S}' WHERE id = 2",
        f"UPDATE {name} SET updated_at = NULL WHERE id = 3",
    )
    receipt = cloud.load(source(mariadb), table)
    assert (receipt.kind, [row["id"] for row in cloud.rows(table)]) == ("changes", [2, 3])


def test_values_that_are_no_instants_are_null_and_reported(cloud: Cloud, mariadb: MariaDB) -> None:
    name = create(cloud, mariadb, 1, ", at datetime")
    mariadb.sql(
        f"UPDATE {name} SET at = '0000-00-00'",
        f"INSERT INTO {name} VALUES (2, 'x', '2026-00-10'), (3, 'x', '2026-02-31'), (4, 'x', '2026-02-28 01:02:03')",
    )
    cloud.load(source(mariadb), mysql_table(name))
    assert [row["at"] is None for row in sorted(cloud.rows(mysql_table(name)), key=lambda row: row["id"])] == [
        True,
        True,
        True,
        False,
    ]
    assert any("3 values of at are no instants" in line for line in cloud.report)


def test_a_table_that_fails_leaves_the_others_their_snapshot(cloud: Cloud, mariadb: MariaDB) -> None:
    good, gone = create(cloud, mariadb), cloud.name("gone")
    outcomes = cloud.run(source(mariadb), mysql_table(gone), mysql_table(good))
    assert isinstance(outcomes[good], Receipt)
    failure = outcomes[gone]
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, Terminal)
    assert f"there is no koe.{gone}" in str(failure.error)


def test_a_statement_that_takes_too_long_is_stopped_and_said(cloud: Cloud, mariadb: MariaDB) -> None:
    name, view = create(cloud, mariadb), cloud.name("slow")
    mariadb.sql(f"CREATE VIEW {view} AS SELECT id, email, sleep(10) AS pause FROM {name}")
    error = cloud.fail(source(mariadb, statement_timeout=datetime.timedelta(milliseconds=300)), mysql_table(view))
    assert isinstance(error, Transient)
    assert "MySQL stopped the statement after" in str(error)


def test_a_connection_that_breaks_is_a_failure_and_not_a_short_delivery(cloud: Cloud, mariadb: MariaDB) -> None:
    name = cloud.name("mysql")
    mariadb.sql(
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, email text)",
        f"INSERT INTO {name} SELECT seq, repeat('x', 1000) FROM seq_1_to_60000",
    )
    table = mysql_table(name)
    with mysql(mariadb.reader()) as snapshot:
        plan = snapshot.plan(table, None)
        batches = snapshot.batches(table, plan, plan.statements[0], print)
        next(batches)
        mariadb.sql("KILL USER koe")
        with pytest.raises(Transient, match="reading koe"):
            list(batches)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"password": lambda: "falsch"}, Terminal, "Access denied"),
        ({"database": "nowhere"}, Terminal, "nowhere"),
        ({"port": 1}, Transient, "Connection refused"),
        ({"ca_file": None}, Terminal, "certificate"),
        ({"sslmode": "disable"}, Terminal, "Access denied"),
    ],
)
def test_a_reader_that_cannot_be_read_is_said_in_a_line_without_the_password(
    cloud: Cloud, mariadb: MariaDB, changes: dict[str, object], kind: type[Exception], words: str
) -> None:
    error = cloud.fail(source(mariadb, **changes), mysql_table(create(cloud, mariadb)))
    assert type(error) is kind
    assert words in str(error)
    assert "falsch" not in str(error)
    assert "geheim" not in str(error)


def test_a_certificate_for_another_host_is_refused(cloud: Cloud, mariadb: MariaDB) -> None:
    error = cloud.fail(source(mariadb, host="127.0.0.1"), mysql_table(create(cloud, mariadb)))
    assert isinstance(error, Terminal)
    assert "127.0.0.1" in str(error)
