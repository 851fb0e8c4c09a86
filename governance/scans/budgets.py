"""A query's budget: how many bytes it may scan, compared with BigQuery's own estimate before it runs.

A dry run costs nothing and runs nothing. For a clustered table its estimate is the most that can be scanned.
https://cloud.google.com/bigquery/docs/running-queries#dry-run
"""

from collections.abc import Mapping
from typing import Any, Final

from google.cloud import bigquery
from google.cloud.bigquery import DEFAULT_RETRY

from extract.errors import Terminal
from extract.outside import google_cloud
from governance.scans import sizes

META: Final = "scan_budget"
"""Where YAML states a budget: in a model's `config.meta`, or beside a chart's `sql`."""
_RETRY: Final = DEFAULT_RETRY.with_timeout(60)


class OverBudget(Terminal):
    """A query would scan more than its budget; it has not run."""


def budget_of(name: str, stated: Mapping[str, Any]) -> int:
    """The budget in bytes that a model's meta, or a chart, states. Terminal when there is none or it is no size."""
    if META not in stated:
        raise Terminal(f"{name} has no {META}; state what it may scan, such as {META}: 2 GiB")
    try:
        return sizes.parse(stated[META])
    except Terminal as error:
        raise Terminal(f"{name}: {META} {error}") from None


def require_within(client: bigquery.Client, name: str, sql: str, budget: int) -> int:
    """The bytes that a statement would scan, by a dry run.

    OverBudget when that is more than `budget` bytes. Terminal for a script, of which BigQuery does not promise to say
    it, and for a statement that BigQuery refuses; Transient when it cannot be asked.
    """
    config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
    with google_cloud(f"estimating what {name} scans"):
        job = client.query(sql, job_config=config, retry=_RETRY, job_retry=None)
    if job.statement_type == "SCRIPT":
        raise Terminal(f"{name} is a script, whose scan BigQuery may not estimate; make it one statement")
    estimate = int(job.total_bytes_processed or 0)
    if estimate > budget:
        raise OverBudget(
            f"{name} would scan {sizes.readable(estimate)} and its budget is {sizes.readable(budget)}: "
            f"it has not run; read fewer days or columns, or raise {META}"
        )
    return estimate
