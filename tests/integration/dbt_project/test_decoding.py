"""What staging makes of values that are hard to read: dbt builds every staging model over planted deliveries."""

import base64
import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from extract.sheets_rows import ERRORS
from tests.integration.bigquery.access_fixtures import tag
from tests.integration.dbt_project.warehouse import TABLES, Warehouse

DAY = datetime.date(2026, 11, 21)
UTC = datetime.UTC
BINARY = bytes(range(256))


def base64_text(value: bytes) -> str:
    return base64.b64encode(value).decode()


VOICES: dict[str, dict[str, Any]] = {
    "missing": {},
    "null": {"description": {"NULL": True}, "tags": {"NULL": True}, "preview": {"NULL": True}},
    "empty": {"description": {"S": ""}},
    "full": {
        "description": {"S": '声「こえ」\n"quoted" 🎙'},
        "tags": {"SS": ["b", "a", "NULL", ""]},
        "sampleRates": {"NS": ["-1", "9223372036854775807"]},
        "preview": {"B": base64_text(BINARY)},
        "fingerprints": {"BS": [base64_text(BINARY), base64_text(b"\0")]},
        "settings": {"M": {"pitch": {"N": "-0.5"}, "style": {"M": {"name": {"S": "calm"}}}}},
        "isPublic": {"BOOL": False},
        "createdAt": {"S": "2026-10-01T12:34:56.789Z"},
        "seedNumber": {"N": "-9999999999999999999999999999999999.9999"},
        "ownerUserId": {"N": "9223372036854775807"},
    },
    "longest number": {"seedNumber": {"N": "12345678901234567890123456789012345678"}},
    "wrong": {
        "description": {"M": {"ja": {"S": "声"}}},
        "tags": {"S": "a"},
        "sampleRates": {"NS": ["8000", "0.5"]},
        "preview": {"B": "not base64!"},
        "fingerprints": {"BS": ["AAEC", "?"]},
        "settings": {"M": {"pitch": {"N": "0.0123456789"}, "speed": {"S": "1"}}},
        "isPublic": {"S": "true"},
        "createdAt": {"S": "2026-10-01 12:34:56"},
        "ownerUserId": {"N": "9223372036854775808"},
    },
}

PROJECTS: dict[str, dict[str, Any]] = {
    "null": {},
    "empty": {"tags": "{}", "title": ""},
    "full": {
        "settings": '{"a": [1, null, {"b": "ö"}]}',
        "budget": "-0.10",
        "tags": r'{plain,"with, comma","say \"hi\" \\ {x}","","NULL",声}',
        "created_at": "2026-10-01 12:34:56.789+00",
        "archived_at": "2026-10-01 18:04:56.123456+05:30",
    },
    "element null": {"tags": "{a,NULL}"},
    "two dimensions": {"tags": "{{a},{b}}"},
    "with bounds": {"tags": "[0:1]={a,b}"},
    "wrong": {
        "settings": '{"a":',
        "budget": "NaN",
        "tags": "a,b",
        "created_at": "infinity",
        "archived_at": "0044-03-15 12:00:00+00 BC",
    },
}

CUSTOMERS: dict[str, dict[str, Any]] = {
    "missing": {},
    "null": {"email": None, "balance": None, "address": None, "metadata": {"user_id": None}},
    "full": {
        "email": "",
        "balance": -9223372036854775808,
        "address": {"postal_code": "060-0001", "line2": None},
        "metadata": {"user_id": "10001"},
        "delinquent": False,
        "created": 1_790_000_000,
    },
    "wrong": {
        "email": {"is": "expanded"},
        "balance": 0.5,
        "metadata": {"user_id": "ten"},
        "delinquent": 0,
        "created": "2026-10-01",
    },
}

COSTS: dict[str, dict[str, Any]] = {
    "007": {"Date": 43831, "Campaign": 'Ö, "x"', "Channel": "", "Cost (JPY)": 1500.25, "Memo": None},
    "008": {"Date": 46347, "Campaign": None, "Channel": None, "Cost (JPY)": ""},
    "009": {"Date": "2020-01-01", "Cost (JPY)": "about 1500"},
    "010": {"Date": 43831.5, "Cost (JPY)": "1,500"},
    **{f"error {text}": {"Campaign": text, "Channel": f"not {text}", "Cost (JPY)": text} for text in sorted(ERRORS)},
}


@pytest.fixture(scope="module")
def staged(warehouse: Warehouse) -> Warehouse:
    """The warehouse after dbt built all staging models; the day before and the day after were delivered as well."""
    voices = [{"Item": {"voiceId": {"S": name}, **item}} for name, item in VOICES.items()]
    others = [{"Item": {"voiceId": {"S": "of another window"}}}]
    warehouse.deliver("raw_dynamodb.voices", DAY - datetime.timedelta(days=1), others)
    warehouse.deliver("raw_dynamodb.voices", DAY, voices)
    warehouse.deliver("raw_dynamodb.voices", DAY + datetime.timedelta(days=1), others)
    warehouse.deliver("raw_aurora.projects", DAY, [{"id": name, **row} for name, row in PROJECTS.items()])
    customers = [{"id": name, "object": {"id": name, **row}, "deleted": False} for name, row in CUSTOMERS.items()]
    deleted = {"id": "deleted", "object": {"id": "deleted", "deleted": True}, "deleted": True}
    warehouse.deliver("raw_stripe.customers", DAY, [*customers, deleted])
    costs = [{"row_number": 2, "cells": {"Code": name, **row}} for name, row in COSTS.items()]
    warehouse.deliver("raw_sheets.campaign_costs", DAY, costs)
    statuses = warehouse.dbt("run", "--select", "staging", day=DAY)
    assert set(statuses.values()) == {"success"}, statuses
    return warehouse


def staged_rows(warehouse: Warehouse, model: str, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in warehouse.rows(f"select * from staging.{model}")}


def some(row: dict[str, Any], *columns: str) -> tuple[Any, ...]:
    return tuple(row[column] for column in columns)


def test_a_staging_table_has_the_columns_types_and_policy_tags_of_its_contract(staged: Warehouse) -> None:
    names = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
    for contract in TABLES.values():
        table = staged.client.get_table(f"staging.stg_{contract.source}__{contract.name}")
        live = []
        for field in table.schema:
            scalar = names.get(field.field_type, field.field_type)
            data_type = f"ARRAY<{scalar}>" if field.mode == "REPEATED" else scalar
            live.append((field.name, data_type, list(field.policy_tags.names) if field.policy_tags else []))
        declared = [(c.name, c.data_type, [tag(c.policy_tag)] if c.policy_tag else []) for c in contract.columns]
        delivered = [("_delivered_on", "DATE", [])] if contract.mode == "incremental" else []
        assert live == [*declared, ("_undecoded", "ARRAY<STRING>", []), *delivered], table.table_id


def test_only_the_partition_of_the_window_is_staged(staged: Warehouse) -> None:
    assert staged_rows(staged, "stg_dynamodb__voices", "voice_id").keys() == VOICES.keys()


def test_a_dynamodb_attribute_that_is_missing_or_null_is_null_and_an_empty_string_stays_empty(
    staged: Warehouse,
) -> None:
    rows = staged_rows(staged, "stg_dynamodb__voices", "voice_id")
    found = {name: some(rows[name], "description", "preview", "tags", "_undecoded") for name in VOICES}
    assert found["missing"] == found["null"] == (None, None, [], [])
    assert found["empty"] == ("", None, [], [])


def test_dynamodb_values_keep_every_digit_byte_and_element(staged: Warehouse) -> None:
    rows = staged_rows(staged, "stg_dynamodb__voices", "voice_id")
    full = rows["full"]
    assert full["description"] == VOICES["full"]["description"]["S"]
    assert sorted(full["tags"]) == ["", "NULL", "a", "b"]
    assert sorted(full["sample_rates"]) == [-1, 2**63 - 1]
    assert full["preview"] == BINARY
    assert sorted(full["fingerprints"]) == [b"\0", BINARY]
    assert some(full, "pitch", "speed", "style_name", "style_strength") == (Decimal("-0.5"), None, "calm", None)
    assert some(full, "is_public", "owner_user_id") == (False, 2**63 - 1)
    assert full["created_at"] == datetime.datetime(2026, 10, 1, 12, 34, 56, 789000, UTC)
    assert full["seed_number"] == "-9999999999999999999999999999999999.9999"
    assert rows["longest number"]["seed_number"] == "12345678901234567890123456789012345678"
    assert full["_undecoded"] == rows["longest number"]["_undecoded"] == []


def test_a_dynamodb_value_that_is_not_as_declared_is_null_and_listed(staged: Warehouse) -> None:
    wrong = staged_rows(staged, "stg_dynamodb__voices", "voice_id")["wrong"]
    listed = ["description", "tags", "sample_rates", "preview", "fingerprints", "pitch", "speed"]
    listed += ["owner_user_id", "is_public", "created_at"]
    assert wrong["_undecoded"] == listed
    assert [wrong[column] or None for column in listed] == [None] * len(listed)


def test_postgresql_text_becomes_the_declared_type(staged: Warehouse) -> None:
    rows = staged_rows(staged, "stg_aurora__projects", "id")
    full = rows["full"]
    assert json.loads(json.dumps(full["settings"])) == {"a": [1, None, {"b": "ö"}]}
    assert full["budget"] == Decimal("-0.10")
    assert full["tags"] == ["plain", "with, comma", 'say "hi" \\ {x}', "", "NULL", "声"]
    assert full["created_at"] == datetime.datetime(2026, 10, 1, 12, 34, 56, 789000, UTC)
    assert full["archived_at"] == datetime.datetime(2026, 10, 1, 12, 34, 56, 123456, UTC)
    assert some(rows["null"], "title", "settings", "budget", "tags", "created_at") == (None, None, None, [], None)
    assert some(rows["empty"], "title", "tags") == ("", [])
    assert [rows[name]["_undecoded"] for name in ("full", "null", "empty")] == [[], [], []]


def test_postgresql_text_that_bigquery_cannot_hold_is_null_and_listed(staged: Warehouse) -> None:
    rows = staged_rows(staged, "stg_aurora__projects", "id")
    assert rows["wrong"]["_undecoded"] == ["settings", "budget", "tags", "created_at", "archived_at"]
    assert some(rows["wrong"], "settings", "budget", "created_at", "archived_at") == (None,) * 4
    for name in ("element null", "two dimensions", "with bounds"):
        assert some(rows[name], "tags", "_undecoded") == ([], ["tags"])


def test_stripe_objects_become_columns_and_deleted_ones_are_gone(staged: Warehouse) -> None:
    rows = staged_rows(staged, "stg_stripe__customers", "customer_id")
    assert rows.keys() == CUSTOMERS.keys()
    columns = ("email", "balance", "address_postal_code", "address_line2", "user_id", "delinquent", "created_at")
    assert some(rows["missing"], *columns) == some(rows["null"], *columns) == (None,) * len(columns)
    created = datetime.datetime.fromtimestamp(1_790_000_000, UTC)
    assert some(rows["full"], *columns) == ("", -(2**63), "060-0001", None, 10001, False, created)
    assert [rows[name]["_undecoded"] for name in ("missing", "null", "full")] == [[], [], []]
    assert rows["wrong"]["_undecoded"] == ["user_id", "email", "balance", "delinquent", "created_at"]


def test_cells_become_dates_numbers_and_text_with_its_leading_zeros(staged: Warehouse) -> None:
    rows = staged_rows(staged, "stg_sheets__campaign_costs", "code")
    columns = ("cost_date", "campaign", "channel", "cost", "memo", "_undecoded")
    assert some(rows["007"], *columns) == (datetime.date(2020, 1, 1), 'Ö, "x"', None, Decimal("1500.25"), None, [])
    assert some(rows["008"], *columns) == (datetime.date(2026, 11, 21), None, None, None, None, [])
    assert some(rows["009"], *columns) == (None, None, None, None, None, ["cost_date", "cost"])
    assert some(rows["010"], *columns) == (None, None, None, None, None, ["cost_date", "cost"])


def test_what_the_extraction_warns_of_as_an_error_in_a_cell_is_as_good_as_empty(staged: Warehouse) -> None:
    rows = staged_rows(staged, "stg_sheets__campaign_costs", "code")
    for error in ERRORS:
        told = (None, f"not {error}", None, [])
        assert some(rows[f"error {error}"], "campaign", "channel", "cost", "_undecoded") == told


def test_rows_that_did_not_decode_fail_the_test_of_their_model_and_warn_in_a_sheet(staged: Warehouse) -> None:
    statuses = staged.dbt("test", "--select", "test_name:decoded", day=DAY)
    by_status: dict[str, set[str]] = {}
    for name, status in statuses.items():
        by_status.setdefault(status, set()).add(name.removeprefix("decoded_").rstrip("_"))
    assert by_status["fail"] == {"stg_aurora__projects", "stg_dynamodb__voices", "stg_stripe__customers"}
    assert by_status["warn"] == {"stg_sheets__campaign_costs"}
    assert by_status.keys() == {"fail", "warn", "pass"}
