"""Transfer configurations of BigQuery Data Transfer Service: what one must be for a table that asks for it.

    kura raw_dynamodb.generations                        its name; its data source is amazon_s3
      data_path                        s3://<bucket>/dynamodb/generations/<date>/<attempt>/AWSDynamoDB/*.json.gz
      destination_table_name_template  generations$<date>
      file_format                      JSON
      write_disposition                WRITE_TRUNCATE

Terraform makes them; a run's time picks path and partition: its date is the window's, its hour the attempt at the
export, so that the files of two attempts at one window are never loaded together. The first attempt is midnight.

https://docs.cloud.google.com/bigquery/docs/s3-transfer (parameters)
https://docs.cloud.google.com/bigquery/docs/s3-transfer-parameters (templates; times are UTC)
"""

import datetime
from collections.abc import Mapping
from typing import Final

from google.cloud.bigquery_datatransfer_v1 import TransferConfig

from extract.contract import Table
from extract.delivery import Delivery, Format
from extract.errors import Terminal
from extract.window import Window

DATA_SOURCE: Final = "amazon_s3"
DATE: Final = '{run_time|"%Y%m%d"}'
ATTEMPT: Final = '{run_time|"%H"}'
ATTEMPTS: Final = 24
"""How many attempts at a window's export the hours of its day can tell apart."""

_FORMATS: Final[Mapping[Format, str]] = {Format.JSON: "JSON", Format.PARQUET: "PARQUET"}
_DEFAULTS: Final[Mapping[str, str]] = {"max_bad_records": "0", "ignore_unknown_values": "false"}
"""What must stay as it is by default: anything else loses rows or values without a word."""


def display_name(table: Table) -> str:
    """The name under which a table's configuration is found."""
    return f"kura {table.dataset}.{table.name}"


def parameters(table: Table, kind: Format, path: str) -> dict[str, str]:
    """The parameters that a table's configuration must have, AWS's access key apart, which is Terraform's own."""
    return {
        "data_path": path,
        "destination_table_name_template": f"{table.name}${DATE}",
        "file_format": _FORMATS[kind],
        "write_disposition": "WRITE_TRUNCATE",
    }


def run_time(table: Table, window: Window, attempt: int) -> datetime.datetime:
    """The time of the run for a window and an attempt at its export, which counts from 0.

    Terminal when the attempts of the window are used up.
    """
    if attempt >= ATTEMPTS:
        raise Terminal(
            f"{table}: {ATTEMPTS} exports of {window.date} have come to nothing, and a transfer cannot tell more "
            "apart; find out why, then take `carrier: transfer` out of the contract for this day's run"
        )
    return datetime.datetime.combine(window.date, datetime.time(attempt), datetime.UTC)


def rendered(template: str, at: datetime.datetime) -> str:
    """A path for the run of a time, as the service renders it."""
    return template.replace(DATE, f"{at:%Y%m%d}").replace(ATTEMPT, f"{at:%H}")


def differences(config: TransferConfig, delivery: Delivery, table: Table, path: str) -> list[str]:
    """What about a configuration is not as the delivery needs it, in words."""
    found = {name: _text(value) for name, value in dict(config.params).items()}
    wanted = {**parameters(table, delivery.format, path), **_DEFAULTS}
    said = []
    for name, value in wanted.items():
        if (has := found.get(name, _DEFAULTS.get(name, ""))) != value:
            said.append(f"{name} is {has or 'not set'} and not {value}")
    if config.destination_dataset_id != table.dataset:
        said.append(f"its dataset is {config.destination_dataset_id or 'not set'} and not {table.dataset}")
    if config.disabled:
        said.append("it is disabled")
    if not (config.schedule_options.disable_auto_scheduling or "manual_schedule" in config.schedule_options_v2):
        said.append("it runs by a schedule of its own (set schedule_options.disable_auto_scheduling)")
    return said


def _text(value: object) -> str:
    """A parameter as text: the service takes numbers and truth values in either form."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) else str(value)
