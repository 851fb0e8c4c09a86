"""`kura add`, a table of each kind of source, in a copy of the project; then their day is run without another edit."""

import datetime
import gzip
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from extract.polling import ticks
from orchestration import manifest
from sandbox import names, provision
from tests.support import Sandbox, without_settings

ADDED = {
    "raw_aurora/invitations": ("aurora", "public.invitations"),
    "raw_dynamodb/devices": ("dynamodb", "devices"),
    "raw_stripe/tax_rates": ("stripe", "tax_rates"),
    "raw_sheets/guests": ("sheets", "people/guests"),
}
DEVICES: list[dict[str, Any]] = [
    {
        "userId": {"N": str(number)},
        "deviceId": {"S": f"device-{number}"},
        "pushToken": {"S": f"token {number}"},
        "lastSeen": {"S": f"2026-11-{number + 1:02d}T10:00:00.5Z"},
        "volume": {"N": f"0.{number}"},
        "owner's group": {"S": "a"},
        "options": {"M": {"night": {"BOOL": True}, "limits": {"L": [{"N": "1"}]}}},
        "order": {"NULL": True} if number else {"N": "7"},
    }
    for number in range(20)
]
GUESTS = [
    ["氏名", "メール", "来店日", "Submitted", "Client's number", "金額", "備考"],
    *(
        [f"山田 花子{number}", f"hanako{number}@example.com", 45990 + number, 45990.5 + number, f"{number:03d}", 1200.5]
        for number in range(12)
    ),
    ["田中 一", "hajime@example.com", "未定", 46010.25, "012", 0, "当日連絡"],
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which one of Stripe's kinds is not declared."""
    place = tmp_path_factory.mktemp("project")
    root = manifest.PROJECT.parent
    for folder in ("extract", "governance", "orchestration", "dbt_project"):
        shutil.copytree(root / folder, place / folder, ignore=shutil.ignore_patterns("target", "__pycache__"))
    stripe = place / "dbt_project" / "models" / "staging" / "stripe"
    (stripe / "stg_stripe__tax_rates.sql").unlink()
    for kind in ("sources", "models"):
        path = stripe / f"_stripe_details__{kind}.yml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for owner, entries in ((content, "models"), *((source, "tables") for source in content.get("sources", []))):
            if entries in owner:
                owner[entries] = [entry for entry in owner[entries] if not entry["name"].endswith("tax_rates")]
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def stores(sandbox: Sandbox) -> Sandbox:
    """The sample business's stores, and beside them a DynamoDB table and a spreadsheet."""
    endpoint = sandbox.variables["AWS_ENDPOINT_URL"]
    dynamodb, s3 = (provision.aws_session().client(name, endpoint_url=endpoint) for name in ("dynamodb", "s3"))
    name = f"{names.DYNAMODB_PREFIX}devices"
    lines = "".join(json.dumps({"Item": item}) + "\n" for item in DEVICES)
    s3.put_object(Bucket=names.SEED_BUCKET, Key="devices/1.json.gz", Body=gzip.compress(lines.encode()))
    # What is imported was there at all times; exports of days that are gone have it.
    dynamodb.import_table(
        S3BucketSource={"S3Bucket": names.SEED_BUCKET, "S3KeyPrefix": "devices/"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": name,
            "AttributeDefinitions": [
                {"AttributeName": "userId", "AttributeType": "N"},
                {"AttributeName": "deviceId", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "userId", "KeyType": "HASH"},
                {"AttributeName": "deviceId", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    for _ in ticks(30):
        if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE":
            break
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    sheet = {"title": "guests", "values": GUESTS, "dateColumns": [2, 3]}
    spreadsheet = {"spreadsheetId": "koe-people", "title": "people", "sharedWith": [names.LOADER], "sheets": [sheet]}
    services = sandbox.variables["SHEETS_API_BASE"].removesuffix("/sheets")
    requests.post(f"{services}/_kura/sheets", json={"spreadsheet": spreadsheet}, timeout=10).raise_for_status()
    return sandbox


@pytest.fixture(scope="module")
def settings(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes the command that of the copy, wherever the tests are run from."""
    return {
        "PYTHONPATH": str(project),
        "PYTHONSAFEPATH": "1",
        "DAGSTER_HOME": str(tmp_path_factory.mktemp("home") / "dagster"),
        "KURA_SPREADSHEET_PEOPLE": "koe-people",
    }


@pytest.fixture(scope="module")
def added(stores: Sandbox, settings: dict[str, str]) -> str:
    """What the command says of the four tables."""
    outputs = [stores.kura("add", *wanted, **settings) for wanted in ADDED.values()]
    assert [done.returncode for done in outputs] == [0, 0, 0, 0], "\n".join(done.stdout for done in outputs)
    return "\n".join(done.stdout for done in outputs)


@pytest.fixture(scope="module")
def run(stores: Sandbox, settings: dict[str, str], added: str) -> subprocess.CompletedProcess[str]:
    """The day of the four tables and of what is made of them."""
    select = " or ".join(f'key:"{key}"+' for key in ADDED)
    return stores.kura("run", "--date", stores.day.isoformat(), "--select", select, **settings)


def tags(stores: Sandbox, table: str) -> dict[str, str]:
    """The logical policy tag of each column that has one."""
    names_of = {stores.variables[f"KURA_POLICY_TAG_{tag.upper()}"]: tag for tag in names.TAGS}
    schema = stores.client().get_table(table).schema
    return {field.name: names_of[field.policy_tags.names[0]] for field in schema if field.policy_tags}


def test_the_day_of_added_tables_runs_without_another_edit(
    stores: Sandbox, run: subprocess.CompletedProcess[str]
) -> None:
    assert run.returncode == 0, run.stdout
    rows = {key: stores.client().get_table(f"staging.stg_{key[4:].replace('/', '__')}").num_rows for key in ADDED}
    assert rows["raw_dynamodb/devices"] == len(DEVICES)
    assert rows["raw_sheets/guests"] == len(GUESTS) - 1
    assert rows["raw_aurora/invitations"] > 0
    assert rows["raw_stripe/tax_rates"] > 0


def test_every_column_of_an_added_table_is_locked_and_personal_ones_as_such(
    stores: Sandbox, run: subprocess.CompletedProcess[str]
) -> None:
    invitations = dict.fromkeys(("id", "team_id", "role", "invited_at", "accepted_at"), "restricted") | {"email": "pii"}
    assert tags(stores, "raw_aurora.invitations") == tags(stores, "staging.stg_aurora__invitations") == invitations
    devices = tags(stores, "staging.stg_dynamodb__devices")
    assert set(devices) == {
        field.name for field in stores.client().get_table("staging.stg_dynamodb__devices").schema
    } - {"_undecoded"}
    assert [name for name, tag in devices.items() if tag == "pii"] == ["push_token"]
    guests = tags(stores, "staging.stg_sheets__guests")
    assert {name for name, tag in guests.items() if tag == "pii"} == {"name", "email"}


def test_values_are_what_the_stores_have(stores: Sandbox, run: subprocess.CompletedProcess[str]) -> None:
    query = "select * from staging.stg_dynamodb__devices where user_id = 0"
    [device] = stores.client().query_and_wait(query)
    assert (device.device_id, device.owner_s_group, device.volume, device.order_) == (
        "device-0",
        "a",
        Decimal("0.0"),
        7,
    )
    assert device.last_seen == datetime.datetime(2026, 11, 1, 10, 0, 0, 500_000, datetime.UTC)
    assert device.options == DEVICES[0]["options"]
    guests = {
        row.client_s_number: row for row in stores.client().query_and_wait("select * from staging.stg_sheets__guests")
    }
    first, last = guests["000"], guests["012"]
    assert (first.name, first.column_c) == ("山田 花子0", datetime.date(2025, 11, 29))
    assert (first.submitted, first.amount) == (datetime.datetime(2025, 11, 29, 12), Decimal("1200.5"))
    assert (last.submitted, last.column_c, last._undecoded) == (datetime.datetime(2025, 12, 19, 6), None, ["column_c"])


def test_no_value_is_told(added: str) -> None:
    assert "山田" not in added
    assert "hanako" not in added
    assert "token 1" not in added


def test_dbt_warns_of_nothing_but_the_cell_that_is_no_date(run: subprocess.CompletedProcess[str]) -> None:
    told = [line for line in run.stdout.splitlines() if "warning" in line.lower() or "deprecat" in line.lower()]
    assert len(told) == 2, told
    assert "Warning in test decoded_stg_sheets__guests_" in told[0]
    # The closing lines name every warning once more.
    assert told[1].startswith("warning for staging/stg_sheets__guests: decoded_stg_sheets__guests_")


def test_what_was_written_keeps_the_conventions_of_the_models(project: Path, added: str) -> None:
    tests = project / "tests" / "unit" / "dbt_project"
    shutil.copytree(manifest.PROJECT.parent / "tests" / "unit" / "dbt_project", tests)
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=--import-mode=importlib", str(tests)]
    variables = without_settings() | {"PYTHONPATH": str(project)}
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
