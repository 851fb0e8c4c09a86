import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import adbc_driver_postgresql.dbapi as postgresql
import pytest

from extract.contract import Column
from extract.delivery import Delivery, Failure, Receipt
from extract.errors import Terminal, Transient
from extract.polling import ticks
from extract.window import Window, for_date
from sandbox import names, postgres
from tests.integration.extract.support import BEFORE, WINDOW, YESTERDAY, Cloud, aurora_table

ROWS = "INSERT INTO {} SELECT n, 'user' || n || '@example.com' FROM generate_series(1, {}) n"


def create(cloud: Cloud, name: str, rows: int = 3, more: str = "") -> str:
    """A PostgreSQL table of rows with id and email."""
    cloud.sql(f"CREATE TABLE {name} (id bigint PRIMARY KEY, email text{more})", ROWS.format(name, rows))
    return name


def tasks(cloud: Cloud, cluster: str) -> list[str]:
    """The identifiers of a cluster's export tasks."""
    found = cloud.rds.describe_export_tasks()["ExportTasks"]
    return sorted(task["ExportTaskIdentifier"] for task in found if f"-{cluster}-" in task["ExportTaskIdentifier"])


def skip(cloud: Cloud, *tables: str) -> None:
    """RDS exports leave these tables out without a word."""
    cloud.post("aws", "/_kura/rds", {"skip": [f"public.{table}" for table in tables]})


def test_one_task_serves_all_tables_and_raw_has_the_exported_types(cloud: Cloud) -> None:
    cluster, users, plans = cloud.cluster(), cloud.name("users"), cloud.name("plans")
    cloud.sql(
        f"CREATE TABLE {users} (id bigint PRIMARY KEY, email text, seats integer, active boolean, budget numeric,"
        " born date, created_at timestamptz, settings jsonb, tags text[], weight double precision)",
        f"INSERT INTO {users} VALUES (1, '日本@example.com', 7, true, 'NaN', '1999-12-31', '2026-01-01T00:00:00Z',"
        " '{\"a\": null}', '{x,y}', 0.5), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    create(cloud, plans, 5)
    columns = (
        Column("id", "INT64", "Account id."),
        Column("email", "STRING", "Sign-in address.", policy_tag="pii"),
        *(Column(name, "STRING", "Known.") for name in ("seats", "active", "budget", "born", "created_at")),
    )
    table, other = aurora_table(users, *columns), aurora_table(plans)
    outcomes = cloud.run(cloud.source_aurora(cluster), table, other)
    assert {name: outcome.rows_loaded for name, outcome in outcomes.items() if isinstance(outcome, Receipt)} == {
        users: 2,
        plans: 5,
    }
    assert tasks(cloud, cluster) == [f"kura-{cluster}-{WINDOW.partition_id}-00"]
    live = cloud.bigquery.get_table(f"{names.PROJECT}.raw_aurora.{users}")
    types = {column.name: column.field_type for column in live.schema}
    assert (types["id"], types["seats"], types["active"], types["weight"]) == ("INTEGER", "INTEGER", "BOOLEAN", "FLOAT")
    strings = ("email", "budget", "born", "created_at", "settings", "tags")
    assert {types[name] for name in strings} == {"STRING"}
    assert live.clustering_fields == ["id"]
    descriptions = {column.name: column.description for column in live.schema}
    assert descriptions["email"] == "Sign-in address."
    first = next(row for row in cloud.rows(table) if row["id"] == 1)
    assert (first["email"], first["seats"], first["active"]) == ("日本@example.com", 7, True)
    assert (first["budget"], first["weight"]) == ("NaN", 0.5)


def test_a_column_that_the_contract_does_not_know_is_restricted(cloud: Cloud) -> None:
    table = aurora_table(create(cloud, cloud.name("users"), more=", note text"))
    cloud.load(cloud.source_aurora(cloud.cluster()), table)
    assert cloud.warehouse.live_tags("raw_aurora", table.name) == {"email": "pii", "note": "restricted"}


def test_a_column_that_appears_is_added_locked_and_one_that_vanishes_is_told(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    cloud.load(cloud.source_aurora(cluster), table, BEFORE)
    cloud.sql(
        f"ALTER TABLE {table.name} ADD COLUMN phone text DEFAULT '090'", f"ALTER TABLE {table.name} DROP COLUMN email"
    )
    receipt = cloud.load(cloud.source_aurora(cluster), table)
    assert sorted(receipt.schema_changes) == ["unknown phone STRING, restricted", "vanished email"]
    assert cloud.warehouse.live_tags("raw_aurora", table.name) == {"email": "pii", "phone": "restricted"}
    assert {(row["email"], row["phone"]) for row in cloud.rows(table)} == {(None, "090")}
    assert {row["phone"] for row in cloud.rows(table, BEFORE)} == {None}


def test_a_column_that_the_contract_comes_to_know_is_released(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users"), more=", note text"))
    cloud.load(cloud.source_aurora(cluster), table)
    known = aurora_table(table.name, *table.columns, Column("note", "STRING", "Known now."))
    assert cloud.load(cloud.source_aurora(cluster), known).schema_changes == ("tagged note with nothing",)
    assert cloud.warehouse.live_tags("raw_aurora", table.name) == {"email": "pii"}


def test_a_column_whose_type_changes_fails_and_leaves_the_partitions_as_they_were(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    cloud.load(cloud.source_aurora(cluster), table, BEFORE)
    before = cloud.rows(table, BEFORE)
    cloud.sql(f"ALTER TABLE {table.name} ALTER COLUMN id TYPE text")
    error = cloud.fail(cloud.source_aurora(cluster), table)
    assert isinstance(error, Terminal)
    assert "column id is INT64 in the raw table, STRING in the delivery" in str(error)
    assert (cloud.rows(table), cloud.rows(table, BEFORE)) == ([], before)


def test_a_skipped_table_fails_with_the_reason_and_the_others_load(cloud: Cloud) -> None:
    cluster, kept, lost = cloud.cluster(), create(cloud, cloud.name("kept")), cloud.name("lost")
    cloud.sql(f"CREATE UNLOGGED TABLE {lost} (id bigint, email text)", ROWS.format(lost, 3))
    outcomes = cloud.run(cloud.source_aurora(cluster), aurora_table(kept), aurora_table(lost))
    assert isinstance(outcomes[kept], Receipt)
    failure = outcomes[lost]
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, Terminal)
    assert f"skipped koe.public.{lost} (" in str(failure.error)
    assert "unlogged" in str(failure.error).lower()


def test_a_table_that_was_skipped_without_a_word_is_missed_and_got_by_the_next_run(cloud: Cloud) -> None:
    cluster, kept, lost = cloud.cluster(), create(cloud, cloud.name("kept")), create(cloud, cloud.name("lost"))
    skip(cloud, lost)
    outcomes = cloud.run(cloud.source_aurora(cluster), aurora_table(kept), aurora_table(lost))
    assert isinstance(outcomes[kept], Receipt)
    failure = outcomes[lost]
    assert isinstance(failure, Failure)
    assert "the export does not mention it" in str(failure.error)
    skip(cloud)
    outcomes = cloud.run(cloud.source_aurora(cluster), aurora_table(kept), aurora_table(lost))
    assert all(isinstance(outcome, Receipt) for outcome in outcomes.values())
    assert len(tasks(cloud, cluster)) == 2


def test_a_rerun_leaves_the_same_partition_and_starts_no_other_task(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    cloud.load(cloud.source_aurora(cluster), table)
    rows = cloud.rows(table)
    cloud.sql(f"INSERT INTO {table.name} VALUES (99, 'late@example.com')")
    cloud.load(cloud.source_aurora(cluster), table)
    assert cloud.rows(table) == rows
    assert len(tasks(cloud, cluster)) == 1


def test_a_run_killed_while_landing_uses_the_task_that_it_had_started(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    [delivery] = cloud.deliver(cloud.source_aurora(cluster), table).values()
    assert isinstance(delivery, Delivery)
    bucket = cloud.storage.bucket(names.LANDING_BUCKET)
    bucket.blob(f"{cloud.landing.folder(table, WINDOW, delivery.id)}delivery.json").delete()
    generation = bucket.get_blob(delivery.files[0].name).generation
    assert cloud.deliver(cloud.source_aurora(cluster), table) == {table.name: delivery}
    assert bucket.get_blob(delivery.files[0].name).generation == generation
    assert len(tasks(cloud, cluster)) == 1


@contextmanager
def locked(cloud: Cloud, name: str) -> Iterator[None]:
    """A PostgreSQL table that nobody can read, so that exports of it do not end."""
    with (
        postgresql.connect(postgres.dsn(cloud.state.servers["postgres"].port)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
        try:
            yield
        finally:
            connection.rollback()


def told(cloud: Cloud, words: str) -> None:
    """Wait until a line of progress has these words."""
    assert any(any(words in line for line in cloud.report) for _ in ticks(20)), cloud.report


def test_a_task_that_runs_already_is_attached_to(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    started = f"kura-{cluster}-{WINDOW.partition_id}-00"
    with ThreadPoolExecutor() as pool:
        with locked(cloud, table.name):
            start(cloud, cluster, started, f"koe.public.{table.name}")
            run = pool.submit(cloud.load, cloud.source_aurora(cluster), table)
            told(cloud, f"attaching to the running export task {started}")
        assert run.result().position.endswith(f"by {started}")
    assert tasks(cloud, cluster) == [started]


def test_two_runs_at_the_same_moment_start_one_task(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: cloud.deliver(cloud.source_aurora(cluster), table), range(2))
    assert first == second
    assert len(tasks(cloud, cluster)) == 1


def test_a_task_waits_for_its_turn_while_five_others_run(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    busy = create(cloud, cloud.name("busy"))
    with ThreadPoolExecutor() as pool:
        with locked(cloud, busy):
            for number in range(5):
                start(cloud, cloud.cluster(), f"other-{cluster}-{number}", f"koe.public.{busy}")
            run = pool.submit(cloud.load, cloud.source_aurora(cluster), table)
            told(cloud, "waits for its turn")
            assert f"kura-{cluster}-{WINDOW.partition_id}-00" not in tasks(cloud, cluster)
        assert run.result().rows_loaded == 3


def test_a_task_waits_for_its_turn_while_another_of_the_same_cluster_runs(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    busy = create(cloud, cloud.name("busy"))
    with ThreadPoolExecutor() as pool:
        with locked(cloud, busy):
            start(cloud, cluster, f"kura-{cluster}-another-day", f"koe.public.{busy}")
            run = pool.submit(cloud.load, cloud.source_aurora(cluster), table, since_snapshots(cloud, cluster))
            told(cloud, "waits for its turn")
        assert run.result().rows_loaded == 3


def test_a_task_that_was_not_asked_for_a_table_does_not_serve_it(cloud: Cloud) -> None:
    cluster, one, other = cloud.cluster(), create(cloud, cloud.name("one")), create(cloud, cloud.name("other"))
    cloud.load(cloud.source_aurora(cluster), aurora_table(one))
    cloud.load(cloud.source_aurora(cluster), aurora_table(other))
    assert len(tasks(cloud, cluster)) == 2


def test_a_task_of_a_whole_schema_serves_each_of_its_tables(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    start(cloud, cluster, f"kura-{cluster}-{WINDOW.partition_id}-00", "koe.public")
    cloud.load(cloud.source_aurora(cluster), table)
    assert len(tasks(cloud, cluster)) == 1


def start(cloud: Cloud, cluster: str, identifier: str, only: str) -> None:
    """Start an export task as an earlier run may have done."""
    arn = cloud.rds.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]["DBClusterArn"]
    cloud.rds.start_export_task(
        ExportTaskIdentifier=identifier,
        SourceArn=arn,
        S3BucketName=names.EXPORT_BUCKET,
        S3Prefix="aurora",
        IamRoleArn=names.EXPORT_ROLE,
        KmsKeyId=names.EXPORT_KMS_KEY,
        ExportOnly=[only],
    )


def test_the_earliest_snapshot_at_or_after_the_windows_end_is_exported(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    snapshots = [f"{cluster}-{order}" for order in ("first", "second")]
    for snapshot in snapshots:
        cloud.rds.create_db_cluster_snapshot(DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=snapshot)
    found = cloud.rds.describe_db_cluster_snapshots(DBClusterIdentifier=cluster)["DBClusterSnapshots"]
    earliest = min(found, key=lambda snapshot: snapshot["SnapshotCreateTime"])
    receipt = cloud.load(cloud.source_aurora(cluster), table)
    assert receipt.position.startswith(earliest["DBClusterSnapshotArn"])


def since_snapshots(cloud: Cloud, cluster: str) -> Window:
    """A window that ended after all snapshots of a cluster were taken."""
    found = cloud.rds.describe_db_cluster_snapshots(DBClusterIdentifier=cluster)["DBClusterSnapshots"]
    newest = max(snapshot["SnapshotCreateTime"] for snapshot in found)
    return Window(WINDOW.start, newest + datetime.timedelta(microseconds=1), WINDOW.date)


def test_without_a_snapshot_since_the_windows_end_the_cluster_itself_is_exported(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    receipt = cloud.load(cloud.source_aurora(cluster), table, since_snapshots(cloud, cluster))
    arn = cloud.rds.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]["DBClusterArn"]
    assert receipt.position.startswith(f"{arn} ")


def test_a_failed_task_is_transient_and_the_next_run_makes_the_next_attempt(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    cloud.post("aws", "/_kura/faults", {"source": "rds", "kind": "fail", "table": f"public.{table.name}"})
    error = cloud.fail(cloud.source_aurora(cluster), table)
    assert isinstance(error, Transient)
    assert "failed: RuntimeError: this export was made to fail" in str(error)
    receipt = cloud.load(cloud.source_aurora(cluster), table)
    assert receipt.position.endswith(f"by kura-{cluster}-{WINDOW.partition_id}-01")


def test_an_export_whose_files_are_gone_is_made_anew(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    [delivery] = cloud.deliver(cloud.source_aurora(cluster), table).values()
    assert isinstance(delivery, Delivery)
    for entry in cloud.s3.list_objects_v2(Bucket=names.EXPORT_BUCKET, Prefix=f"aurora/{delivery.id}/")["Contents"]:
        cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=entry["Key"])
    cloud.landing.remove(delivery.files[0].name)
    cloud.load(cloud.source_aurora(cluster), table)
    assert len(tasks(cloud, cluster)) == 2


def test_a_truncated_file_fails_and_leaves_the_warehouse_as_it_was(cloud: Cloud) -> None:
    cluster, table = cloud.cluster(), aurora_table(create(cloud, cloud.name("users")))
    cloud.load(cloud.source_aurora(cluster), table, BEFORE)
    cloud.post("aws", "/_kura/faults", {"source": "rds", "kind": "truncate", "table": f"public.{table.name}"})
    error = cloud.fail(cloud.source_aurora(cluster), table)
    assert isinstance(error, Terminal)
    assert "not a whole Parquet file" in str(error)
    assert (len(cloud.rows(table)), len(cloud.rows(table, BEFORE))) == (0, 3)


def test_an_empty_table_fails_unless_it_may_be_empty(cloud: Cloud) -> None:
    cluster, name = cloud.cluster(), create(cloud, cloud.name("users"), 0)
    error = cloud.fail(cloud.source_aurora(cluster), aurora_table(name))
    assert "the delivery has no rows" in str(error)
    table = aurora_table(name, allow_empty=True)
    assert cloud.load(cloud.source_aurora(cluster), table).rows_loaded == 0
    live = cloud.bigquery.get_table(f"{names.PROJECT}.raw_aurora.{name}")
    assert [(column.name, column.field_type) for column in live.schema] == [("id", "INTEGER"), ("email", "STRING")]
    cloud.sql(ROWS.format(name, 3))
    assert cloud.load(cloud.source_aurora(cloud.cluster()), table, BEFORE).schema_changes == ()


def test_a_table_that_postgresql_does_not_have_is_terminal_or_transient_and_named(cloud: Cloud) -> None:
    error = cloud.fail(cloud.source_aurora(cloud.cluster()), aurora_table("nowhere"))
    assert "koe.public.nowhere" in str(error)


def test_a_cluster_that_is_not_there_is_terminal(cloud: Cloud) -> None:
    error = cloud.fail(cloud.source_aurora("no-such-cluster"), aurora_table("users"))
    assert isinstance(error, Terminal)
    assert "there is no cluster no-such-cluster; check the cluster's identifier" in str(error)


def test_a_window_that_is_still_open_is_refused(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match="is in the future"):
        cloud.run(cloud.source_aurora("any"), aurora_table("any"), window=for_date(YESTERDAY.replace(year=2999), "UTC"))
