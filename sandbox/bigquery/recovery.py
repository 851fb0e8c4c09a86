"""What a start finds after a stop or a crash. Gap: local_bigquery leaves interrupted jobs running for ever, and keeps
every anonymous result, every old version of a table and every uploaded file.
"""

import contextlib
import json
import shutil
import time

import duckdb
from local_bigquery.catalog import tables
from local_bigquery.engine import database
from local_bigquery.engine.database import quote
from local_bigquery.errors import STATUSES
from local_bigquery.jobs import runner
from local_bigquery.settings import settings

from sandbox.bigquery import engine, job_store

RESULT_LIFETIME = 24 * 3600 * 1000  # milliseconds; BigQuery keeps anonymous results about that long
INTERRUPTED = {
    "reason": "backendError",
    "message": "The job was interrupted: the server stopped. Nothing of it was written. Retry with a new job id.",
}


def end_interrupted_jobs() -> None:
    """A job that was under way becomes DONE with an error; its id stays used."""
    now = str(int(time.time() * 1000))
    rows = database.fetch("SELECT project_id, job_id, resource FROM emulator.jobs WHERE state <> 'DONE'")
    for project, job_id, text in rows:
        resource = json.loads(text)
        resource["status"] = {"state": "DONE", "errorResult": INTERRUPTED, "errors": [INTERRUPTED]}
        resource.setdefault("statistics", {})["endTime"] = now
        database.execute(
            "UPDATE emulator.jobs SET state = 'DONE', resource = ? WHERE project_id = ? AND job_id = ?",
            [json.dumps(resource), project, job_id],
        )


def drop_old_results() -> None:
    """Drops the anonymous results that BigQuery would have dropped, and those that belong to no job."""
    oldest = int(time.time() * 1000) - RESULT_LIFETIME
    rows = database.fetch(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'emulator' AND schema_name = ? "
        "AND table_name NOT IN (SELECT project_id || ':' || job_id FROM emulator.jobs WHERE creation_time > ?)",
        [tables.RESULTS, oldest],
    )
    for (name,) in rows:
        database.execute(f"DROP TABLE {quote('emulator', tables.RESULTS, name)}")


def drop_old_versions() -> None:
    """Drops what only time travel could still read: a sandbox's time travel ends with its server."""
    for project in database.projects():
        literal = "'" + project.replace("'", "''") + "'"
        database.execute(f"CALL ducklake_expire_snapshots({literal}, older_than => now())")
        database.execute(f"CALL ducklake_cleanup_old_files({literal}, cleanup_all => true)")
        database.execute(f"CALL ducklake_delete_orphaned_files({literal}, cleanup_all => true)")


def run() -> None:
    """Before the first request."""
    STATUSES["backendError"] = (503, "UNAVAILABLE")
    shutil.rmtree(settings.data_dir / "uploads", ignore_errors=True)
    end_interrupted_jobs()
    drop_old_results()
    drop_old_versions()


def stop() -> None:
    """Ends what is running and closes the database, so that the next start finds it whole at once."""
    job_store.close()
    for running in list(runner._running.values()):
        if running.cursor is not None:
            with contextlib.suppress(duckdb.Error):
                running.cursor.interrupt()
    engine.close()
