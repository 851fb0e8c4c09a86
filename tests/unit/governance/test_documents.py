"""Raw tables: which tag a raw column, or a path into a raw document, has."""

import pytest

from tests.unit.governance.tables import findings, needed

DYNAMODB = {
    "json_value(item, '$.personId.S')": None,
    "json_query(item, '$.personId')": None,
    "json_value(json_query(item, '$.personId'), '$.N')": None,
    "item.personId.S": None,
    "item['personId']['S']": None,
    "json_value(item, '$.profile.M.nick.S')": None,
    "json_value_array(item, '$.labels.SS')": None,
    "json_value(item, '$.labels.SS[0]')": None,
    "json_value(metadata, '$.WriteTimestampMicros.N')": None,
    "json_query(keys, '$.personId')": None,
    "keys": None,
    "json_value(item, '$.email.S')": "pii",
    "json_value(coalesce(newimage, item), '$.email.S')": "pii",
    "upper(json_value(item.email, '$.S'))": "pii",
    "json_value(item['email'], '$.S')": "pii",
    "json_value(item, '$.extras.M.anything.L[0].S')": "financial",
    "json_value(item, '$.personId.M.name.S')": "restricted",
    "json_value(item, '$.personid.S')": "restricted",
    "json_value(item, '$.profile.M.age.N')": "restricted",
    "json_query(item, '$.profile')": "restricted",
    "json_query(item, '$.profile.M')": "restricted",
    "json_query(item, '$')": "restricted",
    "json_value(item, '$.secret.S')": "restricted",
    "json_value(item, concat('$.', 'email'))": "restricted",
    "json_value(item, '$.*.S')": "restricted",
    "json_value(item, 'lax $.personId.S')": "restricted",
    "item[json_value(item, '$.personId.S')]": "restricted",
    "json_value(to_json_string(item), '$.personId.S')": "restricted",
    "json_value(json_remove(item, '$.email'), '$.personId.S')": "restricted",
    "json_keys(item)": "restricted",
    "to_json_string(people)": "restricted",
    "item": "restricted",
    "newimage": "restricted",
    "oldimage": "restricted",
    "anything_new": "restricted",
}
STRIPE = {
    "id": None,
    "deleted": None,
    "json_value(object, '$.id')": None,
    "json_value(object, '$.address.city')": "pii",
    "json_query(object, '$.address')": "restricted",
    "json_value(object, '$.address.city.x')": "restricted",
    "json_value(object, '$.id[0]')": "restricted",
    "json_value(object, '$.email')": "restricted",
    "object": "restricted",
}


@pytest.mark.parametrize(("expression", "tag"), DYNAMODB.items())
def test_a_path_into_an_item_has_the_tag_of_the_column_declared_there(expression: str, tag: str | None) -> None:
    assert needed(expression, "raw_dynamodb.people") == tag


@pytest.mark.parametrize(("expression", "tag"), STRIPE.items())
def test_a_path_into_an_object_has_the_tag_of_the_column_declared_there(expression: str, tag: str | None) -> None:
    assert needed(expression, "raw_stripe.customers") == tag


@pytest.mark.parametrize(
    ("expression", "tag"), [("id", None), ("email", "pii"), ("new_column", "restricted"), ("_partitiontime", None)]
)
def test_a_column_of_an_exported_table_has_the_tag_of_its_contract(expression: str, tag: str | None) -> None:
    assert needed(expression, "raw_aurora.accounts") == tag


def test_a_star_over_a_raw_table_is_a_leak_for_the_columns_that_no_contract_declares() -> None:
    columns = {"id": None, "email": "pii"}
    found = findings("with a as (select * from raw_aurora.accounts) select * from a", columns)
    assert [str(each) for each in found] == [
        "made: SELECT * of raw_aurora.accounts takes columns that no contract declares"
    ]
    assert findings("with a as (select * from raw_aurora.accounts) select id, email from a", columns) == []
