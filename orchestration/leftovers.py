"""Jobs that an earlier run started and did not live to see the end of.

BigQuery goes on with a job whose client is gone. Such a job must not write its older result over that of this run, so
a step that writes waits for them first. Load jobs need no waiting here: they are found again by their own ids.
"""

from collections.abc import Callable
from typing import Final

from google.cloud import bigquery

from extract.errors import Transient
from extract.outside import google_cloud
from extract.polling import ticks
from orchestration.clients import RETRY

COPY_PREFIX: Final = "kura_copy_"
_DBT_LABEL: Final = "dbt_invocation_id"
_UNFINISHED: Final = ("pending", "running")


def unfinished(client: bigquery.Client) -> list[bigquery.job.base._AsyncJob]:
    """Our own jobs of dbt and of publication that have not ended."""
    return [
        job
        for state in _UNFINISHED
        for job in client.list_jobs(state_filter=state, retry=RETRY)
        if _DBT_LABEL in (job.labels or {}) or job.job_id.startswith(COPY_PREFIX)
    ]


def wait(client: bigquery.Client, report: Callable[[str], None], seconds: float = 900.0) -> None:
    """Return when none is left. Transient when one still runs after `seconds`."""
    with google_cloud("waiting for the jobs of an earlier run"):
        for job in unfinished(client):
            report(f"waiting for job {job.job_id}, which an earlier run left behind")
            if not any(job.done(retry=RETRY) for _ in ticks(seconds)):
                raise Transient(f"job {job.job_id} of an earlier run has not ended after {seconds:.0f} s")
