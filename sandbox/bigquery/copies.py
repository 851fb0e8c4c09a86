"""Copy jobs. Gap: local_bigquery copies rows only, knows no partition decorators, and loses policy tags.

A new or truncated destination takes the source's columns with their modes, descriptions and policy tags, and its
partitioning and clustering; other settings of the table (description, labels, required filter, expiration) are the
destination's own. That the partitioning is copied is documented ("Copy a single partitioned table"). What becomes of
policy tags is not: "Impact on writes from column-level access control" only says that a copy needs the right to read
the source's protected columns. Code must compare tags after a copy, whatever happens here.
"""

import duckdb
from local_bigquery.catalog import datasets, tables
from local_bigquery.jobs import copy, runner
from local_bigquery.models import JobConfigurationTableCopy, JobStatistics5, Table, TableFieldSchema
from local_bigquery.sql.rules.tables import decorated

from sandbox.bigquery import decorators, writes

Reference = tuple[str, str, str]
_upstream = copy.run


def _source(reference: Reference) -> tuple[str, Table, list[TableFieldSchema]]:
    """The relation to copy, with the resource and the declared columns of its table."""
    project, dataset, table_id = reference
    base = (project, dataset, decorators.split(table_id)[0])
    if moment := decorated(*reference):  # `table@milliseconds`: the table as it was then
        base = (project, dataset, table_id.partition("@")[0])
        return moment, tables.load(*base), tables.fields(tables.load(*base))
    resource = tables.load(*base)
    return decorators.rows(reference, resource, tables.fields(resource)), resource, tables.fields(resource)


def run(cur: duckdb.DuckDBPyConnection, config: JobConfigurationTableCopy, upload: str | None) -> JobStatistics5:
    """Copies one or more tables or partitions into one, atomically."""
    if config.operationType in copy.CLONES:
        return _upstream(cur, config, upload)
    references = [tables.reference(source) for source in config.sourceTables or [config.sourceTable]]
    destination = tables.reference(config.destinationTable)
    datasets.get(*destination[:2])
    sources = [_source(reference) for reference in references]
    relations, resources, fields = zip(*sources, strict=True)
    timed = all(decorators.ingestion_time(resource) for resource in resources)
    columns = "*" if timed or not any(map(decorators.ingestion_time, resources)) else "* EXCLUDE (_PARTITIONTIME)"
    query = " UNION ALL BY NAME ".join(f"SELECT {columns} FROM {relation}" for relation in relations)
    rows = writes.Rows(query, None, tuple(fields[0]), has_partition_time=timed)
    layout = resources[0].only(*tables.LAYOUT)
    written = writes.write(cur, rows, destination, config, "WRITE_EMPTY", "Invalid schema update. ", layout)
    size = tables.logical_bytes(written.rows, len(fields[0]))
    return JobStatistics5(copiedRows=str(written.rows), copiedLogicalBytes=str(size))


def install() -> None:
    runner.HANDLERS["copy"] = run
