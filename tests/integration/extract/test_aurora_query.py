"""Query mode on PostgreSQL, from a real server to raw tables."""

import datetime
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from extract.aurora_postgres import postgres as snapshot_of
from extract.aurora_reader import iam_token
from extract.contract import Column, Table
from extract.delivery import Delivery, Failure, Kind, Receipt
from extract.errors import Terminal, Transient
from orchestration import clients, reachability
from orchestration.environment import load
from sandbox import environment, names, postgres
from tests.integration.extract.support import BEFORE, WINDOW, Cloud, aurora_table, progress
from tests.integration.extract.tls import certificate, in_front_of

COLUMNS = (
    Column("id", "INT64", "Number."),
    Column("email", "STRING", "Address.", policy_tag="pii"),
    Column("updated_at", "TIMESTAMP", "When it changed last."),
)


def query_table(name: str, **more: object) -> Table:
    """The contract of a table with id and email in query mode."""
    return aurora_table(name, *COLUMNS[:2], mode="query", **more)


def cursor_table(name: str, **more: object) -> Table:
    """The contract of a table with a cursor as well."""
    return aurora_table(name, *COLUMNS, mode="query", cursor="updated_at", **more)


def create(cloud: Cloud, rows: int = 3, more: str = "") -> str:
    """A table of rows with id and email, and of what else is said."""
    name = cloud.name("queried")
    cloud.sql(
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, email text{more})",
        f"INSERT INTO {name} SELECT n, 'user' || n || '@example.com' FROM generate_series(1, {rows}) n",
    )
    return name


def wide(cloud: Cloud, rows: int) -> str:
    """A table of rows of about 1 KB, so that it has many pages."""
    name = cloud.name("wide")
    cloud.sql(
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, email text)",
        f"ALTER TABLE {name} ALTER email SET STORAGE PLAIN",
        f"INSERT INTO {name} SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, {rows}) n",
    )
    return name


def delivered(cloud: Cloud, delivery: Delivery | Failure) -> list[dict[str, object]]:
    """The rows of a delivery's files, by id."""
    assert isinstance(delivery, Delivery), delivery
    bucket = cloud.storage.bucket(names.LANDING_BUCKET)
    contents = [bucket.blob(file.name).download_as_bytes() for file in delivery.files]
    tables = [pq.read_table(io.BytesIO(content)) for content in contents]
    assert [table.num_rows for table in tables] == [file.rows for file in delivery.files]
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["id"])


def test_all_tables_of_a_run_are_read_as_of_one_snapshot(cloud: Cloud) -> None:
    first, second = create(cloud), create(cloud)
    tables = [query_table(first), query_table(second)]
    with snapshot_of(cloud.reader()) as snapshot:
        plans = [snapshot.plan(table, None) for table in tables]
        cloud.sql(f"DELETE FROM {first} WHERE id = 1", f"INSERT INTO {second} VALUES (99, 'late')")
        rows = []
        for table, plan in zip(tables, plans, strict=True):
            # Held open, each reads on a connection of its own.
            batches = snapshot.batches(table, plan, plan.statements[0], print)
            rows += [row["id"] for batch in batches for row in batch.to_pylist()]
    assert rows == [1, 2, 3, 1, 2, 3]


def test_connections_that_read_at_once_see_the_same_snapshot(cloud: Cloud) -> None:
    table = query_table(wide(cloud, 2000))
    with snapshot_of(cloud.reader(connections=3)) as snapshot:
        plan = snapshot.plan(table, None)
        readers = [snapshot.batches(table, plan, plan.statements[0], print) for _ in range(2)]
        started = [next(reader) for reader in readers]
        cloud.sql(f"DELETE FROM {table.name}")
        readers.append(snapshot.batches(table, plan, plan.statements[0], print))
        started.append(next(readers[-1]))
        counts = [batch.num_rows + sum(b.num_rows for b in rest) for batch, rest in zip(started, readers, strict=True)]
    assert counts == [2000, 2000, 2000]


def test_a_large_table_is_read_in_ranges_that_have_every_row_once(cloud: Cloud) -> None:
    table = query_table(wide(cloud, 70_000))
    cloud.sql(f"DELETE FROM {table.name} WHERE id % 10 = 0", f"UPDATE {table.name} SET id = -id WHERE id % 7 = 0")
    outcome = cloud.deliver(cloud.source_query(), table)[table.name]
    rows = delivered(cloud, outcome)
    expected = sorted(-n if n % 7 == 0 else n for n in range(1, 70_001) if n % 10)
    assert [row["id"] for row in rows] == expected
    assert isinstance(outcome, Delivery)
    assert len(outcome.files) == 2


@pytest.mark.usefixtures("talkative")
def test_while_a_table_is_read_its_rows_bytes_and_rate_are_told(cloud: Cloud) -> None:
    table = query_table(create(cloud, 1000))
    cloud.deliver(cloud.source_query(), table)
    assert progress(cloud, str(table))[-1].startswith(f"{table}: 1,000 rows, ")


def test_a_partitioned_table_is_read_whole(cloud: Cloud) -> None:
    name = cloud.name("parts")
    cloud.sql(
        f"CREATE TABLE {name} (id bigint, email text) PARTITION BY RANGE (id)",
        f"CREATE TABLE {name}_a PARTITION OF {name} FOR VALUES FROM (0) TO (100)",
        f"CREATE TABLE {name}_b PARTITION OF {name} DEFAULT",
        f"ALTER TABLE {name}_b ALTER email SET STORAGE PLAIN",
        f"INSERT INTO {name} SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 70000) n",
    )
    outcome = cloud.deliver(cloud.source_query(), query_table(name))[name]
    assert [row["id"] for row in delivered(cloud, outcome)] == list(range(1, 70_001))


def test_a_view_is_read_like_a_table(cloud: Cloud) -> None:
    name, view = create(cloud), cloud.name("view")
    cloud.sql(f"CREATE VIEW {view} AS SELECT id, upper(email) AS email FROM {name}")
    cloud.load(cloud.source_query(), query_table(view))
    assert [row["email"] for row in cloud.rows(query_table(view))] == [f"USER{n}@EXAMPLE.COM" for n in (1, 2, 3)]


def test_raw_is_the_same_as_from_an_export_so_that_a_table_can_change_its_mode(cloud: Cloud) -> None:
    name = create(cloud, 2, ", budget numeric, born date, at timestamptz, tags text[], settings jsonb, code char(4)")
    cloud.sql(
        f"UPDATE {name} SET budget = 'NaN', born = '-infinity', at = now(), tags = '{{a}}', code = 'x' WHERE id = 1"
    )
    exported = aurora_table(name)
    first = cloud.load(cloud.source_aurora(cloud.cluster()), exported, BEFORE)
    assert cloud.load(cloud.source_query(), query_table(name)).schema_changes == first.schema_changes
    assert cloud.rows(exported, WINDOW) == cloud.rows(exported, BEFORE)
    assert cloud.rows(exported)[0]["budget"] == "NaN"


def test_tables_of_both_modes_are_loaded_in_one_run(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    exported, queried = aurora_table(create(cloud)), query_table(create(cloud))
    variables = {**environment.variables(cloud.home, cloud.state), "KURA_AURORA_CLUSTER": cloud.cluster()}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load(variables)
    reachability.require(settings, [exported, queried])
    outcomes = cloud.run(clients.source(settings, "aurora"), exported, queried)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes.values()), outcomes
    assert cloud.rows(exported) == cloud.rows(queried)


def test_a_rerun_reads_nothing_again(cloud: Cloud) -> None:
    table = query_table(create(cloud))
    first = cloud.deliver(cloud.source_query(), table)[table.name]
    cloud.sql(f"INSERT INTO {table.name} VALUES (99, 'late')")
    assert cloud.deliver(cloud.source_query(), table)[table.name] == first


def test_the_position_says_when_the_snapshot_was_taken(cloud: Cloud) -> None:
    table = query_table(create(cloud))
    before = datetime.datetime.now(datetime.UTC)
    position = cloud.load(cloud.source_query(), table).position
    kind, at, *_ = position.removeprefix("PostgreSQL at ").split(", ")
    taken = datetime.datetime.fromisoformat(kind)
    assert before <= taken <= datetime.datetime.now(datetime.UTC)
    assert at.startswith("transactions ")


def test_an_empty_table_is_delivered_with_its_columns(cloud: Cloud) -> None:
    table = query_table(create(cloud, 0), allow_empty=True)
    receipt = cloud.load(cloud.source_query(), table)
    assert (receipt.rows_loaded, cloud.rows(table)) == (0, [])
    live = cloud.bigquery.get_table(f"{names.PROJECT}.raw_aurora.{table.name}")
    assert [(column.name, column.field_type) for column in live.schema] == [("id", "INTEGER"), ("email", "STRING")]


def test_a_cursor_delivers_the_whole_table_first_and_then_what_has_changed(cloud: Cloud) -> None:
    name = create(cloud, 4, f", updated_at timestamptz NOT NULL DEFAULT '{BEFORE.start}'")
    table = cursor_table(name)
    full = cloud.deliver(cloud.source_query(), table, window=BEFORE)[name]
    assert isinstance(full, Delivery)
    assert (full.kind, full.rows) == (Kind.FULL, 4)
    hour = datetime.timedelta(hours=1)  # the lookback of a contract that says none
    cloud.sql(
        f"UPDATE {name} SET email = 'a', updated_at = '{WINDOW.start - hour}' WHERE id = 1",
        f"UPDATE {name} SET email = 'b', updated_at = '{WINDOW.start - hour * 1.01}' WHERE id = 2",
        f"UPDATE {name} SET email = 'c', updated_at = 'infinity' WHERE id = 3",
    )
    changes = cloud.deliver(cloud.source_query(), table)[name]
    assert isinstance(changes, Delivery)
    assert changes.kind is Kind.CHANGES
    assert [row["email"] for row in delivered(cloud, changes)] == ["a", "c"]
    assert changes.position.endswith(f"; updated_at since {(WINDOW.start - hour).isoformat()}")
    assert cloud.deliver(cloud.source_query(), table)[name] == changes


def test_changes_are_no_delivery_of_a_table_that_is_exported_since(cloud: Cloud) -> None:
    name = create(cloud, 2, f", updated_at timestamptz DEFAULT '{BEFORE.start}'")
    cloud.load(cloud.source_query(), cursor_table(name), BEFORE)
    assert cloud.load(cloud.source_query(), cursor_table(name)).kind == "changes"
    exported = cloud.load(cloud.source_aurora(cloud.cluster()), aurora_table(name, *COLUMNS))
    assert (exported.kind, exported.rows_loaded) == ("full", 2)


def test_a_row_without_an_instant_is_among_the_changes(cloud: Cloud) -> None:
    name = create(cloud, 2, f", updated_at timestamp DEFAULT '{BEFORE.start:%Y-%m-%d}'")
    table = cursor_table(name)
    cloud.load(cloud.source_query(), table, BEFORE)
    cloud.sql(f"UPDATE {name} SET updated_at = NULL WHERE id = 2")
    receipt = cloud.load(cloud.source_query(), table)
    assert (receipt.kind, receipt.rows_loaded) == ("changes", 1)


def test_no_changes_at_all_are_an_empty_partition(cloud: Cloud) -> None:
    name = create(cloud, 2, f", updated_at timestamptz DEFAULT '{BEFORE.start}'")
    cloud.load(cloud.source_query(), cursor_table(name), BEFORE)
    receipt = cloud.load(cloud.source_query(), cursor_table(name))
    assert (receipt.kind, receipt.rows_loaded) == ("changes", 0)


def test_without_a_full_delivery_to_build_on_the_whole_table_is_read(cloud: Cloud) -> None:
    name = create(cloud, 2, f", updated_at timestamptz DEFAULT '{BEFORE.start}'")
    assert cloud.load(cloud.source_query(), cursor_table(name)).kind == "full"


def test_a_cursor_that_is_no_instant_is_refused(cloud: Cloud) -> None:
    name = create(cloud, 2, ", updated_at bigint")
    cloud.load(cloud.source_query(), cursor_table(name), BEFORE)
    error = cloud.fail(cloud.source_query(), cursor_table(name))
    assert isinstance(error, Terminal)
    assert "cursor updated_at is no instant but int8" in str(error)


def test_a_cursor_that_is_not_there_is_refused(cloud: Cloud) -> None:
    error = cloud.fail(cloud.source_query(), cursor_table(create(cloud)))
    assert isinstance(error, Terminal)
    assert "has no column updated_at" in str(error)


def test_a_table_that_fails_leaves_the_others_their_snapshot(cloud: Cloud) -> None:
    good, gone, closed = create(cloud), cloud.name("gone"), create(cloud, 2, ", secret text")
    broken = cloud.name("broken")
    cloud.sql(f"CREATE VIEW {broken} AS SELECT id, (1 / (id - id))::text AS email FROM {closed}")
    tables = [query_table(name) for name in (gone, broken, good)]
    outcomes = cloud.run(cloud.source_query(connections=1), *tables)
    assert isinstance(outcomes[good], Receipt)
    for name, words in ((gone, f"there is no public.{gone}"), (broken, "division by zero")):
        failure = outcomes[name]
        assert isinstance(failure, Failure)
        assert isinstance(failure.error, Terminal)
        assert words in str(failure.error)
        assert "SELECT" not in str(failure.error)


def test_rows_that_a_policy_would_hide_are_an_error(cloud: Cloud) -> None:
    name = create(cloud)
    cloud.sql(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    error = cloud.fail(cloud.source_query(), query_table(name))
    assert isinstance(error, Terminal)
    assert "row-level security" in str(error)


def test_a_column_name_that_an_export_would_not_take_is_refused(cloud: Cloud) -> None:
    error = cloud.fail(cloud.source_query(), query_table(create(cloud, 2, ', "full name" text')))
    assert isinstance(error, Terminal)
    assert "'full name'" in str(error)


def test_a_statement_that_takes_too_long_is_stopped_and_said(cloud: Cloud) -> None:
    name, view = create(cloud), cloud.name("slow")
    cloud.sql(f"CREATE VIEW {view} AS SELECT id, email, pg_sleep(10)::text AS pause FROM {name}")
    source = cloud.source_query(statement_timeout=datetime.timedelta(milliseconds=200))
    error = cloud.fail(source, query_table(view))
    assert isinstance(error, Transient)
    assert "PostgreSQL stopped the statement after" in str(error)


def test_a_connection_that_breaks_is_a_failure_and_not_a_short_delivery(cloud: Cloud) -> None:
    table = query_table(wide(cloud, 60_000))
    with snapshot_of(cloud.reader()) as snapshot:
        plan = snapshot.plan(table, None)
        batches = snapshot.batches(table, plan, plan.statements[0], print)
        next(batches)
        cloud.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE application_name = 'kura' AND query LIKE '%{table.name}%' AND pid <> pg_backend_pid()"
        )
        with pytest.raises(Transient, match="reading public"):
            list(batches)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"password": lambda: "geheim"}, Terminal, "password authentication failed"),
        ({"database": "nowhere"}, Terminal, "nowhere"),
        ({"port": 1}, Transient, "Connection refused"),
        ({"host": "reader.invalid"}, Transient, "cannot be resolved"),
        ({"sslmode": "verify-full"}, Terminal, "does not support SSL"),
    ],
)
def test_a_reader_that_cannot_be_read_is_said_in_a_line_without_the_password(
    cloud: Cloud, changes: dict[str, object], kind: type[Exception], words: str
) -> None:
    table = query_table(create(cloud))
    error = cloud.fail(cloud.source_query(**changes), table)
    assert type(error) is kind
    assert words in str(error)
    assert "geheim" not in str(error)
    assert "geheim" not in repr(cloud.reader(**changes))


def test_a_changed_password_is_read_for_every_connection(cloud: Cloud) -> None:
    asked: list[str] = []

    def password() -> str:
        asked.append(threading.current_thread().name)
        return postgres.PASSWORD

    tables = [query_table(wide(cloud, 2000)) for _ in range(2)]
    with snapshot_of(cloud.reader(password=password)) as snapshot:
        open_readers: list[Iterator[object]] = []
        for table in tables:
            plan = snapshot.plan(table, None)
            reader = snapshot.batches(table, plan, plan.statements[0], print)
            next(reader)
            open_readers.append(reader)
    assert len(asked) == 2


def test_over_tls_only_a_certificate_that_is_trusted_and_names_the_host_will_do(cloud: Cloud, tmp_path: Path) -> None:
    table = query_table(create(cloud))
    other = tmp_path / "other"
    other.mkdir()
    with in_front_of(cloud.state.servers["postgres"].port, tmp_path) as (port, trusted):
        tls = {"port": port, "sslmode": "verify-full", "ca_file": trusted}
        untrusted = cloud.fail(cloud.source_query(**tls | {"ca_file": certificate(other)[0]}), table)
        misnamed = cloud.fail(cloud.source_query(**tls | {"host": "127.0.0.1"}), table)
        assert cloud.load(cloud.source_query(**tls), table).rows_loaded == 3
    assert isinstance(untrusted, Terminal)
    assert "certificate verify failed" in str(untrusted)
    assert isinstance(misnamed, Terminal)
    assert "does not match host name" in str(misnamed)


def test_no_part_of_an_iam_token_is_ever_said(cloud: Cloud) -> None:
    reader = cloud.reader()
    source = cloud.source_query(password=lambda: iam_token(lambda: cloud.rds, reader.host, reader.port, reader.user))
    # PostgreSQL itself knows nothing of IAM: what is seen here is that it refuses, and that no token comes back.
    error = cloud.fail(source, query_table(create(cloud)))
    assert isinstance(error, Terminal)
    assert "X-Amz" not in str(error)
