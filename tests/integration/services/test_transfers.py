"""The stand-in of BigQuery Data Transfer Service, through Google's own client."""

import datetime
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from google.api_core import exceptions
from google.cloud.bigquery_datatransfer_v1 import (
    DataTransferServiceClient,
    StartManualTransferRunsRequest,
    TransferConfig,
    TransferRun,
    TransferState,
)
from google.oauth2 import service_account

from extract.polling import ticks
from sandbox.services.keys import write_service_account_key
from sandbox.services.transfers.routes import FORBIDDEN
from tests.integration.services.support import PLATFORM, PROJECT, Server

PARENT = f"projects/{PROJECT}/locations/us"
PARAMS = {
    "data_path": 's3://exports/{run_time|"%Y%m%d"}/*.json.gz',
    "destination_table_name_template": "users${run_date}",
    "access_key_id": "AKIA",
    "secret_access_key": "not-to-be-seen",
}


def connect(server: Server, account: str = "platform") -> DataTransferServiceClient:
    (server.directory / "access.json").write_text(json.dumps({"administrators": [f"serviceAccount:{PLATFORM}"]}))
    path = str(server.directory / f"{account}.json")
    credentials = service_account.Credentials.from_service_account_file(path)  # type: ignore[no-untyped-call]
    options = {"api_endpoint": f"{server.url}/datatransfer"}
    return DataTransferServiceClient(credentials=credentials, transport="rest", client_options=options)


@pytest.fixture
def client(server: Server) -> DataTransferServiceClient:
    return connect(server)


def create(client: DataTransferServiceClient, name: str = "users", **fields: Any) -> TransferConfig:
    config = {
        "display_name": name,
        "data_source_id": "amazon_s3",
        "destination_dataset_id": "raw_aurora",
        "params": PARAMS,
        **fields,
    }
    return client.create_transfer_config(parent=PARENT, transfer_config=config)


def start(client: DataTransferServiceClient, config: TransferConfig, at: str = "2026-11-21T00:00:00Z") -> Any:
    request = StartManualTransferRunsRequest({"parent": config.name, "requested_run_time": at})
    return client.start_manual_transfer_runs(request).runs


def ended(client: DataTransferServiceClient, run: TransferRun) -> TransferRun:
    for _ in ticks(20):
        if (found := client.get_transfer_run(name=run.name)).state > TransferState.RUNNING:
            return found
    raise AssertionError(f"{run.name} does not end")


def test_a_configuration_is_found_by_project_and_number_and_keeps_its_secret(client: DataTransferServiceClient) -> None:
    made = create(client, "kept")
    assert made.name.startswith("projects/246813579012/locations/us/transferConfigs/")
    [found] = [one for one in client.list_transfer_configs(parent=PARENT) if one.display_name == "kept"]
    assert found == made == client.get_transfer_config(name=made.name)
    assert dict(found.params) == {name: value for name, value in PARAMS.items() if name != "secret_access_key"}
    client.delete_transfer_config(name=made.name)
    with pytest.raises(exceptions.NotFound):
        client.get_transfer_config(name=made.name)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"data_source_id": "scheduled_query"}, "the sandbox has amazon_s3"),
        ({"destination_dataset_id": ""}, "Missing destinationDatasetId"),
        ({"params": {"data_path": "s3://exports/*"}}, "Missing params: destination_table_name_template, access_key_id"),
        ({"params": {**PARAMS, "schema": "x"}}, "Unknown params: schema"),
        ({"params": {**PARAMS, "write_disposition": "MERGE"}}, "Invalid write_disposition"),
        ({"params": {**PARAMS, "file_format": "XML"}}, "Invalid file_format"),
        ({"params": {**PARAMS, "data_path": "s3://{run_date}/*"}}, "Invalid Amazon S3 URI"),
        ({"params": {**PARAMS, "data_path": "s3://exports/{today}/*"}}, "Invalid template"),
    ],
)
def test_a_configuration_that_the_service_would_not_take_is_refused(
    client: DataTransferServiceClient, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=said):
        create(client, **fields)


def test_only_an_administrator_may_use_it(server: Server) -> None:
    with pytest.raises(exceptions.Forbidden, match=FORBIDDEN):
        list(connect(server, "analyst").list_transfer_configs(parent=PARENT))
    assert requests.get(f"{server.url}/datatransfer/v1/{PARENT}/transferConfigs", timeout=10).status_code == 401


def test_a_location_is_written_in_small_letters(client: DataTransferServiceClient) -> None:
    with pytest.raises(exceptions.NotFound):
        list(client.list_transfer_configs(parent=f"projects/{PROJECT}/locations/US"))


def test_runs_are_started_for_the_past_and_one_after_another(server: Server, client: DataTransferServiceClient) -> None:
    config = create(client)
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    with pytest.raises(exceptions.BadRequest, match="must not be in the future"):
        start(client, config, tomorrow.isoformat())
    server.control("transfers", {"hold": True})
    [run] = start(client, config)
    with pytest.raises(exceptions.BadRequest, match="Simultaneous backfill requests are not supported"):
        start(client, config, "2026-11-20T00:00:00Z")
    in_progress = {"parent": config.name, "states": [TransferState.PENDING, TransferState.RUNNING]}
    assert [one.name for one in client.list_transfer_runs(in_progress)] == [run.name]
    server.control("transfers", {"hold": None, "fail": {"code": 13, "message": "planned"}})
    assert ended(client, run).state == TransferState.FAILED
    assert list(client.list_transfer_runs(in_progress)) == []


def test_a_disabled_configuration_starts_nothing(client: DataTransferServiceClient) -> None:
    assert list(start(client, create(client, disabled=True))) == []


def test_a_failed_run_says_why_in_its_status_and_its_log(server: Server, client: DataTransferServiceClient) -> None:
    config = create(client)
    server.control("transfers", {"fail": {"code": 7, "message": "Access Denied"}})
    run = ended(client, start(client, config)[0])
    assert (run.error_status.code, run.error_status.message) == (7, "Access Denied")
    assert run.run_time.isoformat() == "2026-11-21T00:00:00+00:00"
    assert run.start_time <= run.end_time
    messages = {one.severity.name: one.message_text for one in client.list_transfer_logs(parent=run.name)}
    assert messages == {"ERROR": "Access Denied", "INFO": "Starting the transfer run."}


def test_a_run_goes_on_after_the_server_was_killed(servers: Callable[[], Server], tmp_path: Path) -> None:
    first = servers()
    write_service_account_key(tmp_path / "platform.json", PLATFORM, PROJECT, f"{first.url}/oauth/token")
    client = connect(first)
    first.control("transfers", {"hold": True})
    [run] = start(client, create(client))
    first.kill(signal.SIGKILL)
    second = servers()
    second.control("transfers", {"hold": None})
    # This server knows none of the others, so the run can only fail; but it comes to an end.
    end = ended(connect(second), run)
    assert "started without the addresses of the others" in end.error_status.message
