"""What a query job begins with. Gap: local_bigquery asks DuckDB's catalogue functions for temporary tables.

They read the statistics of every table of every database (9 ms with a hundred tables). Only a session has temporary
tables when a statement begins: every other statement gets a connection of its own.
"""

from typing import Any, NoReturn

import duckdb
from local_bigquery.catalog import datasets
from local_bigquery.engine import database, sessions
from local_bigquery.engine.database import quote
from local_bigquery.errors import not_implemented
from local_bigquery.jobs import query
from local_bigquery.models import DatasetReference, JobConfigurationQuery
from local_bigquery.sql import params, script
from local_bigquery.sql.translate import Context

from sandbox.bigquery.patching import replace


def _no_federation(uri: str) -> NoReturn:
    raise not_implemented("EXTERNAL_QUERY")


def _temporary(session: sessions.Session) -> set[str]:
    rows = session.cursor.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    return {name.casefold() for (name,) in rows}


def _context(
    project: str, job_id: str | None, config: JobConfigurationQuery, session: sessions.Session | None
) -> Context:
    """What names mean for a query: its default dataset, parameters, and the session's variables and tables."""
    default = config.defaultDataset or DatasetReference()
    settings = session.settings if session else {}
    expressions, values = params.bind(config.queryParameters or [])
    return Context(
        settings.get("project_id") or default.projectId or project,
        settings.get("dataset_id") or default.datasetId,
        expressions,
        values,
        temporary=_temporary(session) if session else set(),
        variables=session.variables if session else {},
        settings=settings,
        system={
            "current_job_id": job_id,
            "script.job_id": job_id,
            "session_id": session.id if session else None,
            "time_zone": "UTC",
            **settings,
        },
        attach_postgres=_no_federation,
    )


def execute(
    cursor: duckdb.DuckDBPyConnection,
    project: str,
    job_id: str | None,
    config: JobConfigurationQuery,
    dry_run: bool = False,
    session: sessions.Session | None = None,
) -> Any:
    """Runs a query or script: its statistics, those of its statements, and the table with its result."""
    context = _context(project, job_id, config, session)
    database.attach(context.project_id)
    known = context.dataset_id and datasets.exists(context.project_id, context.dataset_id)
    cursor.execute(f"USE {quote(context.project_id, context.dataset_id if known else 'main')}")
    statements = script.parse_script(config.query or "")
    return query._execute(cursor, project, job_id, config, dry_run, bool(session), context, statements)


def install() -> None:
    replace(query, "execute", execute)
