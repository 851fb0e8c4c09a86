"""Jobs that an earlier run left behind are waited for."""

import time

import pytest

from extract.errors import Transient
from orchestration import leftovers
from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway


def test_jobs_that_an_earlier_run_left_behind_are_waited_for(publication_gateway: Gateway) -> None:
    client = publication_gateway.client(PLATFORM)
    slow = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 30000)) a, UNNEST(GENERATE_ARRAY(1, 30000)) b WHERE a * b = 7"
    job = client.query(slow, job_id_prefix=leftovers.COPY_PREFIX)
    deadline = time.monotonic() + 20
    while job.job_id not in {found.job_id for found in leftovers.unfinished(client)}:
        assert not job.done() and time.monotonic() < deadline, "the job is not seen while it runs"
    reports: list[str] = []
    with pytest.raises(Transient, match=f"job {job.job_id} of an earlier run has not ended"):
        leftovers.wait(client, reports.append, seconds=0.0)
    leftovers.wait(client, reports.append)
    assert client.get_job(job.job_id).state == "DONE"
    assert any(job.job_id in report for report in reports)
    assert leftovers.unfinished(client) == []
