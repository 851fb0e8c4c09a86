"""Imports from S3 into new DynamoDB tables."""

from typing import Any

import pytest

KEYS = ("user:N", "at:S")


def item(user: str, at: str, **more: Any) -> dict[str, Any]:
    return {"user": {"N": user}, "at": {"S": at}, **more}


def test_an_import_makes_a_table_with_the_items_of_all_files(server: Any, bucket: str) -> None:
    rows = [item(str(number), "a", n={"N": str(number)}) for number in range(500)]
    finished = server.import_table("imported", bucket, rows, *KEYS)
    assert finished["ImportStatus"] == "COMPLETED"
    assert finished["ProcessedItemCount"] == finished["ImportedItemCount"] == 500
    assert finished["ErrorCount"] == 0
    table = server.dynamodb.describe_table(TableName="imported")["Table"]
    assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", 500)
    assert table["TableId"] == finished["TableId"]
    found = server.dynamodb.get_item(TableName="imported", Key={"user": {"N": "499"}, "at": {"S": "a"}})
    assert found["Item"]["n"] == {"N": "499"}
    imports = server.dynamodb.list_imports(TableArn=table["TableArn"])["ImportSummaryList"]
    assert [entry["ImportArn"] for entry in imports] == [finished["ImportArn"]]


def test_an_imported_table_can_be_changed(server: Any, bucket: str) -> None:
    server.import_table("changed", bucket, [item("1", "a"), item("1", "b")], *KEYS)
    server.dynamodb.update_item(
        TableName="changed",
        Key=item("1", "a"),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
    )
    server.dynamodb.delete_item(TableName="changed", Key=item("1", "b"))
    server.dynamodb.put_item(TableName="changed", Item=item("1.0", "c"))
    found = server.dynamodb.query(
        TableName="changed",
        KeyConditionExpression="#u = :u",
        ExpressionAttributeNames={"#u": "user"},
        ExpressionAttributeValues={":u": {"N": "1"}},
    )
    assert found["Items"] == [item("1", "a", n={"N": "7"}), item("1.0", "c")]


def test_of_items_with_equal_keys_the_last_is_imported(server: Any, bucket: str) -> None:
    rows = [item("1", "a", n={"N": "1"}), item("2", "a"), item("1.0", "a", n={"N": "2"})]
    server.import_table("repeated", bucket, rows, *KEYS)
    found = server.dynamodb.scan(TableName="repeated")["Items"]
    assert found == [item("1.0", "a", n={"N": "2"}), item("2", "a")]
    assert server.dynamodb.describe_table(TableName="repeated")["Table"]["ItemCount"] == 2


def test_lines_that_are_no_items_are_counted_and_the_rest_is_imported(server: Any, bucket: str) -> None:
    rows: list[Any] = [
        item("1", "a"),
        {"user": {"N": "2"}},
        {"user": {"S": "3"}, "at": {"S": "a"}},
        {"user": {"N": "three"}, "at": {"S": "a"}},
        b"no json",
        item("4", "a", text={"S": "x" * 500_000}),
    ]
    finished = server.import_table("faulty", bucket, rows, *KEYS)
    assert (finished["ImportStatus"], finished["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (finished["ProcessedItemCount"], finished["ErrorCount"], finished["ImportedItemCount"]) == (6, 5, 1)
    assert server.dynamodb.scan(TableName="faulty")["Items"] == [item("1", "a")]


def test_spaces_between_the_parts_of_a_line_do_not_matter(server: Any, bucket: str) -> None:
    line = b'  { "Item" : { "user" : { "N" : "1" } , "at" : { "S" : "a" } } }  '
    server.import_table("spaces", bucket, [line], *KEYS)
    assert server.dynamodb.scan(TableName="spaces")["Items"] == [item("1", "a")]
    assert server.export("spaces", bucket).items == [item("1", "a")]


def test_an_import_into_a_table_that_exists_is_refused(server: Any, bucket: str) -> None:
    server.import_table("taken", bucket, [item("1", "a")], *KEYS)
    with pytest.raises(server.dynamodb.exceptions.ResourceInUseException):
        server.import_table("taken", bucket, [item("1", "a")], *KEYS)


def test_an_import_from_a_bucket_that_does_not_exist_fails_and_leaves_no_table(server: Any) -> None:
    started = server.dynamodb.import_table(
        S3BucketSource={"S3Bucket": "there-is-no-such-bucket"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": "nothing",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]
    finished = server.finished_import(started["ImportArn"])
    assert (finished["ImportStatus"], finished["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "nothing" not in server.dynamodb.list_tables()["TableNames"]
