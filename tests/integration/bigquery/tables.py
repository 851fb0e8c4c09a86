"""What several tests of the gateway use: tables, loads of JSON lines, and the rows of a table."""

import gzip
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from google.cloud import bigquery

TAG = "projects/koe-sandbox/locations/us/taxonomies/kura/policyTags/{}"
DAY = bigquery.TimePartitioning()  # by ingestion time
JSON_LINES = bigquery.SourceFormat.NEWLINE_DELIMITED_JSON


def field(name: str, kind: str = "STRING", mode: str = "NULLABLE", tag: str = "", **more: Any) -> bigquery.SchemaField:
    if tag:
        more["policy_tags"] = bigquery.PolicyTagList([TAG.format(tag)])
    return bigquery.SchemaField(name, kind, mode, **more)


ITEMS = (field("n", "INT64"), field("secret", tag="pii"))


def create(
    client: bigquery.Client,
    name: str,
    schema: Sequence[bigquery.SchemaField] = ITEMS,
    partitioning: bigquery.TimePartitioning | None = None,
) -> bigquery.Table:
    table = bigquery.Table(f"{client.project}.{name}", list(schema))
    table.time_partitioning = partitioning
    return client.create_table(table)


def lines(rows: Iterable[Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def packed(rows: Iterable[Any]) -> bytes:
    return gzip.compress(lines(rows), mtime=0)


def load(
    client: bigquery.Client, name: str, rows: Iterable[Any], disposition: str = "WRITE_APPEND", **options: Any
) -> bigquery.LoadJob:
    """Loads rows into `dataset.table` or one of its partitions, and waits."""
    config = bigquery.LoadJobConfig(source_format=JSON_LINES, write_disposition=disposition, **options)
    data = lines(rows)
    job = client.load_table_from_file(io.BytesIO(data), f"{client.project}.{name}", job_config=config)
    job.result()
    return job


def select(client: bigquery.Client, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in client.query_and_wait(sql)]


def tags(client: bigquery.Client, name: str) -> dict[str, tuple[str, ...]]:
    """The tags of the table's columns, without those that have none."""
    schema = client.get_table(f"{client.project}.{name}").schema
    return {column.name: column.policy_tags.names for column in schema if column.policy_tags}
