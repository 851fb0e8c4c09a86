"""Transfer configurations as Terraform makes them, spelt out."""

from dataclasses import dataclass
from typing import Any

from google.cloud.bigquery_datatransfer_v1 import (
    DataTransferServiceClient,
    StartManualTransferRunsRequest,
    TransferConfig,
    TransferRun,
)

from extract.contract import Table
from extract.raw import Warehouse
from extract.window import Window
from sandbox import names
from tests.integration.extract.support import TAGS, Cloud

PARENT = f"projects/{names.PROJECT}/locations/us"


@dataclass
class Service:
    """The Data Transfer Service as its administrator sees it."""

    cloud: Cloud
    client: DataTransferServiceClient

    def configure(self, table: Table, path: str, file_format: str = "JSON", /, **more: Any) -> TransferConfig:
        """Make a table's configuration. `more` are other parameters, or other fields where a field has that name."""
        fields: dict[str, Any] = {
            "display_name": f"kura {table.dataset}.{table.name}",
            "data_source_id": "amazon_s3",
            "destination_dataset_id": table.dataset,
            "schedule_options": {"disable_auto_scheduling": True},
            "disabled": False,
        }
        params = {
            "data_path": path,
            "destination_table_name_template": table.name + '${run_time|"%Y%m%d"}',
            "file_format": file_format,
            "write_disposition": "WRITE_TRUNCATE",
            "access_key_id": "AKIATRANSFER",
            "secret_access_key": "not-to-be-seen",
        }
        for name, value in more.items():
            (fields if name in fields else params)[name] = value
        return self.create({**fields, "params": params})

    def create(self, config: dict[str, Any]) -> TransferConfig:
        request = {"parent": PARENT, "transfer_config": config, "service_account_name": names.LOADER}
        return self.client.create_transfer_config(request)

    def dynamodb(self, table: Table, **more: Any) -> TransferConfig:
        """The configuration of a DynamoDB table."""
        folder = f's3://{names.EXPORT_BUCKET}/dynamodb/{table.name}/{{run_time|"%Y%m%d"}}/{{run_time|"%H"}}'
        return self.configure(table, f"{folder}/AWSDynamoDB/*.json.gz", "JSON", **more)

    def aurora(self, table: Table, cluster: str, **more: Any) -> TransferConfig:
        """The configuration of a table of a cluster."""
        task = f's3://{names.EXPORT_BUCKET}/aurora/kura-{cluster}-{{run_time|"%Y%m%d"}}-{{run_time|"%H"}}'
        return self.configure(table, f"{task}/koe/public.{table.name}/*.parquet", "PARQUET", **more)

    def start(self, config: TransferConfig, window: Window, hour: int = 0) -> TransferRun:
        """Start a run for a window by hand."""
        at = f"{window.date}T{hour:02d}:00:00Z"
        request = StartManualTransferRunsRequest({"parent": config.name, "requested_run_time": at})
        [run] = self.client.start_manual_transfer_runs(request).runs
        return run

    def runs(self, config: TransferConfig) -> list[TransferRun]:
        """The runs of a configuration, oldest first."""
        return list(self.client.list_transfer_runs(parent=config.name))[::-1]

    def set(self, **settings: Any) -> None:
        """Plan what goes wrong: hold, fail, unseen, daily."""
        self.cloud.post("services", "/_kura/transfers", settings)

    def watched(self, **settings: Any) -> Warehouse:
        """A warehouse that watches its transfers with these settings."""
        transfers = self.cloud.transfers(**settings)
        return Warehouse(self.cloud.bigquery, self.cloud.landing, TAGS, names.LOCATION, transfers)
