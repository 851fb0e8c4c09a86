"""Evidence: the table `ops.builds`, one row for each table that dbt built or failed to build.

The newest row of a table says what is in it now, as long as the table has not been modified since.
"""

import dataclasses
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from extract.outside import google_cloud
from orchestration.clients import RETRY

TABLE: Final = "ops.builds"
LAST: Final = "99991231"
SCHEMA: Final = (
    bigquery.SchemaField("dataset", "STRING", description="Dataset of the table."),
    bigquery.SchemaField("table_name", "STRING", description="Table, without dataset."),
    bigquery.SchemaField("partition_id", "STRING", description="Day of the window it was built for, YYYYMMDD."),
    bigquery.SchemaField("run_id", "STRING", description="Run of the orchestrator."),
    bigquery.SchemaField("passed", "BOOL", description="Built, tested and tagged as declared, on tables that passed."),
    bigquery.SchemaField("reason", "STRING", description="Why it did not pass."),
    bigquery.SchemaField("built_at", "TIMESTAMP", description="When dbt had built it."),
    bigquery.SchemaField("created", "TIMESTAMP", description="When the table was made anew; null where there is none."),
    bigquery.SchemaField("modified", "TIMESTAMP", description="When the table was last modified, tags included."),
    bigquery.SchemaField("row_count", "INT64", description="Rows of the table."),
    bigquery.SchemaField("bytes", "INT64", description="Size of the table."),
    bigquery.SchemaField("compiled", "STRING", description="Fingerprint of the SQL that was run."),
    bigquery.SchemaField(
        "code", "STRING", description="Fingerprint of all code that made its rows; empty where more than one did."
    ),
    bigquery.SchemaField("recorded_at", "TIMESTAMP", description="When this row was written."),
)


@dataclass(frozen=True)
class Build:
    """A row of `ops.builds`; its columns are described in SCHEMA. Times are aware."""

    dataset: str
    table_name: str
    partition_id: str
    run_id: str
    passed: bool
    reason: str
    built_at: datetime.datetime
    created: datetime.datetime | None
    modified: datetime.datetime | None
    row_count: int | None
    bytes: int | None
    compiled: str
    code: str
    recorded_at: datetime.datetime

    @property
    def table(self) -> str:
        return f"{self.dataset}.{self.table_name}"


def append(client: bigquery.Client, builds: Sequence[Build]) -> None:
    """Write rows, in one load job; the table is created when it is first needed."""
    if not builds:
        return
    with google_cloud(f"writing to {TABLE}"):
        name = f"{client.project}.{TABLE}"
        table = bigquery.Table(name, schema=SCHEMA)
        table.description = "Evidence: how each table was built and whether it passed its tests."
        table.time_partitioning = bigquery.TimePartitioning(field="recorded_at")
        client.create_table(table, exists_ok=True, retry=RETRY)
        rows = [
            json.loads(json.dumps(dataclasses.asdict(build), default=datetime.datetime.isoformat)) for build in builds
        ]
        config = bigquery.LoadJobConfig(schema=SCHEMA, write_disposition=bigquery.WriteDisposition.WRITE_APPEND)
        client.load_table_from_json(rows, name, job_id_prefix="kura_builds_", job_config=config).result(retry=RETRY)


def newest(client: bigquery.Client) -> dict[str, Build]:
    """The newest row of every table, by `dataset.table`; none when nothing has been built yet."""
    query = (
        f"SELECT * FROM `{client.project}.{TABLE}` WHERE TRUE"
        " QUALIFY ROW_NUMBER() OVER (PARTITION BY dataset, table_name ORDER BY recorded_at DESC) = 1"
    )
    with google_cloud(f"reading {TABLE}"):
        try:
            rows = list(client.query_and_wait(query, retry=RETRY))
        except NotFound:
            return {}
    builds = [Build(**dict(row.items())) for row in rows]
    return {build.table: build for build in builds}


def doubt(build: Build | None, table: bigquery.Table | None, first: str = "", last: str = LAST) -> str | None:
    """What is against a table, given its newest row and itself as it is now; None when it is sound.

    It must hold a window from `first` to `last`, as partition ids; any, unless they are given.
    """
    if build is None:
        return "was never built by a run"
    if not build.passed:
        return f"did not pass ({build.reason})"
    if not first <= build.partition_id <= last:
        return f"holds {build.partition_id}"
    if table is None:
        return "is not there"
    if table.modified != build.modified:
        return f"was modified at {table.modified:%F %T} UTC, after it had been tested"
    return None


def carried(build: Build | None, before: bigquery.Table, after: bigquery.Table) -> Build | None:
    """The evidence of a table whose tags alone were changed: what was true of it still is. None when nothing was."""
    if build is None or build.modified != before.modified:
        return None
    return dataclasses.replace(build, modified=after.modified, recorded_at=datetime.datetime.now(datetime.UTC))
