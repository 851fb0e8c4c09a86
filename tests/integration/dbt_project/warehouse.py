"""A warehouse to test the models in: raw tables to deliver into, and dbt to build what follows from them."""

import datetime
import functools
import hashlib
import itertools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.artifacts.schemas.results import ExecutionResult
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from extract import receipts
from extract.contract import Table
from extract.contract_file import read
from orchestration import manifest
from tests.integration.bigquery.access_fixtures import PROJECT

DBT = Path(__file__).parents[3] / "dbt_project"
TABLES = {f"{table.dataset}.{table.name}": table for table in read(DBT)}
PARQUET_TYPES = ("INT64", "FLOAT64", "BOOL", "BYTES", "STRING")
RAW_COLUMNS = {
    "dynamodb": [("Item", "JSON"), ("Metadata", "JSON"), ("Keys", "JSON"), ("NewImage", "JSON")],
    "stripe": [("id", "STRING"), ("object", "JSON"), ("deleted", "BOOL"), ("retrieved_at", "TIMESTAMP")],
    "sheets": [("row_number", "INT64"), ("cells", "JSON")],
}

Row = dict[str, Any]
_receipts = itertools.count()


@dataclass(frozen=True)
class Warehouse:
    """Raw tables to deliver into, and dbt to build what follows from them."""

    client: bigquery.Client
    target: Path

    def deliver(self, table: str, day: datetime.date, rows: Sequence[Row]) -> None:
        """Replaces the day's partition of a raw table."""
        disposition = bigquery.WriteDisposition.WRITE_TRUNCATE_DATA
        config = bigquery.LoadJobConfig(write_disposition=disposition, schema=self.client.get_table(table).schema)
        destination = bigquery.TableReference.from_string(f"{PROJECT}.{table}${day:%Y%m%d}")
        self.client.load_table_from_json(rows, destination, job_config=config).result()

    def deliver_with_receipt(self, table: str, day: datetime.date, kind: str, rows: Sequence[Row]) -> None:
        """The same with its receipt; `kind` is full or changes."""
        self.deliver(table, day, rows)
        dataset, name = table.split(".")
        loaded = datetime.datetime(2026, 3, 10, tzinfo=datetime.UTC) + datetime.timedelta(seconds=next(_receipts))
        receipt = {
            "source": dataset.removeprefix("raw_"),
            "table_name": name,
            "partition_id": f"{day:%Y%m%d}",
            "loaded_at": loaded.isoformat(),
            "kind": kind,
            "fingerprint": hashlib.sha256(repr(rows).encode()).hexdigest(),
        }
        config = bigquery.LoadJobConfig(schema=receipts.SCHEMA, write_disposition="WRITE_APPEND")
        self.client.load_table_from_json([receipt], f"{PROJECT}.{receipts.TABLE}", job_config=config).result()

    def was_brought_forward(self, table: str) -> bool:
        """Whether a table was brought forward by the run that made it, instead of built in whole."""
        return "before" in self.client.get_table(table).labels

    def dbt(self, *arguments: str, day: datetime.date) -> dict[str, str]:
        """Runs dbt for the day's window; the status of every model and test that it ran, by name."""
        folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", self.target, "--log-path", self.target]
        variables = json.dumps({"window_date": day.isoformat()})
        finished = dbtRunner(parsed()).invoke([*arguments, *map(str, folders), "--vars", variables, "--quiet"])
        assert isinstance(finished.result, ExecutionResult), finished.exception
        ran = [result for result in finished.result if result.node.resource_type != "operation"]
        return {result.node.name: str(result.status) for result in ran}

    def rows(self, query: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.client.query_and_wait(query)]


def parsed() -> Any:
    """dbt's manifest of the project, for one invocation of dbt: it keeps in it what it compiles."""
    return manifest.unpacked(_packed())


@functools.cache
def _packed() -> bytes:
    """The project as dbt keeps it once it is parsed, which no address in the settings and no day make another."""
    with tempfile.TemporaryDirectory() as target:
        folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", target, "--log-path", target]
        assert dbtRunner().invoke(["parse", *map(str, folders), "--quiet"]).success
        return Path(target, "partial_parse.msgpack").read_bytes()


def raw_columns(table: Table) -> list[tuple[str, str]]:
    """A raw table's columns as a delivery fills them; types that Parquet lacks arrive from PostgreSQL as text."""
    if table.source != "aurora":
        return RAW_COLUMNS[table.source]
    return [(c.name, c.data_type if c.data_type in PARQUET_TYPES else "STRING") for c in table.columns]
