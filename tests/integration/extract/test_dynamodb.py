import base64
import gzip
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from extract.delivery import Delivery, Failure
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.window import for_date
from sandbox import names
from tests.integration.extract.support import BEFORE, WINDOW, YESTERDAY, Cloud, dynamodb_table

ITEMS: list[dict[str, Any]] = [
    {"id": {"N": "1"}, "text": {"S": "こんにちは、世界"}, "note": {"S": ""}, "error": {"NULL": True}},
    {"id": {"N": "2"}, "seed": {"N": "12345678901234567890123456789012345678"}, "small": {"N": "0.000000000000000001"}},
    {"id": {"N": "3"}, "negative": {"N": "-98765432109876543210.987654321098765432"}, "flag": {"BOOL": False}},
    {"id": {"N": "4"}, "checksum": {"B": base64.b64encode(bytes(range(256))).decode()}},
    {"id": {"N": "5"}, "labels": {"SS": ["a", 'quote"', "日本"]}, "words": {"NS": ["1", "2.5", "-3E+20"]}},
    {"id": {"N": "6"}, "chunks": {"BS": ["AAEC", "/w=="]}, "empty": {"M": {}}, "none": {"L": []}},
    {
        "id": {"N": "7"},
        "request": {"M": {"format": {"S": "mp3"}, "segments": {"L": [{"M": {"index": {"N": "0"}}}, {"NULL": True}]}}},
    },
]


def items(count: int) -> list[dict[str, Any]]:
    return [{"id": {"N": str(number)}, "text": {"S": f"text {number}"}} for number in range(count)]


def exported(cloud: Cloud, delivery: Delivery) -> list[str]:
    """The lines of the exported files as they lie in S3."""
    lines = []
    for file in delivery.files:
        found = cloud.s3.list_objects_v2(Bucket=names.EXPORT_BUCKET, Prefix="dynamodb/")["Contents"]
        [key] = [entry["Key"] for entry in found if entry["Key"].endswith(file.name.rsplit("/", 1)[-1])]
        content = cloud.s3.get_object(Bucket=names.EXPORT_BUCKET, Key=key)["Body"].read()
        lines += gzip.decompress(content).decode().splitlines()
    return lines


def test_raw_json_equals_the_exported_lines_value_for_value(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, ITEMS)
    receipt = cloud.load(cloud.source_dynamodb(), table)
    assert (receipt.rows_delivered, receipt.rows_loaded) == (7, 7)
    [delivery] = cloud.landing.find(table, WINDOW)
    lines = exported(cloud, delivery)
    key = lambda item: json.dumps(item, sort_keys=True)  # noqa: E731
    loaded = sorted((row["Item"] for row in cloud.rows(table)), key=key)
    assert loaded == sorted((json.loads(line)["Item"] for line in lines), key=key)
    assert loaded == sorted(ITEMS, key=key)


def test_the_landed_files_are_the_exported_bytes(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, ITEMS)
    [delivery] = cloud.deliver(cloud.source_dynamodb(), table).values()
    assert isinstance(delivery, Delivery)
    landed = [
        line
        for file in delivery.files
        for line in gzip.decompress(
            cloud.storage.bucket(names.LANDING_BUCKET).blob(file.name).download_as_bytes(raw_download=True)
        )
        .decode()
        .splitlines()
    ]
    assert sorted(landed) == sorted(exported(cloud, delivery))
    assert any(file.rows == 0 for file in delivery.files)
    assert delivery.rows == sum(file.rows for file in delivery.files) == 7


def test_a_rerun_leaves_the_same_partition_and_starts_no_other_export(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    first = cloud.load(cloud.source_dynamodb(), table)
    rows = cloud.rows(table)
    cloud.dynamodb.put_item(TableName=table.relation, Item={"id": {"N": "99"}})
    second = cloud.load(cloud.source_dynamodb(), table)
    assert cloud.rows(table) == rows
    assert first.fingerprint == second.fingerprint
    assert (first.job_id[-2:], second.job_id[-2:]) == ("_1", "_2")
    assert len(cloud.exports(table.relation)) == 1


def test_a_run_killed_between_landing_and_load_is_continued_from_the_landing_bucket(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    [delivery] = cloud.deliver(cloud.source_dynamodb(), table).values()
    assert isinstance(delivery, Delivery)
    receipt = cloud.load(cloud.source_dynamodb(), table)
    assert receipt.fingerprint == delivery.fingerprint
    assert any("lies in the landing bucket already" in line for line in cloud.report)
    assert len(cloud.exports(table.relation)) == 1


def test_a_run_killed_while_landing_uses_the_export_and_carries_what_is_missing(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    [delivery] = cloud.deliver(cloud.source_dynamodb(), table).values()
    assert isinstance(delivery, Delivery)
    bucket = cloud.storage.bucket(names.LANDING_BUCKET)
    kept, lost = delivery.files[0].name, delivery.files[1].name
    generation = bucket.get_blob(kept).generation
    bucket.blob(cloud.landing.folder(table, WINDOW, delivery.id) + "delivery.json").delete()
    bucket.blob(lost).delete()
    assert cloud.deliver(cloud.source_dynamodb(), table) == {table.name: delivery}
    assert bucket.get_blob(kept).generation == generation
    assert len(cloud.exports(table.relation)) == 1


def test_a_running_export_is_attached_to(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(3_000))
    arn = cloud.dynamodb.describe_table(TableName=table.relation)["Table"]["TableArn"]
    started = cloud.dynamodb.export_table_to_point_in_time(
        TableArn=arn, ExportTime=WINDOW.end, S3Bucket=names.EXPORT_BUCKET, S3Prefix="elsewhere"
    )["ExportDescription"]
    receipt = cloud.load(cloud.source_dynamodb(), table)
    assert receipt.position.startswith(started["ExportArn"])
    assert cloud.exports(table.relation) == [started["ExportArn"]]


def test_two_runs_at_the_same_moment_start_one_export(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(lambda _: cloud.deliver(cloud.source_dynamodb(), table), range(2)))
    assert outcomes[0] == outcomes[1]
    assert len(cloud.exports(table.relation)) == 1


def test_each_window_has_an_export_of_its_own_end(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    receipts = [cloud.load(cloud.source_dynamodb(), table, window) for window in (BEFORE, WINDOW)]
    assert [receipt.position.split(" as of ")[1] for receipt in receipts] == [
        BEFORE.end.isoformat(),
        WINDOW.end.isoformat(),
    ]
    assert len(cloud.exports(table.relation)) == 2


@pytest.mark.parametrize("kind", ["truncate", "alter"])
def test_a_damaged_export_file_fails_and_leaves_the_warehouse_as_it_was(cloud: Cloud, kind: str) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    cloud.load(cloud.source_dynamodb(), table, BEFORE)
    before = cloud.rows(table, BEFORE)
    cloud.post("aws", "/_kura/faults", {"source": "dynamodb", "kind": kind, "table": table.relation})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert "its entity tag is" in str(error)
    assert cloud.rows(table) == []
    assert cloud.rows(table, BEFORE) == before


def test_a_file_whose_tag_was_forged_too_is_found_by_its_checksum(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    cloud.deliver(cloud.source_dynamodb(), table)
    [arn] = cloud.exports(table.relation)
    summary = cloud.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportManifest"]
    folder = summary.rsplit("/", 1)[0]
    manifest = cloud.s3.get_object(Bucket=names.EXPORT_BUCKET, Key=f"{folder}/manifest-files.json")["Body"].read()
    entry = json.loads(manifest.splitlines()[0])
    changed = cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=entry["dataFileS3Key"], Body=gzip.compress(b"{}"))
    forged = manifest.replace(entry["etag"].encode(), changed["ETag"].strip('"').encode())
    for name, content in (("manifest-files.json", forged), ("manifest-files.md5", _md5(forged))):
        cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=f"{folder}/{name}", Body=content)
    elsewhere = Landing(cloud.name("landing-"), cloud.storage)
    cloud.storage.create_bucket(elsewhere.bucket)
    [failure] = cloud.source_dynamodb().deliver([table], WINDOW, elsewhere, print)
    assert isinstance(failure, Failure)
    assert f"not {entry['md5Checksum']}" in str(failure.error)
    landed = [blob.name for blob in cloud.storage.list_blobs(elsewhere.bucket)]
    assert not any(name.endswith((entry["dataFileS3Key"].rsplit("/", 1)[-1], "delivery.json")) for name in landed)


def test_an_altered_manifest_is_terminal(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    cloud.deliver(cloud.source_dynamodb(), table)
    [arn] = cloud.exports(table.relation)
    summary = cloud.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportManifest"]
    cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=summary, Body=b'{"itemCount": 0}')
    _forget_landing(cloud, table)
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert "manifest-summary.json: not as the export wrote it: its MD5 is" in str(error)


def test_an_export_whose_files_are_gone_is_made_anew(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    cloud.post("aws", "/_kura/faults", {"source": "dynamodb", "kind": "alter", "table": table.relation})
    assert isinstance(cloud.fail(cloud.source_dynamodb(), table), Terminal)
    prefix = f"dynamodb/{table.name}/{WINDOW.partition_id}/"
    for entry in cloud.s3.list_objects_v2(Bucket=names.EXPORT_BUCKET, Prefix=prefix)["Contents"]:
        cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=entry["Key"])
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == 20
    assert len(cloud.exports(table.relation)) == 2


def test_a_failed_export_is_transient_and_made_anew_by_the_next_run(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    cloud.post("aws", "/_kura/faults", {"source": "dynamodb", "kind": "fail", "table": table.relation})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Transient)
    assert "failed (InternalServerError" in str(error)
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == 20


def test_an_empty_delivery_fails_and_leaves_the_partition_as_it_was(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(20))
    cloud.load(cloud.source_dynamodb(), table, BEFORE)
    before = cloud.rows(table, BEFORE)
    cloud.post("aws", "/_kura/faults", {"source": "dynamodb", "kind": "empty", "table": table.relation})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert "the delivery has no rows, and the warehouse is left as it was" in str(error)
    assert cloud.rows(table, BEFORE) == before


def test_a_table_that_may_be_empty_is_loaded_empty(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name(), allow_empty=True)
    cloud.import_items(table.relation, items(20))
    cloud.load(cloud.source_dynamodb(), table, BEFORE)
    cloud.post("aws", "/_kura/faults", {"source": "dynamodb", "kind": "empty", "table": table.relation})
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == 0
    assert cloud.rows(table) == []
    assert len(cloud.rows(table, BEFORE)) == 20


def test_a_table_without_point_in_time_recovery_is_told_how_to_enable_it(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.import_items(table.relation, items(1))
    cloud.recovery(table.relation, False)
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert f"aws dynamodb update-continuous-backups --table-name {table.relation}" in str(error)


def test_a_time_that_cannot_be_exported_is_terminal(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.dynamodb.create_table(
        TableName=table.relation,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.recovery(table.relation, True)
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert f"cannot export {table.relation} as of {WINDOW.end.isoformat()}" in str(error)


def test_a_table_that_is_not_there_is_named_and_the_others_go_on(cloud: Cloud) -> None:
    there, missing = dynamodb_table(cloud.name()), dynamodb_table(cloud.name())
    cloud.import_items(there.relation, items(3))
    outcomes = cloud.run(cloud.source_dynamodb(), missing, there)
    failure = outcomes[missing.name]
    assert isinstance(failure, Failure)
    assert f"DynamoDB has no table {missing.relation}" in str(failure.error)
    assert len(cloud.rows(there)) == 3


def test_a_window_that_is_still_open_is_refused(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match="is in the future"):
        cloud.run(cloud.source_dynamodb(), dynamodb_table("any"), window=for_date(YESTERDAY.replace(year=2999), "UTC"))


def _md5(content: bytes) -> bytes:
    return base64.b64encode(hashlib.md5(content).digest())


def _forget_landing(cloud: Cloud, table: Any) -> None:
    for blob in cloud.storage.list_blobs(names.LANDING_BUCKET, prefix=cloud.landing.folder(table, WINDOW)):
        blob.delete()
