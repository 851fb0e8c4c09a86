"""Raw tables: a delivery becomes one partition, replaced whole by one load job.

    landed files ─ load job, WRITE_TRUNCATE_DATA ─▶ raw_<source>.<table>$YYYYMMDD ─▶ a receipt in ops.loads
    files in S3 ── Data Transfer Service ─────────▶

A raw table is partitioned by day of ingestion, and nothing is added to the data. It exists, with its policy tags,
before its first byte arrives: `WRITE_TRUNCATE_DATA` keeps schema and tags, where `WRITE_TRUNCATE` would drop the tags,
and `CREATE_NEVER` keeps a load job from making a table without them.

The Data Transfer Service has `WRITE_TRUNCATE` only. Whether that drops the tags where one partition is replaced is not
documented, so after it they are put back at once, and that is part of the receipt.

https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad
"""

import contextlib
import datetime
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from google.api_core.exceptions import Conflict, Forbidden, GoogleAPICallError, NotFound
from google.cloud import bigquery
from google.cloud.bigquery import DEFAULT_RETRY, CreateDisposition, WriteDisposition

from extract.contract import Table
from extract.delivery import Delivery, Format, Kind, Receipt, Transfer
from extract.errors import Terminal, Transient
from extract.landing import Landing
from extract.outside import google_cloud
from extract.polling import ticks
from extract.receipts import Receipts
from extract.schema import clustering, declared_tags, evolve, field, live_tag
from extract.source import Report
from extract.transfer import Transfers
from extract.window import Window

_LIMIT: Final = 6 * 3600.0  # seconds a load job may take; BigQuery ends it itself before that


@dataclass(frozen=True)
class Loaded:
    """What was put into a partition: how many rows, by which load job or transfer run, and when that ended.

    `changes` are those that had to be made to the table's columns afterwards.
    """

    rows: int
    job_id: str
    ended: datetime.datetime
    changes: tuple[str, ...] = ()


class Warehouse:
    """A project's raw datasets and its receipts.

    `policy_tags` gives the resource name of each logical tag. `location` is that of the datasets, which exist already;
    `patience` bounds the retries of one request, in seconds; `transfers` load what stays in S3; `receipts` are kept by
    another identity than the client's where they are passed. Every method raises Terminal when Google refuses, and
    Transient when it cannot be reached or is busy.
    """

    def __init__(
        self,
        client: bigquery.Client,
        landing: Landing,
        policy_tags: Mapping[str, str],
        location: str,
        transfers: Transfers | None = None,
        patience: float = 30,
        receipts: Receipts | None = None,
    ) -> None:
        self._client = client
        self._landing = landing
        self._policy_tags = policy_tags
        self._location = location
        self._transfers = transfers or Transfers(client.project, location)
        self._retry = DEFAULT_RETRY.with_timeout(patience)
        self.receipts = receipts or Receipts(client, location, patience)

    def load(self, delivery: Delivery, table: Table, window: Window, report: Report = lambda line: None) -> Receipt:
        """Replace the window's partition with a delivery, and write the receipt.

        Terminal, with the partition as it was, when the delivery is empty or sharply shrunken, or a column has changed
        its type; Terminal after the load when other than the delivered rows were written, or live tags are not the
        declared ones. Loading again ends in the same partition, and attaches to a job or run that is in progress.
        """
        began = time.monotonic()
        self._refuse_loss(delivery, table)
        live, changes = self._prepare(delivery, table)
        if delivery.transfer:
            loaded = self._transfer(delivery, delivery.transfer, table, report)
        else:
            job = self._replace(delivery, table, window, live)
            loaded = Loaded(job.output_rows, job.job_id, job.ended or datetime.datetime.now(datetime.UTC))
        if loaded.rows != delivery.rows:
            place = "S3" if delivery.transfer else "the landing bucket"
            raise Terminal(
                f"{table}: {loaded.rows} rows were loaded and {delivery.rows} delivered (job {loaded.job_id}, "
                f"delivery {delivery.id}); compare the files in {place} with the source's counts"
            )
        self._verify_tags(table)
        receipt = Receipt(
            source=table.source,
            table_name=table.name,
            partition_id=window.partition_id,
            window_start=window.start,
            window_end=window.end,
            rows_delivered=delivery.rows,
            rows_loaded=loaded.rows,
            bytes=delivery.bytes,
            files=len(delivery.files),
            job_id=loaded.job_id,
            fingerprint=delivery.fingerprint,
            position=delivery.position,
            schema_changes=tuple(dict.fromkeys((*changes, *loaded.changes))),
            loaded_at=loaded.ended,
            seconds=round(time.monotonic() - began, 3),
            kind=delivery.kind.value,
            warnings=delivery.warnings,
        )
        self.receipts.append(receipt)
        return receipt

    def not_loaded(self, deliveries: Sequence[Delivery], table: Table) -> list[Delivery]:
        """Those of the deliveries, oldest first, that their partitions do not hold."""
        if not deliveries:
            return []
        held = self.receipts.fingerprints(table, deliveries[0].partition_id, deliveries[-1].partition_id)
        return [delivery for delivery in deliveries if held.get(delivery.partition_id) != delivery.fingerprint]

    def live_tags(self, dataset: str, table: str) -> dict[str, str]:
        """The policy tags that a table's columns have now, by column; columns without one are left out.

        A tag is given by its logical name, or by its resource name when it is none of ours. Terminal when there is no
        such table.
        """
        return self._tags(self._get(dataset, table))

    def _tags(self, live: bigquery.Table) -> dict[str, str]:
        logical = {resource: name for name, resource in self._policy_tags.items()}
        tags = {column.name: live_tag(column) for column in live.schema}
        return {column: logical.get(tag, tag) for column, tag in tags.items() if tag}

    def _get(self, dataset: str, table: str) -> bigquery.Table:
        with google_cloud(f"looking at table {dataset}.{table}"):
            return self._client.get_table(f"{self._client.project}.{dataset}.{table}", retry=self._retry)

    def _refuse_loss(self, delivery: Delivery, table: Table) -> None:
        """Raise Terminal for a full delivery that would replace good data by nothing, or by far less."""
        if delivery.kind is not Kind.FULL:
            return
        if delivery.rows == 0:
            if table.allow_empty:
                return
            advice = "look at the source; if the table may be empty, set allow_empty: true in its contract"
            raise Terminal(f"{table}: the delivery has no rows, and the warehouse is left as it was; {advice}")
        before = self.receipts.rows_before(table, delivery.partition_id)
        if before is not None and delivery.rows < (1 - table.shrink_limit) * before:
            raise Terminal(
                f"{table}: the delivery has {delivery.rows} rows and the one before had {before}, so more than "
                f"{table.shrink_limit:.0%} are gone; the warehouse is left as it was; look at the source, and if the "
                "rows were meant to go, raise shrink_limit in the contract for this run"
            )

    def _prepare(self, delivery: Delivery, table: Table) -> tuple[bigquery.Table, tuple[str, ...]]:
        """The live table, made fit for the delivery, and what had to change."""
        try:
            live = self._get_or_create(delivery, table)
        except Terminal as error:
            if isinstance(error.__cause__, NotFound):
                advice = "Terraform creates it; apply it, or name the right project"
                raise Terminal(f"{table}: there is no dataset {table.dataset}; {advice}") from error
            raise
        evolution = evolve(table, live.schema, delivery.columns, self._policy_tags)
        if evolution.must_update:
            live.schema = evolution.fields
            with google_cloud(f"{table}: changing the columns of the raw table"):
                live = self._client.update_table(live, ["schema"], retry=self._retry)
        return live, evolution.changes

    def _get_or_create(self, delivery: Delivery, table: Table) -> bigquery.Table:
        name = f"{self._client.project}.{table.dataset}.{table.name}"
        with google_cloud(f"{table}: preparing the raw table"):
            try:
                return self._client.get_table(name, retry=self._retry)
            except NotFound:
                columns = [field(table, column, self._policy_tags) for column in delivery.columns]
                new = bigquery.Table(name, schema=columns)
                new.description = table.description
                new.time_partitioning = bigquery.TimePartitioning(type_=bigquery.TimePartitioningType.DAY)
                new.require_partition_filter = True
                new.clustering_fields = clustering(table, delivery.columns) or None
                self._client.create_table(new, exists_ok=True, retry=self._retry)
                return self._client.get_table(name, retry=self._retry)

    def _transfer(self, delivery: Delivery, transfer: Transfer, table: Table, report: Report) -> Loaded:
        """Let the Data Transfer Service put the delivery into its partition, and count what is there then.

        Transient when files were not seen: S3 shows them to the service some minutes after they were written.
        """
        run = self._transfers.run(delivery, transfer, table, report)
        modified = self._get(table.dataset, table.name).modified
        _, changes = self._prepare(delivery, table)
        rows = self._rows(table, delivery.partition_id)
        if modified < run.start_time or rows < delivery.rows:
            wrote = f"{rows} of {delivery.rows} delivered rows" if modified >= run.start_time else "nothing"
            advice = "it may not have seen all files yet; run again, which loads the partition anew"
            raise Transient(f"{table}: transfer run {run.name} succeeded and wrote {wrote}; {advice}")
        return Loaded(rows, run.name, run.end_time, changes)

    def _rows(self, table: Table, partition_id: str) -> int:
        """How many rows a partition has; the count is metadata, so no bytes are read and no tag is in the way."""
        day = datetime.datetime.strptime(partition_id, "%Y%m%d").replace(tzinfo=datetime.UTC)
        config = bigquery.QueryJobConfig(query_parameters=[bigquery.ScalarQueryParameter("day", "TIMESTAMP", day)])
        query = (
            f"SELECT COUNT(*) FROM `{self._client.project}.{table.dataset}.{table.name}` WHERE _PARTITIONTIME = @day"
        )
        with google_cloud(f"{table}: counting the rows of partition {partition_id}"):
            [row] = self._client.query_and_wait(query, location=self._location, job_config=config, retry=self._retry)
        return int(row[0])

    def _replace(self, delivery: Delivery, table: Table, window: Window, live: bigquery.Table) -> Any:
        """The finished load job that put the delivery into its partition."""
        prefix = f"kura_{table.source}_{table.name}_{window.partition_id}_"
        with google_cloud(f"{table}: loading partition {window.partition_id}"):
            left = self._left_behind(prefix)
            if len(left) == 1 and left[0].job_id.startswith(f"{prefix}{delivery.fingerprint}_"):
                return left[0]
            for generation in itertools.count(1):
                job_id = f"{prefix}{delivery.fingerprint}_{generation}"
                try:
                    job = self._client.load_table_from_uri(
                        [self._landing.uri(file.name) for file in delivery.files],
                        f"{self._client.project}.{table.dataset}.{table.name}${window.partition_id}",
                        job_id=job_id,
                        location=self._location,
                        job_config=_config(delivery, live),
                        retry=self._retry,
                    )
                except Conflict:
                    try:
                        found = self._client.get_job(job_id, location=self._location, retry=self._retry)
                    except Forbidden:
                        continue  # used up by the identity that loaded before this one; its jobs are not ours to see
                    job = cast(bigquery.LoadJob, found)
                    if job.state == "DONE":
                        continue  # an id is used up, whatever became of its job
                return self._finished(job)
        raise AssertionError("unreachable")

    def _left_behind(self, prefix: str) -> list[Any]:
        """The jobs that an earlier run left behind, ended well by now. Ending later, they would undo this load."""
        since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        ended = []
        for state in ("pending", "running"):
            for job in self._client.list_jobs(state_filter=state, min_creation_time=since, retry=self._retry):
                if job.job_id.startswith(prefix):
                    # One that failed has changed nothing.
                    with contextlib.suppress(GoogleAPICallError):
                        ended.append(self._finished(job))
        return ended

    def _finished(self, job: Any) -> Any:
        for _ in ticks(_LIMIT):
            if job.done(retry=self._retry):
                job.result(retry=self._retry)
                return job
        raise Transient(f"load job {job.job_id} does not end; run again to attach to it")

    def _verify_tags(self, table: Table) -> None:
        live = self._get(table.dataset, table.name)
        declared = declared_tags(table, [column.name for column in live.schema])
        if (found := self._tags(live)) != declared:
            wrong = sorted(name for name in declared.keys() | found.keys() if declared.get(name) != found.get(name))
            details = ", ".join(f"{name} has {found.get(name)} and not {declared.get(name)}" for name in wrong)
            raise Terminal(f"{table}: policy tags changed during the load: {details}; find out by whom, run again")


def _config(delivery: Delivery, live: bigquery.Table) -> bigquery.LoadJobConfig:
    config = bigquery.LoadJobConfig(
        source_format=delivery.format.value,
        create_disposition=CreateDisposition.CREATE_NEVER,
        write_disposition=WriteDisposition.WRITE_TRUNCATE_DATA,
        max_bad_records=0,
    )
    if delivery.format is Format.JSON:
        delivered = {column.name.casefold() for column in delivery.columns}
        config.schema = [column for column in live.schema if column.name.casefold() in delivered]
    return config
