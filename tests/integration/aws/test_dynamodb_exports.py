"""Full exports of DynamoDB tables: what is in them, where it lies, and what is refused."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

LOSSLESS: dict[str, Any] = {
    "id": {"S": "lossless"},
    "digits": {"N": "12345678901234567890123456789012345678"},
    "tiny": {"N": "-1.2345E-128"},
    "binary": {"B": b"\x00\xff\xfe"},
    "binaries": {"BS": [b"\x01", b""]},
    "numbers": {"NS": ["1", "99999999999999999999999999999999999999"]},
    "strings": {"SS": ["b", "a"]},
    "nothing": {"NULL": True},
    "empty": {"S": ""},
    "truth": {"BOOL": False},
    "text": {"S": '音声 \u2028 "quoted" \\ 😀'},
    "nested": {"M": {"list": {"L": [{"N": "1"}, {"M": {"deep": {"B": b"\x10"}}}, {"L": []}]}, "none": {"M": {}}}},
}
AS_EXPORTED = LOSSLESS | {
    "binary": {"B": "AP/+"},
    "binaries": {"BS": ["AQ==", ""]},
    "nested": {"M": {"list": {"L": [{"N": "1"}, {"M": {"deep": {"B": "EA=="}}}, {"L": []}]}, "none": {"M": {}}}},
}


def test_an_export_holds_every_value_as_it_was_put(server: Any, bucket: str) -> None:
    server.create_table("lossless")
    server.dynamodb.put_item(TableName="lossless", Item=LOSSLESS)
    assert server.export("lossless", bucket).items == [AS_EXPORTED]


def test_an_export_has_the_layout_of_aws_and_checksums_that_fit(server: Any, bucket: str) -> None:
    arn = server.create_table("layout", "user:N", "at:S")
    for number in range(50):
        item = {"user": {"N": str(number % 7)}, "at": {"S": f"{number:03d}"}}
        server.dynamodb.put_item(TableName="layout", Item=item)
    export = server.export("layout", bucket, S3Prefix="daily/2026-11-21", ClientToken="token-layout")

    description = export.description
    export_id = description["ExportArn"].removeprefix(arn + "/export/")
    base = f"daily/2026-11-21/AWSDynamoDB/{export_id}"
    assert description["ExportManifest"] == f"{base}/manifest-summary.json"
    assert set(server.keys(bucket)) == {
        f"{base}/_started",
        f"{base}/manifest-summary.json",
        f"{base}/manifest-summary.md5",
        f"{base}/manifest-files.json",
        f"{base}/manifest-files.md5",
        *(file["dataFileS3Key"] for file in export.files),
    }
    assert all(file["dataFileS3Key"].startswith(f"{base}/data/") for file in export.files)
    assert len(export.files) >= 3
    assert 0 in [file["itemCount"] for file in export.files]
    assert sum(file["itemCount"] for file in export.files) == description["ItemCount"] == len(export.items) == 50
    for file in export.files:
        head = server.s3.head_object(Bucket=bucket, Key=file["dataFileS3Key"])
        assert head["ETag"] == f'"{file["etag"]}"'
    summary = export.summary
    assert summary["exportArn"] == description["ExportArn"]
    assert summary["tableId"] == description["TableId"]
    assert summary["itemCount"] == 50
    assert summary["billedSizeBytes"] == description["BilledSizeBytes"] > 0
    assert summary["outputFormat"] == "DYNAMODB_JSON"
    assert [entry["ExportArn"] for entry in server.dynamodb.list_exports(TableArn=arn)["ExportSummaries"]] == [
        description["ExportArn"]
    ]


def test_all_items_of_a_hash_key_are_in_one_file(server: Any, bucket: str) -> None:
    server.create_table("partitions", "user:S", "at:N")
    for number in range(40):
        item = {"user": {"S": f"u{number % 4}"}, "at": {"N": str(number)}}
        server.dynamodb.put_item(TableName="partitions", Item=item)
    export = server.export("partitions", bucket)
    places = {}
    lines = iter(export.items)
    for file in export.files:
        for _ in range(file["itemCount"]):
            places.setdefault(next(lines)["user"]["S"], set()).add(file["dataFileS3Key"])
    assert len(places) == 4
    assert all(len(files) == 1 for files in places.values())


def test_an_export_shows_the_table_as_it_was_at_the_export_time(server: Any, bucket: str) -> None:
    server.import_table("past", bucket, [{"id": {"S": "old"}, "n": {"N": "1"}}, {"id": {"S": "gone"}}], "id:S")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    server.dynamodb.put_item(TableName="past", Item={"id": {"S": "old"}, "n": {"N": "2"}})
    server.dynamodb.put_item(TableName="past", Item={"id": {"S": "new"}})
    server.dynamodb.delete_item(TableName="past", Key={"id": {"S": "gone"}})

    before = server.export("past", bucket, ExportTime=yesterday).items
    now = server.export("past", bucket).items
    assert sorted(before, key=str) == [{"id": {"S": "gone"}}, {"id": {"S": "old"}, "n": {"N": "1"}}]
    assert sorted(now, key=str) == [{"id": {"S": "new"}}, {"id": {"S": "old"}, "n": {"N": "2"}}]


def test_a_client_token_starts_one_export_only(server: Any, bucket: str) -> None:
    arn = server.create_table("token")
    request = {"TableArn": arn, "S3Bucket": bucket, "S3Prefix": "a", "ClientToken": "once"}
    first = server.dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"]
    again = server.dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"]
    assert again == first
    with pytest.raises(server.dynamodb.exceptions.ExportConflictException):
        server.dynamodb.export_table_to_point_in_time(**request | {"S3Prefix": "b"})
    other = server.dynamodb.export_table_to_point_in_time(**request | {"ClientToken": "twice"})["ExportDescription"]
    assert other["ExportArn"] != first
    server.finished_export(first)
    server.finished_export(other["ExportArn"])


def test_a_table_without_recovery_is_not_exported(server: Any, bucket: str) -> None:
    server.create_table("unprotected")
    server.recovery("unprotected", False)
    with pytest.raises(server.dynamodb.exceptions.PointInTimeRecoveryUnavailableException):
        server.export("unprotected", bucket)


@pytest.mark.parametrize("offset", [timedelta(minutes=10), timedelta(days=-1)], ids=["future", "before recovery"])
def test_a_time_that_cannot_be_recovered_is_refused(server: Any, bucket: str, offset: timedelta) -> None:
    name = f"window{offset.days}"
    server.create_table(name)
    with pytest.raises(server.dynamodb.exceptions.InvalidExportTimeException):
        server.export(name, bucket, ExportTime=datetime.now(UTC) + offset)


def test_recovery_states_the_times_that_can_be_exported(server: Any) -> None:
    begun = time.time()
    server.create_table("times")
    description = server.dynamodb.describe_continuous_backups(TableName="times")["ContinuousBackupsDescription"]
    recovery = description["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert begun <= recovery["EarliestRestorableDateTime"].timestamp() <= time.time()
    assert begun <= recovery["LatestRestorableDateTime"].timestamp() <= time.time()


def test_an_export_to_a_bucket_that_does_not_exist_fails(server: Any) -> None:
    server.create_table("nowhere")
    description = server.export("nowhere", "there-is-no-such-bucket").description
    assert (description["ExportStatus"], description["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "ExportManifest" not in description


def test_unknown_tables_and_exports_are_said_to_be_so(server: Any, bucket: str) -> None:
    arn = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/unknown"
    with pytest.raises(server.dynamodb.exceptions.TableNotFoundException):
        server.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)
    with pytest.raises(server.dynamodb.exceptions.ExportNotFoundException):
        server.dynamodb.describe_export(ExportArn=arn + "/export/01795330815386-3f9d3704")


def test_what_the_sandbox_cannot_export_is_refused(server: Any, bucket: str) -> None:
    server.create_table("ion")
    with pytest.raises(ClientError, match="DYNAMODB_JSON only"):
        server.export("ion", bucket, ExportFormat="ION")


def test_key_management_parameters_are_kept(server: Any, bucket: str) -> None:
    server.create_table("encrypted")
    key = "arn:aws:kms:ap-northeast-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    export = server.export("encrypted", bucket, S3SseAlgorithm="KMS", S3SseKmsKeyId=key)
    assert export.description["S3SseKmsKeyId"] == export.summary["s3SseKmsKeyId"] == key
    assert export.description["ExportStatus"] == "COMPLETED"
