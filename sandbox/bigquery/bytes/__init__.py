"""Bytes processed and billed: estimates, the limit, and INFORMATION_SCHEMA.JOBS.

Gap: local_bigquery reports 0 bytes for everything. To be deleted when upstream has it.
"""


def install() -> None:
    """Puts the estimates in place; needs access to be installed first."""
    from sandbox.bigquery.bytes import jobs, jobs_view

    jobs.install()
    jobs_view.install()
