"""Makes in the sandbox what Terraform makes in a cloud for tables with `carrier: transfer`: their configurations."""

from collections.abc import Iterable
from pathlib import Path

from google.cloud.bigquery_datatransfer_v1 import DataTransferServiceClient, TransferConfig

from extract import aurora, dynamodb, transfer_config
from extract.contract import Table
from extract.delivery import Format
from sandbox import names, provision
from sandbox.environment import url
from sandbox.state import State

PARENT = f"projects/{names.PROJECT}/locations/{names.LOCATION.lower()}"
KEYS = {"access_key_id": "sandbox", "secret_access_key": "sandbox"}


def client(home: Path, state: State) -> DataTransferServiceClient:
    """A client of the sandbox's Data Transfer Service, for the platform."""
    options = {"api_endpoint": url(state, "services") + "/datatransfer"}
    credentials = provision.credentials(home, "platform")
    return DataTransferServiceClient(credentials=credentials, transport="rest", client_options=options)


def parameters(table: Table) -> dict[str, str]:
    """What a table's configuration is made of, AWS's access key included."""
    if table.source == "dynamodb":
        path, kind = dynamodb.transfer_path(names.EXPORT_BUCKET, table), Format.JSON
    else:
        place = (names.EXPORT_BUCKET, names.AURORA_CLUSTER, names.AURORA_DATABASE)
        path, kind = aurora.transfer_path(*place, table), Format.PARQUET
    return transfer_config.parameters(table, kind, path) | KEYS


def configure(service: DataTransferServiceClient, tables: Iterable[Table]) -> None:
    """Make the configurations of these tables; one that is there and says something else is made anew."""
    there = {config.display_name: config for config in service.list_transfer_configs(parent=PARENT)}
    for table in tables:
        name, wanted = transfer_config.display_name(table), parameters(table)
        if old := there.get(name):
            if {**dict(old.params), "secret_access_key": wanted["secret_access_key"]} == wanted:
                continue
            service.delete_transfer_config(name=old.name)
        config = TransferConfig(
            display_name=name,
            data_source_id=transfer_config.DATA_SOURCE,
            destination_dataset_id=table.dataset,
            schedule_options={"disable_auto_scheduling": True},
            params=wanted,
        )
        service.create_transfer_config(
            {"parent": PARENT, "transfer_config": config, "service_account_name": names.LOADER}
        )
