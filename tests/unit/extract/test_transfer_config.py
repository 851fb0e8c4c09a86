"""What a transfer configuration must be, and which run stands for which delivery."""

import dataclasses
import datetime
from typing import Any

import pytest
from google.cloud.bigquery_datatransfer_v1 import TransferConfig

from extract.contract import Column, Table
from extract.delivery import Delivery, Format
from extract.errors import Terminal
from extract.transfer_config import differences, display_name, rendered, run_time
from extract.window import for_date

WINDOW = for_date(datetime.date(2026, 11, 21), "Asia/Tokyo")
TABLE = Table(
    "dynamodb",
    "generations",
    "Generations.",
    "generations",
    "full",
    ("id",),
    (Column("id", "INT64", "Id."),),
    carrier="transfer",
)
PATH = 's3://exports/dynamodb/generations/{run_time|"%Y%m%d"}/{run_time|"%H"}/AWSDynamoDB/*.json.gz'
DELIVERY = Delivery(
    source="dynamodb",
    table="generations",
    relation="generations",
    partition_id="20261121",
    id="1",
    format=Format.JSON,
    files=(),
    columns=(),
    rows=0,
    fingerprint="",
    position="",
    window_start="",
    window_end="",
)


def config(schedule_options: Any = None, dataset: str = "raw_dynamodb", disabled: bool = False, **params: Any) -> Any:
    """A configuration as it must be, but for what is given; a parameter that is None is left out."""
    all_params = {
        "data_path": PATH,
        "destination_table_name_template": 'generations${run_time|"%Y%m%d"}',
        "file_format": "JSON",
        "write_disposition": "WRITE_TRUNCATE",
        "access_key_id": "AKIA",
        **params,
    }
    return TransferConfig(
        display_name=display_name(TABLE),
        destination_dataset_id=dataset,
        disabled=disabled,
        schedule_options={"disable_auto_scheduling": True} if schedule_options is None else schedule_options,
        params={name: value for name, value in all_params.items() if value is not None},
    )


def test_a_configuration_has_a_name_made_from_the_raw_table() -> None:
    assert display_name(TABLE) == "kura raw_dynamodb.generations"


def test_the_day_of_a_run_is_that_of_the_window_and_the_hour_that_of_the_attempt() -> None:
    assert run_time(TABLE, WINDOW, 0).isoformat() == "2026-11-21T00:00:00+00:00"
    assert run_time(TABLE, WINDOW, 23).isoformat() == "2026-11-21T23:00:00+00:00"
    assert rendered(PATH, run_time(TABLE, WINDOW, 7)) == (
        "s3://exports/dynamodb/generations/20261121/07/AWSDynamoDB/*.json.gz"
    )


def test_more_attempts_than_hours_are_refused() -> None:
    with pytest.raises(Terminal, match="24 exports of 2026-11-21 have come to nothing"):
        run_time(TABLE, WINDOW, 24)


@pytest.mark.parametrize(
    "made",
    [
        config(),
        config(max_bad_records="0", ignore_unknown_values="false"),
        config(max_bad_records=0, ignore_unknown_values=False),
        config(decimal_target_types="NUMERIC,BIGNUMERIC"),
    ],
)
def test_a_configuration_that_is_as_it_must_be_has_no_differences(made: TransferConfig) -> None:
    assert differences(made, DELIVERY, TABLE, PATH) == []


def test_a_configuration_without_a_schedule_by_the_newer_field_is_as_good() -> None:
    made = config(schedule_options={})
    made.schedule_options_v2 = {"manual_schedule": {}}
    assert differences(made, DELIVERY, TABLE, PATH) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (config(data_path="s3://other/*"), f"data_path is s3://other/* and not {PATH}"),
        (config(file_format=None), "file_format is not set and not JSON"),
        (config(write_disposition="WRITE_APPEND"), "write_disposition is WRITE_APPEND and not WRITE_TRUNCATE"),
        (
            config(destination_table_name_template="generations"),
            'destination_table_name_template is generations and not generations${run_time|"%Y%m%d"}',
        ),
        (config(max_bad_records="10"), "max_bad_records is 10 and not 0"),
        (config(max_bad_records=10), "max_bad_records is 10 and not 0"),
        (config(ignore_unknown_values=True), "ignore_unknown_values is true and not false"),
        (config(dataset="raw_aurora"), "its dataset is raw_aurora and not raw_dynamodb"),
        (config(disabled=True), "it is disabled"),
        (
            config(schedule_options={}),
            "it runs by a schedule of its own (set schedule_options.disable_auto_scheduling)",
        ),
    ],
)
def test_each_difference_is_named(made: TransferConfig, said: str) -> None:
    assert differences(made, DELIVERY, TABLE, PATH) == [said]


def test_parquet_is_asked_for_by_its_own_name() -> None:
    delivery = dataclasses.replace(DELIVERY, format=Format.PARQUET)
    assert differences(config(), delivery, TABLE, PATH) == ["file_format is JSON and not PARQUET"]
    assert differences(config(file_format="PARQUET"), delivery, TABLE, PATH) == []
