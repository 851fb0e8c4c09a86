"""Receipts: the table `ops.loads`, one row a load."""

import contextlib
import dataclasses
import datetime
import json
import threading
from typing import Any, Final, cast

from google.api_core.exceptions import Conflict, NotFound, PreconditionFailed
from google.api_core.retry import Retry
from google.cloud import bigquery
from google.cloud.bigquery import DEFAULT_RETRY

from extract.contract import Table
from extract.delivery import Receipt
from extract.outside import google_cloud

TABLE: Final = "ops.loads"

SCHEMA: Final = (
    bigquery.SchemaField("source", "STRING", description="Kind of source."),
    bigquery.SchemaField("table_name", "STRING", description="Raw table, without dataset."),
    bigquery.SchemaField("partition_id", "STRING", description="Partition that was replaced, YYYYMMDD."),
    bigquery.SchemaField("window_start", "TIMESTAMP", description="Beginning of the window."),
    bigquery.SchemaField("window_end", "TIMESTAMP", description="End of the window, exclusive."),
    bigquery.SchemaField("rows_delivered", "INT64", description="Rows that the source says it delivered."),
    bigquery.SchemaField("rows_loaded", "INT64", description="Rows that the load job wrote."),
    bigquery.SchemaField("bytes", "INT64", description="Size of the delivery's files."),
    bigquery.SchemaField("files", "INT64", description="Number of the delivery's files."),
    bigquery.SchemaField("job_id", "STRING", description="Load job, or run of the Data Transfer Service."),
    bigquery.SchemaField("fingerprint", "STRING", description="Made from the content: equal content, equal value."),
    bigquery.SchemaField("position", "STRING", description="Where the source was read, in its own terms."),
    bigquery.SchemaField("schema_changes", "STRING", "REPEATED", description="What changed in the columns."),
    bigquery.SchemaField("loaded_at", "TIMESTAMP", description="When the load job ended."),
    bigquery.SchemaField("seconds", "FLOAT64", description="From the load's beginning to the verified end."),
    bigquery.SchemaField("kind", "STRING", description="full, or changes since the last full delivery."),
    bigquery.SchemaField("warnings", "STRING", "REPEATED", description="What to put right in the source."),
)


class Receipts:
    """The receipts in a project's `ops.loads`, which is created when it is first needed.

    A table of an earlier version gets the columns that it lacks. `location` is that of the dataset `ops`, which exists
    already; `patience` bounds the retries of one request, in seconds.
    """

    def __init__(self, client: bigquery.Client, location: str, patience: float = 30) -> None:
        self._client = client
        self._location = location
        self._retry: Retry = DEFAULT_RETRY.with_timeout(patience)
        self._name = f"{client.project}.{TABLE}"
        self._exists = False
        self._creating = threading.Lock()

    def append(self, receipt: Receipt) -> None:
        """Write a receipt, by a load job named after the load: writing it again changes nothing."""
        self._create()
        row = dataclasses.asdict(receipt)
        for name in ("window_start", "window_end", "loaded_at"):
            row[name] = row[name].isoformat()
        config = bigquery.LoadJobConfig(schema=SCHEMA, write_disposition=bigquery.WriteDisposition.WRITE_APPEND)
        # A transfer run's name has slashes, which a job id may not have.
        job_id = f"kura_receipt_{receipt.job_id.removeprefix('kura_').replace('/', '_')}"
        with google_cloud(f"{receipt.source}.{receipt.table_name}: writing the receipt to {TABLE}"):
            try:
                job = self._client.load_table_from_json(
                    [json.loads(json.dumps(row))], self._name, job_id=job_id, location=self._location, job_config=config
                )
            except Conflict:
                found = self._client.get_job(job_id, location=self._location, retry=self._retry)
                job = cast(bigquery.LoadJob, found)
            job.result(retry=self._retry)

    def rows_before(self, table: Table, partition_id: str) -> int | None:
        """The rows of the newest full partition loaded up to and with this one; None when there is none."""
        found = self._query(
            "SELECT rows_delivered FROM `{}` WHERE source = @source AND table_name = @table"
            " AND partition_id <= @partition AND kind = 'full' ORDER BY partition_id DESC, loaded_at DESC LIMIT 1",
            {"source": table.source, "table": table.name, "partition": partition_id},
        )
        return int(found[0]["rows_delivered"]) if found else None

    def fingerprints(self, table: Table, first: str, last: str) -> dict[str, str]:
        """What each partition from `first` to `last` holds: the fingerprint of the delivery that was loaded last."""
        rows = self._query(
            "SELECT partition_id, fingerprint FROM `{}` WHERE source = @source AND table_name = @table"
            " AND partition_id BETWEEN @first AND @last"
            " QUALIFY ROW_NUMBER() OVER (PARTITION BY partition_id ORDER BY loaded_at DESC) = 1",
            {"source": table.source, "table": table.name, "first": first, "last": last},
        )
        return {row["partition_id"]: row["fingerprint"] for row in rows}

    def loaded(self, partition_id: str) -> set[tuple[str, str]]:
        """The tables, by source and name, of which the partition is loaded."""
        rows = self._query(
            "SELECT DISTINCT source, table_name FROM `{}` WHERE partition_id = @partition", {"partition": partition_id}
        )
        return {(row["source"], row["table_name"]) for row in rows}

    def window_ends(self) -> dict[tuple[str, str], datetime.datetime]:
        """The end of the newest window that is loaded, by source and table."""
        rows = self._query("SELECT source, table_name, MAX(window_end) AS newest FROM `{}` GROUP BY ALL", {})
        return {(row["source"], row["table_name"]): row["newest"] for row in rows}

    def newest(self) -> list[Receipt]:
        """The newest receipt of every table, by source and table; none when nothing has been loaded yet."""
        rows = self._query(
            "SELECT * FROM `{}` WHERE TRUE"
            " QUALIFY ROW_NUMBER() OVER (PARTITION BY source, table_name ORDER BY loaded_at DESC) = 1"
            " ORDER BY source, table_name",
            {},
        )
        lists = ("schema_changes", "warnings")
        return [Receipt(**{**row, **{name: tuple(row.get(name, ())) for name in lists}}) for row in rows]

    def _query(self, query: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
        values = [bigquery.ScalarQueryParameter(name, "STRING", value) for name, value in parameters.items()]
        config = bigquery.QueryJobConfig(query_parameters=values)
        with google_cloud(f"reading {TABLE}"):
            try:
                rows = self._client.query_and_wait(
                    query.format(self._name), location=self._location, job_config=config, retry=self._retry
                )
            except NotFound:
                return []
            return [dict(row.items()) for row in rows]

    def _create(self) -> None:
        with self._creating, google_cloud(f"creating {TABLE}"):
            if not self._exists:
                table = bigquery.Table(self._name, schema=SCHEMA)
                table.description = "Receipts: what each load of a raw partition did."
                table.time_partitioning = bigquery.TimePartitioning(field="loaded_at")
                live = self._client.create_table(table, exists_ok=True, retry=self._retry)
                names = {column.name for column in live.schema}
                if missing := [column for column in SCHEMA if column.name not in names]:
                    live.schema = [*live.schema, *missing]
                    with contextlib.suppress(PreconditionFailed):  # another process was faster, with the same columns
                        self._client.update_table(live, ["schema"], retry=self._retry)
                self._exists = True
