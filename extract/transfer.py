"""Loads carried by BigQuery Data Transfer Service: from S3 straight into a raw partition, no byte through us.

    export in S3 ─ run of the table's transfer configuration, WRITE_TRUNCATE ─▶ raw_<source>.<table>$YYYYMMDD

The configuration is Terraform's (`extract.transfer_config` says what it must be); here its runs are started for the
time that stands for the delivery, or attached to, and watched. A run loads all files that match its path, however they
came there, so they are compared with the delivery's before it starts. Runs of one configuration at the same time are
not supported, so one is waited for before another starts.

https://docs.cloud.google.com/bigquery/docs/s3-transfer-intro
https://docs.cloud.google.com/bigquery/docs/working-with-transfers#manually_trigger_a_transfer
https://docs.cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs.runs
"""

import datetime
import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Final

import boto3
from google.auth.credentials import Credentials
from google.cloud.bigquery import DEFAULT_RETRY
from google.cloud.bigquery_datatransfer_v1 import (
    DataTransferServiceClient,
    ListTransferConfigsRequest,
    ListTransferLogsRequest,
    ListTransferRunsRequest,
    StartManualTransferRunsRequest,
    TransferConfig,
    TransferMessage,
    TransferRun,
    TransferState,
)

from extract.contract import Table
from extract.delivery import Delivery, Transfer
from extract.errors import Terminal, Transient, one_line
from extract.outside import AWS_CONFIG, aws, google_cloud
from extract.polling import ticks
from extract.source import Report
from extract.transfer_config import DATA_SOURCE, differences, display_name, rendered

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

API_BASE: Final = "https://bigquerydatatransfer.googleapis.com"
FILE_AGE: Final = 300.0
"""Seconds after which the service sees a file in S3 ("Consistency considerations" of its introduction)."""

_LIMIT: Final = 12 * 3600.0  # seconds after which a run is left to the next of ours
_IN_PROGRESS: Final = (TransferState.PENDING, TransferState.RUNNING)
_BUSY: Final = frozenset({4, 8, 10, 13, 14})
"""google.rpc.Code: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE."""

_SAID: Final = 60.0  # seconds of silence after which a run's state is told again


class Transfers:
    """The transfer configurations of a project and location, that of its raw datasets.

    `file_age` is how old a file in S3 must be before it is counted on, in seconds; `limit` how long a run is watched;
    `patience` bounds the retries of one request. `credentials` are Google's default ones where none are passed; `s3`
    makes the client of S3, by default boto3's. Nothing is connected before it is needed.
    """

    def __init__(
        self,
        project: str,
        location: str,
        api_base: str = API_BASE,
        file_age: float = FILE_AGE,
        limit: float = _LIMIT,
        patience: float = 30,
        credentials: Credentials | None = None,
        s3: "Callable[[], S3Client] | None" = None,
    ) -> None:
        self._parent = f"projects/{project}/locations/{location.lower()}"
        self._api_base = api_base
        self._file_age = file_age
        self._limit = limit
        self._retry = DEFAULT_RETRY.with_timeout(patience)
        self._credentials = credentials
        self._making = threading.Lock()
        self._service: DataTransferServiceClient | None = None
        self._make_store = s3 or partial(boto3.client, "s3", config=AWS_CONFIG)
        self._store: S3Client | None = None

    def run(self, delivery: Delivery, transfer: Transfer, table: Table, report: Report) -> TransferRun:
        """The run that loaded a delivery's files, after it has succeeded; whether all its rows came is not known yet.

        Terminal, before anything is loaded, when the configuration is missing or another than the contract implies, or
        when other files than the delivery's would be loaded. Terminal or Transient when the run fails.
        """
        config = self._config(delivery, transfer, table)
        at = datetime.datetime.fromisoformat(transfer.run_time)
        self._require_files(delivery, rendered(transfer.path, at), table, report)
        run = self._attach(config, at, table, report)
        if run is None:
            run = self._watch(self._start(config, at, table, report), table, report)
        if run.state != TransferState.SUCCEEDED:
            raise self._failed(run, table)
        return run

    def missing(self, tables: Collection[Table]) -> list[str]:
        """The names of the configurations that are not there, of those that these tables need."""
        there = {config.display_name for config in self._configs()}
        return sorted({display_name(table) for table in tables} - there)

    @property
    def _client(self) -> DataTransferServiceClient:
        with self._making, google_cloud("preparing the client of the Data Transfer Service"):
            if self._service is None:
                options = {"api_endpoint": self._api_base}
                self._service = DataTransferServiceClient(
                    credentials=self._credentials, transport="rest", client_options=options
                )
            return self._service

    @property
    def _s3(self) -> "S3Client":
        with self._making, aws("preparing S3's client"):
            if self._store is None:
                self._store = self._make_store()
            return self._store

    def _configs(self) -> list[TransferConfig]:
        with google_cloud(f"listing the transfer configurations of {self._parent}"):
            request = ListTransferConfigsRequest(parent=self._parent, data_source_ids=[DATA_SOURCE])
            return list(self._client.list_transfer_configs(request, retry=self._retry))

    def _config(self, delivery: Delivery, transfer: Transfer, table: Table) -> TransferConfig:
        name = display_name(table)
        found = [config for config in self._configs() if config.display_name == name]
        advice = "Terraform makes it, docs/transfer.md says what it must be"
        if len(found) != 1:
            count = f"{len(found)} transfer configurations" if found else "no transfer configuration"
            raise Terminal(f"{table}: there is {count} named {name!r} in {self._parent}, one is needed; {advice}")
        if said := differences(found[0], delivery, table, transfer.path):
            raise Terminal(
                f"{table}: transfer configuration {name!r} is not as the contract implies: {'; '.join(said)}; {advice}"
            )
        return found[0]

    def _require_files(self, delivery: Delivery, path: str, table: Table, report: Report) -> None:
        """Wait until the files are old enough to be seen. Terminal when others would be loaded, or some are gone."""
        bucket, _, pattern = path.removeprefix("s3://").partition("/")
        prefix, suffix = pattern.split("*")
        lying, newest = {}, None
        with aws(f"{table}: listing s3://{bucket}/{prefix}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    if item["Key"].endswith(suffix):
                        lying[item["Key"]] = (item["Size"], item["ETag"].strip('"'))
                        newest = max(newest or item["LastModified"], item["LastModified"])
        delivered = {file.name: (file.bytes, file.md5) for file in delivery.files}
        if gone := sorted(name for name, state in delivered.items() if lying.get(name) != state):
            raise Terminal(
                f"{table}: {len(gone)} of {len(delivered)} delivered files are gone or altered, first "
                f"s3://{bucket}/{gone[0]}; run the day with `kura run`, which exports it anew while that is possible"
            )
        if more := sorted(lying.keys() - delivered.keys()):
            raise Terminal(
                f"{table}: {len(more)} files that are not the export's match {path} and would be loaded, first "
                f"s3://{bucket}/{more[0]}; find out who put them there, delete them and run again"
            )
        if newest and (young := self._file_age - (datetime.datetime.now(datetime.UTC) - newest).total_seconds()) > 0:
            report(f"{table}: waiting {young:.0f} s, until the Data Transfer Service is sure to see the exported files")
            time.sleep(young)

    def _attach(
        self, config: TransferConfig, at: datetime.datetime, table: Table, report: Report
    ) -> TransferRun | None:
        """The run of this time that an earlier call started, after its end; None when there is none in progress."""
        with google_cloud(f"{table}: listing the transfer runs of {config.name}"):
            request = ListTransferRunsRequest(parent=config.name, states=_IN_PROGRESS)
            running = list(self._client.list_transfer_runs(request, retry=self._retry))
        ours = None
        for run in running:
            if run.run_time == at:
                report(f"{table}: attaching to transfer run {run.name}")
                ours = self._watch(run, table, report)
            else:
                report(f"{table}: waiting for transfer run {run.name}, for {run.run_time.isoformat()}, to end first")
                self._watch(run, table, report)
        return ours

    def _start(self, config: TransferConfig, at: datetime.datetime, table: Table, report: Report) -> TransferRun:
        with google_cloud(f"{table}: starting a run of transfer configuration {config.display_name!r}"):
            request = StartManualTransferRunsRequest(parent=config.name, requested_run_time=at)
            runs = self._client.start_manual_transfer_runs(request).runs
        if len(runs) != 1 or runs[0].run_time != at:
            times = ", ".join(run.run_time.isoformat() for run in runs) or "none"
            raise Terminal(
                f"{table}: a transfer run for {at.isoformat()} was asked for, and the Data Transfer Service started: "
                f"{times}; a run's time picks path and partition, so look at these runs of {config.name}"
            )
        report(f"{table}: started transfer run {runs[0].name}")
        return runs[0]

    def _watch(self, run: TransferRun, table: Table, report: Report) -> TransferRun:
        """A run after its end. Transient when it does not end in time."""
        said, told = "", 0.0
        for waited in ticks(self._limit):
            with google_cloud(f"{table}: asking for transfer run {run.name}"):
                run = self._client.get_transfer_run(name=run.name, retry=self._retry)
            if run.state not in _IN_PROGRESS:
                return run
            newest = [one_line(message.message_text) for message in self._messages(run)[-1:]]
            now = ": ".join([run.state.name, *newest])
            if now != said or waited >= told + _SAID:
                said, told = now, waited
                report(f"{table}: transfer run {run.name.rsplit('/', 1)[-1]}: {now} ({waited:.0f} s)")
        raise Transient(
            f"{table}: transfer run {run.name} does not end in {self._limit / 3600:g} hours; run again to attach to it"
        )

    def _messages(self, run: TransferRun) -> list[TransferMessage]:
        """What a run has logged, oldest first."""
        with google_cloud(f"reading the log of transfer run {run.name}"):
            request = ListTransferLogsRequest(parent=run.name)
            found = list(self._client.list_transfer_logs(request, retry=self._retry))
        return sorted(found, key=lambda message: message.message_time)

    def _failed(self, run: TransferRun, table: Table) -> Terminal | Transient:
        if run.state == TransferState.CANCELLED:
            return Terminal(f"{table}: transfer run {run.name} was cancelled; find out by whom, then run again")
        error = TransferMessage.MessageSeverity.ERROR
        errors = [message.message_text for message in self._messages(run) if message.severity == error]
        texts = [run.error_status.message, *errors[-3:]]
        reasons = "; ".join(dict.fromkeys(text for text in texts if text)) or "no reason given"
        said = f"{table}: transfer run {run.name} ended as {run.state.name}: {reasons}"
        if run.error_status.code in _BUSY:
            return Transient(f"{said}; run again for a new one")
        return Terminal(f"{said}; put that right, then run again for a new one")
