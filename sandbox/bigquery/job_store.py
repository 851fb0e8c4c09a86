"""Where jobs are kept. Gap: local_bigquery writes every job to disk three times and reads it back at every question.

Here jobs that are under way are kept in memory too; on disk are their beginning (so that a crash does not forget a used
id) and their end. DuckDB's INSERT OR REPLACE, which local_bigquery writes with, costs twice an INSERT and an UPDATE.
"""

import json
import threading

from local_bigquery.engine import database
from local_bigquery.errors import already_exists
from local_bigquery.jobs import store
from local_bigquery.models import Job

from sandbox.bigquery.patching import replace

RECENT = 1000  # finished jobs kept in memory, as clients ask for a job several times after its end
INSERT = "INSERT INTO emulator.jobs VALUES (?, ?, ?, ?, ?, ?)"
UPDATE = "UPDATE emulator.jobs SET state = ?, resource = ? WHERE project_id = ? AND job_id = ?"
_load, _list, _delete = store.load, store.list_, store.delete
_jobs: dict[tuple[str, str], Job] = {}
_lock = threading.Lock()
_closed = threading.Event()


def save(job: Job) -> Job:
    """Keeps the job as it is now. Raises BigQueryError `duplicate` when it begins with an id that is taken."""
    key, state = (job.jobReference.projectId, job.jobReference.jobId), job.status.state
    if _closed.is_set():  # what the end of the server interrupts is told at its next start
        return job
    with _lock:
        begun = key in _jobs
        if state == "PENDING":
            if begun:
                raise already_exists("Job", ":".join(key))
            _jobs[key] = job
    if state != "RUNNING":
        resource = json.dumps(job.dump())
        if begun:
            database.execute(UPDATE, [state, resource, *key])
        else:
            created = int(job.statistics.creationTime)
            database.execute(INSERT, [*key, job.statistics.parentJobId, state, created, resource])
    with _lock:
        _jobs.pop(key, None)
        _jobs[key] = job
        while len(_jobs) > RECENT and _jobs[next(iter(_jobs))].status.state == "DONE":
            del _jobs[next(iter(_jobs))]
    return job


def load(project_id: str, job_id: str) -> Job | None:
    with _lock:
        kept = _jobs.get((project_id, job_id))
    return kept.model_copy(deep=True) if kept else _load(project_id, job_id)


def list_jobs(
    project_id: str,
    states: list[str] | None = None,
    parent_job_id: str | None = None,
    min_creation_time: int | None = None,
    max_creation_time: int | None = None,
) -> list[Job]:
    """Jobs, newest first: those that are under way from memory, those that are done from disk if they are asked for."""
    with _lock:
        under_way = [job for (project, _), job in _jobs.items() if project == project_id and job.status.state != "DONE"]
    found = {
        job.jobReference.jobId: job.model_copy(deep=True)
        for job in under_way
        if (not states or job.status.state in states)
        and job.statistics.parentJobId == parent_job_id
        and (min_creation_time is None or int(job.statistics.creationTime) >= min_creation_time)
        and (max_creation_time is None or int(job.statistics.creationTime) <= max_creation_time)
    }
    if not states or "DONE" in states:
        done = _list(project_id, ["DONE"], parent_job_id, min_creation_time, max_creation_time)
        found |= {job.jobReference.jobId: job for job in done}  # also what has ended just now
    return sorted(found.values(), key=lambda job: (-int(job.statistics.creationTime), job.jobReference.jobId))


def delete(project_id: str, job_id: str) -> None:
    with _lock:
        _jobs.pop((project_id, job_id), None)
    _delete(project_id, job_id)


def close() -> None:
    """Keeps later changes from being written."""
    _closed.set()


def install() -> None:
    replace(store, "save", save)
    replace(store, "load", load)
    replace(store, "list_", list_jobs)
    replace(store, "delete", delete)
