"""What is sent to the warehouse: compiled queries, the statements that dbt makes of them, and the dashboards' queries.

The project is compiled against a gateway in which every declared table stands empty, so that incremental models compile
as on an ordinary day. Incremental models and unit tests are run as well, for only running shows what dbt makes of
them: CREATE TABLE on the first day, after a full delivery, MERGE on the next, after one of changes, and a unit test's
rows.
"""

import itertools
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg
from google.cloud import bigquery

from extract import receipts
from orchestration.dashboards import definition
from orchestration.dashboards.sql import resolve
from orchestration.publication.project import BUILD, MARTS
from orchestration.publication.project import Project as Published
from tests.integration.analyzer.analyzer import Analyzer, Refused
from tests.integration.analyzer.catalogue import Columns
from tests.integration.dbt_project.warehouse import DBT, TABLES, parsed, raw_columns

DAY_BEFORE, DAY = "2026-11-20", "2026-11-21"
BY_PARTS = [f"config.materialized:{kind}" for kind in ("incremental", "changes", "days")]
RUN = ("--select", *BY_PARTS, "test_type:unit", "--exclude", "test_type:data")


@dataclass(frozen=True)
class Query:
    """A statement: the file it is made from, what it is, its SQL, and the columns that a model declares."""

    file: str
    name: str
    sql: str
    declared: Columns | None = None

    def problems(self, analyzer: Analyzer) -> Iterator[str]:
        """What BigQuery, or the declaration, has against it; a line is one of the compiled SQL."""
        try:
            found = analyzer.columns(self.sql)
        except Refused as refused:
            line = self.sql.splitlines()[refused.line - 1].strip() if refused.line else ""
            yield f"{self.file} ({self.name}), line {refused.line} `{line}`: {refused.message}"
            return
        for column in sorted((self.declared or found).keys() | found.keys()):
            declared, made = (self.declared or found).get(column), found.get(column)
            if made != declared:
                yield f"{self.file} ({self.name}): column {column} is {made or 'missing'}, declared {declared or 'not'}"


@dataclass(frozen=True)
class Project:
    """The whole of it: every table's columns, by `dataset.table`, and every statement."""

    tables: Mapping[str, Columns]
    queries: tuple[Query, ...]
    models: Mapping[str, Any]
    """dbt's node of each model, by name."""


def load(client: bigquery.Client, target: Path) -> Project:
    """Compile the project and run what has to be run, in empty datasets; the variables for dbt are set."""
    sent: dict[str, Query] = {}

    def receive(message: EventMsg) -> None:
        if message.info.name == "SQLQuery":
            node, sql = message.data.node_info, message.data.sql
            if node.node_path:
                sent.setdefault(sql, Query(node.node_path, f"sent for {node.node_name}", sql))

    def dbt(*arguments: str, day: str = DAY) -> Any:
        folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", target, "--log-path", target]
        variables = ["--vars", json.dumps({"window_date": day}), "--quiet"]
        outcome = dbtRunner(parsed(), callbacks=[receive]).invoke([*arguments, *map(str, folders), *variables])
        assert outcome.success, outcome.exception or [one.message for one in outcome.result if one.message]
        return outcome.result

    manifest = parsed()
    models = [node for node in manifest.nodes.values() if node.resource_type == "model"]
    tables = {f"{node.schema}.{node.alias}": declared(node) for node in models}
    _create(client, tables, {f"{node.schema}.{node.alias}": node.config.get("partition_by") for node in models})
    compiled = [
        Query(
            one.node.original_file_path,
            one.node.name,
            one.node.compiled_code,
            declared(one.node) if one.node.resource_type == "model" else None,
        )
        for one in dbt("compile")
        if one.node.compiled_code.strip()  # a hook that has nothing to say is empty
    ]
    dbt("build", "--full-refresh", *RUN, day=DAY_BEFORE)
    dbt("build", *RUN)
    raw = {name: dict(raw_columns(table)) for name, table in TABLES.items()}
    ops = {receipts.TABLE: {field.name: _type(field) for field in receipts.SCHEMA}}
    project = Published(manifest.to_dict())
    names = [project.models[model]["name"] for model in project.marts()]
    published = {f"{MARTS}.{name}": tables[f"{BUILD}.{name}"] for name in names}
    queries = (*compiled, *sent.values(), *charts(client.project, names))
    return Project({**raw, **ops, **tables, **published}, queries, {node.name: node for node in models})


def charts(project: str, published: Collection[str]) -> Iterator[Query]:
    """The queries of all dashboards, as they are sent."""
    for dashboard in definition.load():
        for chart in dashboard.charts:
            sql = resolve(chart.sql, project, MARTS, published).sql
            yield Query(f"dashboards/{dashboard.name}.yml", f"chart {chart.name}", sql)


def declared(node: Any) -> Columns:
    """The types of a model's columns, as its YAML declares them."""
    return {column.name: column.data_type or "no type" for column in node.columns.values()}


def _create(client: bigquery.Client, models: Mapping[str, Columns], partitions: Mapping[str, Any]) -> None:
    """All tables that the project reads, empty."""
    names = [*TABLES, *models, receipts.TABLE]
    for dataset in sorted({name.partition(".")[0] for name in names}):
        client.create_dataset(dataset)
    client.create_table(bigquery.Table(f"{client.project}.{receipts.TABLE}", schema=receipts.SCHEMA))
    statements = [
        f"create table {name} ({', '.join(itertools.starmap('{} {}'.format, raw_columns(table)))})"
        " partition by _partitiondate options (require_partition_filter = true)"
        for name, table in TABLES.items()
    ]
    for name, columns in models.items():
        listed = ", ".join(f"`{column}` {data_type}" for column, data_type in columns.items())
        partition = f" partition by {partitions[name]['field']}" if partitions[name] else ""
        statements.append(f"create table {name} ({listed}){partition}")
    deliveries = [
        f"('{table.source}', '{table.name}', '{day.replace('-', '')}', '{kind}', '-', current_timestamp())"
        for table in TABLES.values()
        for day, kind in ((DAY_BEFORE, "full"), (DAY, "changes" if table.full_every else "full"))
    ]
    columns = "source, table_name, partition_id, kind, fingerprint, loaded_at"
    statements.append(f"insert into {receipts.TABLE} ({columns}) values {', '.join(deliveries)}")
    client.query_and_wait(";\n".join(statements))


def _type(field: bigquery.SchemaField) -> str:
    return f"ARRAY<{field.field_type}>" if field.mode == "REPEATED" else str(field.field_type)
