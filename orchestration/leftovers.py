"""Jobs that an earlier run started and did not live to see the end of.

BigQuery goes on with a job whose client is gone. Such a job must not write its older result over that of this run, so
a step that writes waits for them first. Load jobs need no waiting here: they are found again by their own ids.
"""

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError
from typing import Final

from google.cloud import bigquery

from extract.errors import Transient

COPY_PREFIX: Final = "kura_copy_"
_DBT_LABEL: Final = "dbt_invocation_id"
_UNFINISHED: Final = ("pending", "running")


def unfinished(client: bigquery.Client) -> list[bigquery.job.base._AsyncJob]:
    """Our own jobs of dbt and of publication that have not ended."""
    return [
        job
        for state in _UNFINISHED
        for job in client.list_jobs(state_filter=state)
        if _DBT_LABEL in (job.labels or {}) or job.job_id.startswith(COPY_PREFIX)
    ]


def wait(client: bigquery.Client, report: Callable[[str], None], seconds: float = 900.0) -> None:
    """Return when none is left. Transient when one still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    for job in unfinished(client):
        report(f"waiting for job {job.job_id}, which an earlier run left behind")
        try:
            job.exception(timeout=max(1.0, deadline - time.monotonic()))  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise Transient(f"job {job.job_id} of an earlier run has not ended after {seconds:.0f} s") from None
