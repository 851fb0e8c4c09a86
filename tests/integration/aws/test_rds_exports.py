"""Export tasks: PostgreSQL's tables as Parquet in S3."""

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/export"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/00000000-0000-0000-0000-000000000000"
Sql = Callable[[str], None]


@pytest.fixture(scope="session")
def cluster(server: Any) -> str:
    """The ARN of a cluster."""
    made = server.rds.create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-postgresql",
        MasterUsername="koe",
        MasterUserPassword="secret-password",
    )
    return made["DBCluster"]["DBClusterArn"]


def snapshot(server: Any, cluster: str, name: str) -> str:
    """The ARN of a new snapshot of the cluster."""
    made = server.rds.create_db_cluster_snapshot(
        DBClusterIdentifier=cluster.rpartition(":")[2], DBClusterSnapshotIdentifier=name
    )
    arn: str = made["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    return arn


def request(identifier: str, bucket: str, source: str, **more: Any) -> dict[str, Any]:
    base = {"ExportTaskIdentifier": identifier, "SourceArn": source, "S3BucketName": bucket, "S3Prefix": "aurora"}
    return {**base, "IamRoleArn": ROLE, "KmsKeyId": KEY, **more}


def export(server: Any, identifier: str, bucket: str, source: str, **more: Any) -> dict[str, Any]:
    started = server.rds.start_export_task(**request(identifier, bucket, source, **more))
    assert started["Status"] in ("STARTING", "IN_PROGRESS", "COMPLETE")
    return server.finished_task(identifier)


def parts(server: Any, bucket: str, identifier: str, table: str) -> dict[str, pa.Table]:
    """The Parquet files of a table by their places below it."""
    prefix = f"aurora/{identifier}/koe/{table}/"
    return {
        key.removeprefix(prefix): pq.read_table(io.BytesIO(server.content(bucket, key)))
        for key in server.keys(bucket, prefix)
        if key.endswith(".parquet")
    }


def rows(server: Any, bucket: str, identifier: str, table: str) -> list[dict[str, Any]]:
    return [row for part in parts(server, bucket, identifier, table).values() for row in part.to_pylist()]


def report(server: Any, bucket: str, identifier: str) -> dict[str, dict[str, Any]]:
    """What the export says of each table."""
    [key] = server.keys(bucket, f"aurora/{identifier}/export_tables_info_{identifier}_from_1_to_")
    statuses = json.loads(server.content(bucket, key))["perTableStatus"]
    return {status["target"]: status for status in statuses}


def test_values_have_the_types_and_texts_of_aws(server: Any, bucket: str, cluster: str, database: Sql) -> None:
    database("""
        CREATE TYPE mood AS ENUM ('glad');
        CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
        CREATE TABLE every_type (id bigint PRIMARY KEY, i2 smallint, i4 integer, f4 real, f8 double precision,
            yes boolean, raw bytea, words text, short varchar(5), fixed char(3), exact numeric(40, 3), free numeric,
            cost money, day date, clock time, moment timestamp, instant timestamptz, span interval, mark uuid,
            doc json, docb jsonb, tags text[], feeling mood, positive positive, address inet, few int4range);
        INSERT INTO every_type VALUES (1, -2, 3, 1.5, 0.1, true, '\\x00ff', '音声', 'ab', 'x',
            1234567890123456789012345678901234567.125, 'NaN', 12.5, 'infinity', '01:02:03.5', '2026-11-21 01:02:03',
            '2026-11-21 01:02:03.25+09', '1 day 02:00', '00000000-0000-0000-0000-00000000000a', '{"a":  1}', '{"b":2}',
            '{x,"y z"}', 'glad', 5, '10.0.0.1', '[1,5)');
        INSERT INTO every_type (id) VALUES (2)
    """)
    task = export(server, "types", bucket, cluster)
    assert (task["Status"], task["PercentProgress"]) == ("COMPLETE", 100)
    [key] = [key for key in server.keys(bucket) if key.endswith(".parquet")]
    file = pq.ParquetFile(io.BytesIO(server.content(bucket, key)))

    physical = {column.name: (column.physical_type, str(column.logical_type)) for column in file.schema}
    text = ("BYTE_ARRAY", "String")
    own = {
        "id": ("INT64", "None"),
        "i2": ("INT32", "Int(bitWidth=16, isSigned=true)"),
        "i4": ("INT32", "None"),
        "f4": ("FLOAT", "None"),
        "f8": ("DOUBLE", "None"),
        "yes": ("BOOLEAN", "None"),
        "raw": ("BYTE_ARRAY", "None"),
    }
    assert physical == {name: own.get(name, text) for name in physical}
    first, second = file.read().to_pylist()
    assert first == {
        "id": 1,
        "i2": -2,
        "i4": 3,
        "f4": 1.5,
        "f8": 0.1,
        "yes": True,
        "raw": b"\x00\xff",
        "words": "音声",
        "short": "ab",
        "fixed": "x  ",
        "exact": "1234567890123456789012345678901234567.125",
        "free": "NaN",
        "cost": "$12.50",
        "day": "infinity",
        "clock": "01:02:03.5",
        "moment": "2026-11-21 01:02:03",
        "instant": "2026-11-20 16:02:03.25+00",
        "span": "1 day 02:00:00",
        "mark": "00000000-0000-0000-0000-00000000000a",
        "doc": '{"a":  1}',
        "docb": '{"b": 2}',
        "tags": '{x,"y z"}',
        "feeling": "glad",
        "positive": "5",
        "address": "10.0.0.1",
        "few": "[1,5)",
    }
    assert second == {"id": 2} | {name: None for name in physical if name != "id"}


def test_an_export_has_the_layout_of_aws(server: Any, bucket: str, cluster: str, database: Sql) -> None:
    database("""
        CREATE SCHEMA shop; CREATE TABLE shop.orders (id integer PRIMARY KEY, note text);
        CREATE TABLE public.empty (id integer PRIMARY KEY); INSERT INTO shop.orders VALUES (1, 'a'), (2, NULL)
    """)
    snapshot = server.rds.create_db_cluster_snapshot(DBClusterIdentifier="shop", DBClusterSnapshotIdentifier="layout")
    source = snapshot["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    task = export(server, "layout", bucket, source)
    base = "aurora/layout/"
    files = [key.removeprefix(base) for key in server.keys(bucket)]
    [part] = [file for file in files if file.endswith(".gz.parquet")]
    assert part.startswith("koe/shop.orders/1/part-00000-")
    assert set(files) == {
        part,
        "koe/shop.orders/1/_SUCCESS",
        "koe/public.empty/1/_SUCCESS",
        "export_info_layout.json",
        "export_tables_info_layout_from_1_to_2.json",
    }
    information = json.loads(server.content(bucket, base + "export_info_layout.json"))
    assert information["exportTaskIdentifier"] == "layout"
    assert (information["status"], information["percentProgress"]) == ("COMPLETE", 100)
    assert information["sourceArn"] == task["SourceArn"] == source
    assert task["SourceType"] == "SNAPSHOT"
    assert {key: task[key] for key in ("S3Bucket", "S3Prefix", "IamRoleArn", "KmsKeyId", "TotalExtractedDataInGB")} == {
        "S3Bucket": bucket,
        "S3Prefix": "aurora",
        "IamRoleArn": ROLE,
        "KmsKeyId": KEY,
        "TotalExtractedDataInGB": 0,
    }
    assert task["TaskStartTime"] <= task["TaskEndTime"]
    told = report(server, bucket, "layout")
    assert {target: status["status"] for target, status in told.items()} == {
        "koe.public.empty": "COMPLETE",
        "koe.shop.orders": "COMPLETE",
    }
    columns = told["koe.shop.orders"]["schemaMetadata"]["originalTypeMappings"]
    assert [(column["columnName"], column["originalType"], column["expectedExportedType"]) for column in columns] == [
        ("id", "int4", "int32"),
        ("note", "text", "binary (UTF8)"),
    ]


def test_a_large_table_is_divided(server: Any, bucket: str, cluster: str, database: Sql) -> None:
    database("""
        CREATE TABLE ranges (id integer PRIMARY KEY, noise bytea);
        INSERT INTO ranges SELECT n, (SELECT string_agg(sha512((n * 100 + k)::text::bytea), '')
            FROM generate_series(1, 64) k) FROM generate_series(1, 3500) n;
        CREATE TABLE batches (id integer, noise bytea); INSERT INTO batches SELECT * FROM ranges
    """)
    export(server, "large", bucket, cluster)
    for table, places in (("ranges", ["1/part-00000", "1/part-00001"]), ("batches", ["1/part-00000", "2/part-00000"])):
        found = parts(server, bucket, "large", f"public.{table}")
        assert sorted(name[:12] for name in found) == places
        ids = pa.concat_tables(found.values())["id"].to_pylist()
        assert sorted(ids) == list(range(1, 3_501))


def test_export_only_names_databases_schemas_or_tables(server: Any, bucket: str, cluster: str, database: Sql) -> None:
    database("""
        CREATE SCHEMA shop; CREATE TABLE shop.a (id integer); CREATE TABLE shop.b (id integer);
        CREATE TABLE public.c (id integer); CREATE TABLE public.d (id integer)
    """)
    export(server, "only", bucket, cluster, ExportOnly=["koe.shop", "koe.public.c"])
    assert set(report(server, bucket, "only")) == {"koe.shop.a", "koe.shop.b", "koe.public.c"}
    task = export(server, "unknown", bucket, cluster, ExportOnly=["koe.public.nothing"])
    assert task["Status"] == "FAILED"
    assert "koe.public.nothing" in task["FailureCause"]


def test_tables_that_aws_cannot_export_are_skipped_with_a_warning(
    server: Any, bucket: str, cluster: str, database: Sql
) -> None:
    database("""
        CREATE TABLE fine (id integer); CREATE UNLOGGED TABLE fast (id integer);
        CREATE TABLE spaced ("a b" integer); CREATE TABLE "sl/ash" (id integer)
    """)
    task = export(server, "skipped", bucket, cluster)
    assert set(report(server, bucket, "skipped")) == {"koe.public.fine"}
    assert (task["Status"], task["PercentProgress"]) == ("COMPLETE", 100)
    assert all(name in task["WarningMessage"] for name in ("public.fast", "public.spaced", "public.sl/ash"))


def test_identifiers_are_used_once(server: Any, bucket: str, cluster: str, database: Sql) -> None:
    export(server, "once", bucket, cluster)
    with pytest.raises(server.rds.exceptions.ExportTaskAlreadyExistsFault):
        export(server, "once", bucket, cluster)


def test_at_most_five_tasks_run_at_a_time(server: Any, bucket: str, cluster: str, database: Sql, dsn: str) -> None:
    import adbc_driver_postgresql.dbapi as postgresql

    database("CREATE TABLE locked (id integer)")
    names = [f"parallel-{number}" for number in range(6)]
    sources = {name: snapshot(server, cluster, f"shop-{name}") for name in names}
    with postgresql.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")
        for name in names[:5]:
            server.rds.start_export_task(**request(name, bucket, sources[name]))
        with pytest.raises(ClientError) as refused:
            server.rds.start_export_task(**request(names[5], bucket, sources[names[5]]))
        assert refused.value.response["Error"]["Code"] == "ExportTaskLimitReachedFault"
        canceled = server.rds.cancel_export_task(ExportTaskIdentifier=names[0])
        assert canceled["Status"] == "CANCELING"
        connection.rollback()
    ended = {name: server.finished_task(name)["Status"] for name in names[:5]}
    assert ended == {names[0]: "CANCELED"} | dict.fromkeys(names[1:5], "COMPLETE")
    with pytest.raises(server.rds.exceptions.InvalidExportTaskStateFault):
        server.rds.cancel_export_task(ExportTaskIdentifier=names[0])


def test_of_a_cluster_one_task_runs_at_a_time(server: Any, bucket: str, cluster: str, database: Sql, dsn: str) -> None:
    import adbc_driver_postgresql.dbapi as postgresql

    database("CREATE TABLE held (id integer)")
    with postgresql.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        server.rds.start_export_task(**request("alone", bucket, cluster))
        with pytest.raises(server.rds.exceptions.InvalidExportSourceStateFault):
            server.rds.start_export_task(**request("beside", bucket, cluster, ExportOnly=["koe.public.other"]))
        connection.rollback()
    assert server.finished_task("alone")["Status"] == "COMPLETE"


def test_all_tables_are_read_at_one_time(server: Any, bucket: str, cluster: str, database: Sql, dsn: str) -> None:
    import adbc_driver_postgresql.dbapi as postgresql

    database("CREATE TABLE a (id integer); CREATE TABLE b (id integer); CREATE TABLE c (id integer)")
    with postgresql.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE b IN ACCESS EXCLUSIVE MODE")
        server.rds.start_export_task(**request("moment", bucket, cluster))
        waited = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        server.until(lambda: (cursor.execute(waited), cursor.fetchone()[0])[1])
        database("INSERT INTO c VALUES (1)")
        connection.rollback()
    assert server.finished_task("moment")["Status"] == "COMPLETE"
    assert rows(server, bucket, "moment", "public.c") == []


def test_tasks_are_found_by_filters(server: Any, bucket: str, cluster: str, database: Sql) -> None:
    database("CREATE TABLE a (id integer)")
    export(server, "filter-1", bucket, cluster)
    export(server, "filter-2", bucket, cluster, ExportOnly=["koe.nothing"])

    def found(*filters: tuple[str, str]) -> list[str]:
        asked = [{"Name": name, "Values": [value]} for name, value in (("s3-bucket", bucket), *filters)]
        tasks = server.rds.describe_export_tasks(Filters=asked)["ExportTasks"]
        return [task["ExportTaskIdentifier"] for task in tasks]

    assert found() == ["filter-1", "filter-2"]
    assert found(("status", "failed")) == ["filter-2"]
    assert found(("source-arn", cluster), ("export-task-identifier", "filter-1")) == ["filter-1"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SourceArn": "arn:aws:rds:ap-northeast-1:123456789012:cluster:nothing"}, "DBClusterNotFoundFault"),
        (
            {"SourceArn": "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:nothing"},
            "DBClusterSnapshotNotFoundFault",
        ),
        ({"S3BucketName": "there-is-no-such-bucket"}, "InvalidS3BucketFault"),
        ({"S3Prefix": "a:b"}, "InvalidParameterValue"),
        ({"ExportTaskIdentifier": "1-begins-with-a-digit"}, "InvalidParameterValue"),
    ],
    ids=["cluster", "snapshot", "bucket", "prefix", "identifier"],
)
def test_wrong_requests_are_refused(server: Any, bucket: str, cluster: str, change: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        server.rds.start_export_task(**request("wrong", bucket, cluster) | change)
    assert refused.value.response["Error"]["Code"] == code


def test_an_unknown_task_is_said_to_be_so(server: Any) -> None:
    with pytest.raises(server.rds.exceptions.ExportTaskNotFoundFault):
        server.rds.describe_export_tasks(ExportTaskIdentifier="never-started")
