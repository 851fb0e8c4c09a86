"""Items on disk answer every request as moto's items in memory do."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

numbers = itertools.count()
Call = tuple[str, dict[str, Any]]


def answer(clients: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """The answer without what differs from call to call, or the error."""
    try:
        response = getattr(clients.dynamodb, operation)(**parameters)
    except ClientError as error:
        return error.response["Error"], error.response.get("CancellationReasons"), error.response.get("Item")
    response.pop("ResponseMetadata")
    response.pop("ConsumedCapacity", None)
    return response


@pytest.fixture
def both(server: Any, reference: Any) -> Callable[..., None]:
    """Makes a table and the calls on both servers and compares each answer and the items at the end.

    No call may be refused but with the given codes: two equal refusals would prove nothing.
    """

    def compare(
        calls: list[Call], refusals: set[str], hash_key: str = "pk:N", range_key: str | None = "sk:S", **more: Any
    ) -> None:
        table = f"both{next(numbers)}"
        answers = []
        for clients in (server, reference):
            clients.create_table(table, hash_key, range_key, **more)
            told = [(operation, answer(clients, operation, named(table, given))) for operation, given in calls]
            answers.append([*told, ("scan", answer(clients, "scan", {"TableName": table}))])
            clients.dynamodb.delete_table(TableName=table)
        assert answers[0] == answers[1]
        codes = {told[0]["Code"] for _, told in answers[0] if isinstance(told, tuple)}
        assert codes <= refusals

    return compare


def named(table: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters for this table; batches and transactions name it inside, as T."""

    def replace(value: Any) -> Any:
        if isinstance(value, dict):
            return {table if key == "T" else key: replace(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [replace(inner) for inner in value]
        return value.replace("$T", table) if isinstance(value, str) else value

    inside = {"RequestItems", "TransactItems", "Statement", "Statements", "TransactStatements"}
    return replace(parameters) if inside & parameters.keys() else {"TableName": table, **replace(parameters)}


def key(pk: str = "1", sk: str = "a") -> dict[str, Any]:
    return {"pk": {"N": pk}, "sk": {"S": sk}}


def put(pk: str = "1", sk: str = "a", **attributes: Any) -> Call:
    return "put_item", {"Item": key(pk, sk) | attributes}


def update(expression: str, values: dict[str, Any] | None = None, **more: Any) -> Call:
    parameters: dict[str, Any] = {"Key": key(), "UpdateExpression": expression, "ReturnValues": "ALL_NEW", **more}
    return "update_item", parameters | ({"ExpressionAttributeValues": values} if values else {})


def query(condition: str = "pk = :u", **more: Any) -> Call:
    values = {":u": {"N": "1"}} | more.pop("values", {})
    return "query", {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **more,
    }


EVERY_TYPE = {
    "s": {"S": ""},
    "n": {"N": "12345678901234567890123456789012345678"},
    "b": {"B": b"\x00\xff"},
    "ss": {"SS": ["b", "a"]},
    "ns": {"NS": ["2", "1"]},
    "bs": {"BS": [b"\x02", b"\x01"]},
    "m": {"M": {"inner": {"L": [{"N": "1"}, {"B": b"\x03"}, {"NULL": True}]}}},
    "l": {"L": []},
    "t": {"BOOL": True},
    "nothing": {"NULL": True},
}
MANY = [put(str(pk), f"{sk:02d}", n={"N": str(pk * sk)}) for pk in (1, 2, -3) for sk in range(12)]

SCENARIOS: dict[str, list[Call]] = {
    "every type comes back": [put(**EVERY_TYPE), ("get_item", {"Key": key()}), ("get_item", {"Key": key("2")})],
    "a put replaces the whole item": [put(n={"N": "1"}), put(other={"S": "x"}), ("get_item", {"Key": key()})],
    "a put returns the old item": [
        put(n={"N": "1"}),
        ("put_item", {"Item": key(), "ReturnValues": "ALL_OLD"}),
    ],
    "a put with a condition": [
        ("put_item", {"Item": key(), "ConditionExpression": "attribute_not_exists(sk)"}),
        ("put_item", {"Item": key(), "ConditionExpression": "attribute_not_exists(sk)"}),
    ],
    "a binary value in a condition": [
        put(b={"B": b"\x00\xff"}, l={"L": [{"B": b"x"}]}),
        update("SET n = :n", {":n": {"N": "1"}, ":b": {"B": b"\x00\xff"}}, ConditionExpression="b = :b"),
        update("SET n = :n", {":n": {"N": "2"}, ":b": {"B": b"\x01"}}, ConditionExpression="b = :b"),
        query(FilterExpression="contains(l, :x)", values={":x": {"B": b"x"}}),
    ],
    "updates of every kind": [
        put(n={"N": "1"}, ss={"SS": ["a", "b"]}, l={"L": [{"S": "x"}]}, m={"M": {"k": {"N": "1"}}}),
        update("SET n = n + :one, z = if_not_exists(z, :one)", {":one": {"N": "1"}}),
        update("ADD n :ten, ss :c", {":ten": {"N": "10"}, ":c": {"SS": ["c"]}}),
        update("DELETE ss :a", {":a": {"SS": ["a"]}}),
        update("SET l = list_append(l, :more), m.k = :two", {":more": {"L": [{"B": b"y"}]}, ":two": {"N": "2"}}),
        update("REMOVE z, l[0]"),
        ("update_item", {"Key": key(), "AttributeUpdates": {"old": {"Action": "PUT", "Value": {"S": "style"}}}}),
        ("get_item", {"Key": key(), "ProjectionExpression": "n, m.k, l[0]"}),
    ],
    "an update makes an item that is not there": [update("SET n = :n", {":n": {"N": "1"}})],
    "an update that fails changes nothing": [
        put(n={"N": "1"}),
        update("SET n = absent + :one", {":one": {"N": "1"}}),
        update("SET n = :n", {":n": {"N": "9"}}, ConditionExpression="attribute_exists(absent)"),
    ],
    "deleting": [
        put(n={"N": "1"}),
        ("delete_item", {"Key": key(), "ConditionExpression": "attribute_exists(absent)"}),
        ("delete_item", {"Key": key(), "ReturnValues": "ALL_OLD"}),
        ("delete_item", {"Key": key(), "ReturnValues": "ALL_OLD"}),
        ("get_item", {"Key": key()}),
    ],
    "queries": [
        *MANY,
        query(),
        query(ScanIndexForward=False, Limit=5),
        query("pk = :u AND sk BETWEEN :a AND :b", values={":a": {"S": "03"}, ":b": {"S": "07"}}),
        query("pk = :u AND begins_with(sk, :a)", values={":a": {"S": "1"}}),
        query("pk = :u AND sk > :a", values={":a": {"S": "05"}}, Limit=3),
        query(FilterExpression="n > :n", values={":n": {"N": "5"}}, ProjectionExpression="sk"),
        query(Limit=4, ExclusiveStartKey=key("1", "03")),
        query(Limit=4, ExclusiveStartKey=key("1", "03"), ScanIndexForward=False),
        query(Select="COUNT"),
        query(values={":u": {"N": "7"}}),
    ],
    "scans": [
        *MANY,
        ("scan", {"Limit": 5}),
        ("scan", {"Limit": 5, "ExclusiveStartKey": key("1", "03")}),
        ("scan", {"ExclusiveStartKey": key("2", "11")}),
        ("scan", {"FilterExpression": "n = :n", "ExpressionAttributeValues": {":n": {"N": "6"}}}),
        ("scan", {"Segment": 0, "TotalSegments": 2}),
        ("scan", {"ScanFilter": {"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "15"}]}}}),
    ],
    "batches": [
        (
            "batch_write_item",
            {"RequestItems": {"T": [{"PutRequest": {"Item": key("1", sk)}} for sk in "abc"]}},
        ),
        (
            "batch_write_item",
            {"RequestItems": {"T": [{"DeleteRequest": {"Key": key("1", "b")}}, {"PutRequest": {"Item": key("2")}}]}},
        ),
        ("batch_get_item", {"RequestItems": {"T": {"Keys": [key("1", "a"), key("1", "b"), key("2")]}}}),
    ],
    "a transaction that succeeds": [
        put(n={"N": "1"}),
        put("2"),
        (
            "transact_write_items",
            {
                "TransactItems": [
                    {"Put": {"TableName": "$T", "Item": key("3")}},
                    {"Delete": {"TableName": "$T", "Key": key("2")}},
                    {
                        "Update": {
                            "TableName": "$T",
                            "Key": key(),
                            "UpdateExpression": "SET n = :n",
                            "ExpressionAttributeValues": {":n": {"N": "5"}},
                        }
                    },
                    {
                        "ConditionCheck": {
                            "TableName": "$T",
                            "Key": key("4"),
                            "ConditionExpression": "attribute_not_exists(sk)",
                        }
                    },
                ]
            },
        ),
        ("transact_get_items", {"TransactItems": [{"Get": {"TableName": "$T", "Key": key()}}]}),
    ],
    "a transaction that fails is undone": [
        put(n={"N": "1"}),
        (
            "transact_write_items",
            {
                "TransactItems": [
                    {"Put": {"TableName": "$T", "Item": key("3")}},
                    {"Delete": {"TableName": "$T", "Key": key(), "ConditionExpression": "attribute_exists(absent)"}},
                ]
            },
        ),
    ],
    "requests that are wrong": [
        ("get_item", {"Key": {"pk": {"N": "1"}}}),
        ("put_item", {"Item": {"pk": {"N": "1"}}}),
        ("put_item", {"Item": {"pk": {"S": "1"}, "sk": {"S": "a"}}}),
        put(n={"N": "word"}),
        put(n={"N": "1E+130"}),
        put(text={"S": "x" * 410_000}),
        ("put_item", {"Item": key() | {"sk": {"S": ""}}}),
    ],
}


REFUSALS = {
    "a put with a condition": {"ConditionalCheckFailedException"},
    "a binary value in a condition": {"ConditionalCheckFailedException"},
    "an update that fails changes nothing": {"ConditionalCheckFailedException", "ValidationException"},
    "deleting": {"ConditionalCheckFailedException"},
    "a transaction that fails is undone": {"TransactionCanceledException"},
    "requests that are wrong": {"ValidationException"},
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_answers_are_those_of_moto(both: Callable[..., None], name: str) -> None:
    both(SCENARIOS[name], REFUSALS.get(name, set()))


def test_a_table_without_a_range_key_answers_as_moto_does(both: Callable[..., None]) -> None:
    def one(name: str, **attributes: Any) -> Call:
        return "put_item", {"Item": {"id": {"S": name}} | attributes}

    found = {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "a"}}}
    calls: list[Call] = [
        *(one(name, n={"N": "1"}) for name in ("b", "a", "ü", "あ", "😀", "Z")),
        ("get_item", {"Key": {"id": {"S": "a"}}}),
        ("query", found),
        ("scan", {"Limit": 2, "ExclusiveStartKey": {"id": {"S": "b"}}}),
        ("delete_item", {"Key": {"id": {"S": "a"}}, "ReturnValues": "ALL_OLD"}),
        ("query", found),
    ]
    both(calls, set(), "id:S", None)


def test_statements_answer_as_moto_does(both: Callable[..., None]) -> None:
    statements = [
        "SELECT * FROM '$T' WHERE id = 'a'",
        "UPDATE '$T' SET n='x' WHERE id='a'",
        "INSERT INTO '$T' VALUE {'id': 'c'}",
        "DELETE FROM '$T' WHERE id='b'",
    ]
    calls: list[Call] = [("put_item", {"Item": {"id": {"S": name}, "n": {"N": "1"}}}) for name in "ab"]
    calls += [("execute_statement", {"Statement": statement}) for statement in statements]
    both(calls, set(), "id:S", None)


def test_secondary_indexes_answer_as_moto_does(both: Callable[..., None]) -> None:
    index = {
        "IndexName": "by-n",
        "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    found = {"KeyConditionExpression": "sk = :a", "ExpressionAttributeValues": {":a": {"S": "03"}}}
    calls: list[Call] = [
        *MANY,
        ("query", {"IndexName": "by-n", **found}),
        ("query", {"IndexName": "by-n", "Limit": 1, **found}),
        ("scan", {"IndexName": "by-n", "Limit": 7}),
    ]
    both(calls, set(), GlobalSecondaryIndexes=[index])


KEY_VALUES = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9).map(str)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(KEY_VALUES, min_size=1, max_size=12), start=KEY_VALUES)
def test_number_keys_sort_as_moto_sorts_them(both: Callable[..., None], values: list[str], start: str) -> None:
    def of(number: str) -> dict[str, Any]:
        return {"id": {"S": "x"}, "n": {"N": number}}

    found = {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "x"}}}
    calls: list[Call] = [("put_item", {"Item": of(number)}) for number in values]
    calls += [("query", found), ("query", found | {"ExclusiveStartKey": of(start), "Limit": 3})]
    both(calls, set(), "id:S", "n:N")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=12))
def test_binary_keys_sort_as_moto_sorts_them(both: Callable[..., None], values: list[bytes]) -> None:
    def of(value: bytes) -> dict[str, Any]:
        return {"id": {"S": "x"}, "b": {"B": value}}

    found = {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "x"}}}
    both([*(("put_item", {"Item": of(value)}) for value in values), ("query", found)], set(), "id:S", "b:B")
