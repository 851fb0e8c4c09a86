"""What a transfer configuration of Amazon S3 may say.

https://docs.cloud.google.com/bigquery/docs/s3-transfer (bq tab);
https://docs.cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs
"""

import datetime
from typing import Any

from sandbox.services.transfers import paths
from sandbox.services.transfers.errors import INVALID_ARGUMENT, TransferError

DATA_SOURCE = "amazon_s3"
REQUIRED = ("data_path", "destination_table_name_template", "access_key_id", "secret_access_key")
DEFAULTS = {
    "file_format": "CSV",
    "write_disposition": "WRITE_APPEND",
    "max_bad_records": "0",
    "ignore_unknown_values": "false",
}
SECRET = "secret_access_key"
FORMATS = {
    "CSV": "CSV",
    "JSON": "NEWLINE_DELIMITED_JSON",
    "AVRO": "AVRO",
    "PARQUET": "PARQUET",
    "ORC": "ORC",
}
DISPOSITIONS = ("WRITE_APPEND", "WRITE_TRUNCATE")
_FORMAT_OPTIONS = frozenset(
    {"decimal_target_types", "field_delimiter", "skip_leading_rows", "allow_quoted_newlines", "allow_jagged_rows"}
)
_KEPT = ("displayName", "dataSourceId", "destinationDatasetId", "params", "schedule", "scheduleOptions", "disabled")


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The configuration that a request's body asks for. Raises TransferError when it is not one."""
    if body.get("dataSourceId") != DATA_SOURCE:
        raise TransferError(INVALID_ARGUMENT, f"Data source {body.get('dataSourceId')!r}: the sandbox has amazon_s3")
    for name in ("displayName", "destinationDatasetId"):
        if not body.get(name):
            raise TransferError(INVALID_ARGUMENT, f"Missing {name}")
    params = body.get("params", {})
    if missing := [name for name in REQUIRED if not params.get(name)]:
        raise TransferError(INVALID_ARGUMENT, f"Missing params: {', '.join(missing)}")
    if unknown := sorted(set(params) - {*REQUIRED, *DEFAULTS, *_FORMAT_OPTIONS}):
        raise TransferError(INVALID_ARGUMENT, f"Unknown params: {', '.join(unknown)}")
    for name, known in (("file_format", tuple(FORMATS)), ("write_disposition", DISPOSITIONS)):
        if params.get(name, DEFAULTS[name]) not in known:
            raise TransferError(INVALID_ARGUMENT, f"Invalid {name}: use {', '.join(known)}")
    paths.split(params["data_path"])
    for name in ("data_path", "destination_table_name_template"):
        paths.render(params[name], datetime.datetime.now(datetime.UTC))
    return {name: body[name] for name in _KEPT if name in body}


def shown(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration, or a run of one, as it is answered: without the secret."""
    return config | {"params": {name: value for name, value in config["params"].items() if name != SECRET}}
