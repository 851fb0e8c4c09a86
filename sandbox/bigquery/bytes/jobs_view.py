"""INFORMATION_SCHEMA.JOBS. Gap: local_bigquery has ten columns of it and the same user for every job.

The columns are those of "JOBS view", as far as the sandbox has them. JOBS_BY_USER shows the caller's own jobs.
"""

from local_bigquery.engine import database
from local_bigquery.sql.rules import STATEMENT_RULES
from local_bigquery.sql.rules import information_schema as upstream
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.access import identity

JOBS = ("JOBS", "JOBS_BY_PROJECT", "JOBS_BY_USER")
NAME = ("emulator", "main", "information_schema_jobs")
TABLE = (
    """{{'project_id': {0} ->> '$.projectId', 'dataset_id': {0} ->> '$.datasetId', 'table_id': {0} ->> '$.tableId'}}"""
)
VIEW = f"""
CREATE OR REPLACE VIEW {".".join(NAME)} AS
SELECT
    make_timestamptz(creation_time * 1000) AS creation_time,
    project_id,
    resource ->> '$.user_email' AS user_email,
    job_id,
    resource ->> '$.configuration.jobType' AS job_type,
    resource ->> '$.statistics.query.statementType' AS statement_type,
    'INTERACTIVE' AS priority,
    make_timestamptz(CAST(resource ->> '$.statistics.startTime' AS BIGINT) * 1000) AS start_time,
    make_timestamptz(CAST(resource ->> '$.statistics.endTime' AS BIGINT) * 1000) AS end_time,
    resource ->> '$.configuration.query.query' AS query,
    state,
    CAST(resource ->> '$.statistics.totalBytesProcessed' AS BIGINT) AS total_bytes_processed,
    0::BIGINT AS total_slot_ms,
    CASE WHEN (resource -> '$.status.errorResult') IS NOT NULL THEN {{
        'reason': resource ->> '$.status.errorResult.reason',
        'location': resource ->> '$.status.errorResult.location',
        'debug_info': NULL::VARCHAR,
        'message': resource ->> '$.status.errorResult.message'
    }} END AS error_result,
    coalesce(CAST(resource ->> '$.statistics.query.cacheHit' AS BOOLEAN), false) AS cache_hit,
    CASE WHEN destination IS NOT NULL THEN {TABLE.format("destination")} END AS destination_table,
    list_transform(referenced, lambda one: {TABLE.format("one")}) AS referenced_tables,
    list_transform(
        json_keys(labels),
        lambda name: {{'key': name, 'value': json_extract_string(labels, '$."' || name || '"')}}
    ) AS labels,
    CAST(resource ->> '$.statistics.query.totalBytesBilled' AS BIGINT) AS total_bytes_billed,
    parent_job_id
FROM (
    SELECT
        *,
        coalesce(
            resource -> '$.configuration.query.destinationTable',
            resource -> '$.configuration.load.destinationTable',
            resource -> '$.configuration.copy.destinationTable'
        ) AS destination,
        CAST(coalesce(resource -> '$.statistics.query.referencedTables', '[]') AS JSON[]) AS referenced,
        coalesce(resource -> '$.configuration.labels', '{{}}') AS labels
    FROM emulator.main.jobs
)
"""


def rule(tree: exp.Expr, context: Context) -> exp.Expr:
    """Puts the view in the place of INFORMATION_SCHEMA.JOBS."""
    for table in list(tree.find_all(exp.Table)):
        view, project, _ = upstream._view(table) or ("", None, None)
        if view not in JOBS:
            continue
        name = dict(zip(("catalog", "db", "this"), map(exp.to_identifier, NAME), strict=True))
        jobs = (
            exp.select("*").from_(exp.Table(**name)).where(exp.column("project_id").eq(project or context.project_id))
        )
        if view == "JOBS_BY_USER":
            jobs = jobs.where(exp.column("user_email").eq(identity.email()))
        table.replace(jobs.subquery(table.alias or view.lower()))
    return tree


def install() -> None:
    database.execute(VIEW)
    STATEMENT_RULES.insert(STATEMENT_RULES.index(upstream.information_schema), rule)
