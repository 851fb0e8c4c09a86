"""Looking at DynamoDB's tables and at Stripe's lists."""

from typing import Any

import pytest
from botocore.config import Config

from extract.errors import Terminal, Transient
from extract.inspection import dynamodb, stripe
from extract.inspection.found import ROWS, Found
from extract.stripe_api import Lists
from sandbox import provision
from tests.integration.extract.stripe_account import KEY, keep
from tests.integration.extract.support import Cloud

ITEMS: list[dict[str, Any]] = [
    {
        "id": {"N": "1"},
        "createdAt": {"S": "2026-10-01T12:34:56.789Z"},
        "expiresAt": {"N": "1790000000"},
        "contact": {"M": {"mail": {"S": "a@example.com"}}},
        "tags": {"SS": ["a"]},
        "sizes": {"NS": ["1", "2.5"]},
        "blob": {"B": "AAEC"},
        "note": {"NULL": True},
        "price": {"N": "0.5"},
        'a"b': {"S": "x"},
        "kind": {"S": "x"},
    },
    {"id": {"N": "2"}, "price": {"N": "3"}, "kind": {"N": "7"}, "steps": {"L": []}, "seed": {"N": "9" * 38}},
    {"id": {"N": "3"}, "flag": {"BOOL": True}, "either": {"S": "x"}},
    {"id": {"N": "4"}, "either": {"M": {}}},
]


def types(found: Found) -> dict[str, str]:
    return {column.name: column.data_type for column in found.columns}


def look(cloud: Cloud, relation: str, prefix: str = "") -> Found:
    return dynamodb.inspect(prefix, relation, cloud.report.append, cloud.dynamodb)


def test_the_attributes_of_all_items_are_columns_with_the_types_that_staging_decodes(cloud: Cloud) -> None:
    name = cloud.name("looked")
    cloud.import_items(name, ITEMS)
    found = look(cloud, name)
    assert types(found) == {
        "id": "INT64",
        "blob": "BYTES",
        "contact": "JSON",
        "either": "JSON",
        "expires_at": "INT64",
        "flag": "BOOL",
        "kind": "STRING",
        "price": "NUMERIC",
        "seed": "STRING",
        "sizes": "ARRAY<NUMERIC>",
        "steps": "JSON",
        "tags": "ARRAY<STRING>",
        "created_at": "TIMESTAMP",
    }
    columns = {column.name: column for column in found.columns}
    assert columns["created_at"].path == ("createdAt",)
    assert columns["expires_at"].remark == "seconds since 1970, by the look of the values"
    assert [name for name, column in columns.items() if column.personal] == ["contact"]
    assert (found.key, found.rows) == (("id",), 4)
    assert found.remarks == (
        "not declared, for always null in the sample: note",
        "not declared, for no JSON path can name them: 'a\"b'",
    )
    assert cloud.report == [f"reading up to {ROWS} items, which takes a little of the table's read capacity"]


def test_a_composite_key_is_both_its_parts_and_an_empty_table_has_its_key(cloud: Cloud) -> None:
    name = cloud.name("empty")
    cloud.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "userId", "AttributeType": "N"},
            {"AttributeName": "at", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    found = look(cloud, name)
    assert (found.key, found.rows, types(found)) == (("user_id", "at_"), 0, {"user_id": "INT64", "at_": "STRING"})
    assert "it has no items yet: only its key is declared" in found.remarks
    assert any("point-in-time recovery, which is off" in remark for remark in found.remarks)


def test_no_more_items_than_a_sample_are_read(cloud: Cloud) -> None:
    name = cloud.name("many")
    cloud.import_items(name, [{"id": {"N": str(number)}} for number in range(ROWS + 300)])
    assert look(cloud, name).rows == ROWS


def test_a_table_that_is_not_there_is_answered_with_those_that_are_like_it(cloud: Cloud) -> None:
    name = cloud.name("sessions")
    cloud.import_items(f"shop-{name}", ITEMS[:1])
    with pytest.raises(Terminal, match=rf"DynamoDB has no table shop-{name}s; near it: {name}\b"):
        look(cloud, f"{name}s", "shop-")


def test_a_store_that_is_away_is_told_in_a_line(cloud: Cloud) -> None:
    nowhere = provision.aws_session().client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1})
    )
    with pytest.raises(Transient, match="looking at DynamoDB table users: AWS did not answer") as refused:
        dynamodb.inspect("", "users", cloud.report.append, nowhere)
    assert "\n" not in str(refused.value)


def account(cloud: Cloud, key: str = KEY, base: str = "") -> Lists:
    return Lists(key, base or f"{cloud.services}/stripe", 2)


def test_the_fields_of_stripes_objects_are_columns_named_as_in_the_other_contracts(cloud: Cloud) -> None:
    charge = {
        "id": cloud.name("ch_Looked"),
        "object": "charge",
        "amount": 1500,
        "balance_transaction": None,
        "billing_details": {"email": "a@example.com", "phone": None},
        "created": 1_790_000_000,
        "customer": "cus_NffrFeUfNV2Hib",
        "livemode": False,
        "refunds": {"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"},
        "status": "succeeded",
        "tags": ["a", "b"],
        "fee_percent": 10,
        "rate": 0.25,
    }
    keep(cloud, "charges", charge)
    found = stripe.inspect(account(cloud), "charges", cloud.report.append)
    columns = {column.name: (column.data_type, column.path) for column in found.columns}
    wanted = {
        "charge_id": ("STRING", ("id",)),
        "amount": ("INT64", ("amount",)),
        "billing_details": ("JSON", ("billing_details",)),
        "created_at": ("TIMESTAMP", ("created",)),
        "customer_id": ("STRING", ("customer",)),
        "fee_percent": ("NUMERIC", ("fee_percent",)),
        "rate": ("NUMERIC", ("rate",)),
        "refunds": ("JSON", ("refunds", "data")),
        "tags": ("ARRAY<STRING>", ("tags",)),
    }
    assert {name: columns.get(name) for name in wanted} == wanted
    assert "object" not in columns
    assert (found.key, found.columns[0].name) == (("charge_id",), "charge_id")
    assert next(column for column in found.columns if column.name == "billing_details").personal
    assert any("always null in the sample" in remark and "balance_transaction" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    ("relation", "problem"),
    [
        ("chargez", "Stripe has no list chargez; near it: charges"),
        ("payouts", "there are no payouts in this Stripe account yet"),
    ],
)
def test_a_list_that_is_not_there_or_empty_is_told(cloud: Cloud, relation: str, problem: str) -> None:
    with pytest.raises(Terminal, match=problem):
        stripe.inspect(account(cloud), relation, cloud.report.append)


def test_stripe_that_refuses_or_is_away_is_told_in_a_line(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match="the API key is not valid"):
        stripe.inspect(account(cloud, "nonsense"), "charges", cloud.report.append)
    with pytest.raises(Transient, match="did not answer"):
        stripe.inspect(account(cloud, base="http://127.0.0.1:9"), "charges", cloud.report.append)
