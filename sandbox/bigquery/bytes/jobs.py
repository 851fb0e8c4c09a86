"""Bytes in jobs: statistics, query responses, dry runs, and the limit. Gap: local_bigquery says 0 and has no limit.

The fields are those of the REST resource `Job` (`statistics`, `configuration.query.maximumBytesBilled`).
"""

import contextvars
from dataclasses import dataclass, field
from typing import Any

import duckdb
from local_bigquery.api import jobs as jobs_api
from local_bigquery.errors import STATUSES, BigQueryError
from local_bigquery.jobs import query, runner
from local_bigquery.models import Job, JobConfigurationQuery, JobStatistics, JobStatistics2
from local_bigquery.sql.rules import STATEMENT_RULES
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.access import statements
from sandbox.bigquery.bytes.estimate import Bytes, estimate
from sandbox.bigquery.patching import replace


@dataclass
class Meter:
    """What a job has used so far, and how much it may."""

    limit: int | None
    used: Bytes = field(default_factory=Bytes)

    def add(self, tree: exp.Expr, context: Context) -> Bytes:
        """Counts a statement. Raises bytesBilledLimitExceeded when it would go beyond the limit."""
        try:
            needed = estimate(tree, context)
        except duckdb.Error:  # a table that changed meanwhile; the statement itself says so
            needed = Bytes()
        total = self.used + needed
        if self.limit is not None and total.billed > self.limit:
            statements.check(tree, context)  # who may not run the statement learns nothing of its size
            raise BigQueryError(
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {self.limit}. {total.billed} or higher required.",
            )
        self.used = total
        return needed


_meter: contextvars.ContextVar[Meter | None] = contextvars.ContextVar("meter", default=None)
_answered: contextvars.ContextVar[JobStatistics2 | None] = contextvars.ContextVar("answered", default=None)


def _fields(used: Bytes, dry_run: bool) -> dict[str, str]:
    return {"totalBytesProcessed": str(used.processed), "totalBytesBilled": "0" if dry_run else str(used.billed)}


def rule(tree: exp.Expr, context: Context) -> exp.Expr:
    """Counts what is translated outside a statement, as a script's expressions."""
    meter = _meter.get()
    if meter is not None and not statements._checked.get():
        meter.add(tree, context)
    return tree


def install() -> None:
    STATUSES["bytesBilledLimitExceeded"] = (400, "INVALID_ARGUMENT")
    execute, run, done, submit = query.execute, query._run, runner._done, runner.submit
    results, with_rows = jobs_api.results, jobs_api.with_rows

    def metered(
        cursor: Any, project: str, job_id: str | None, config: JobConfigurationQuery, dry_run: bool = False, **rest: Any
    ) -> Any:
        limit = config.maximumBytesBilled
        meter = Meter(int(limit) if limit is not None and not dry_run else None)
        token = _meter.set(meter)
        try:
            statistics, children, destination = execute(cursor, project, job_id, config, dry_run, **rest)
        finally:
            _meter.reset(token)
        return statistics.replace(**_fields(meter.used, dry_run)), children, destination

    def counted(
        cursor: Any, tree: exp.Expr, context: Context, destination: Any, config: Any, dry_run: bool, *rest: Any
    ) -> JobStatistics2:
        meter = _meter.get()
        used = meter.add(tree, context) if meter and not isinstance(tree, exp.Command) else Bytes()
        statistics = run(cursor, tree, context, destination, config, dry_run, *rest)
        return statistics.replace(**_fields(used, dry_run))

    def with_total(job: Job, statistics: JobStatistics, *rest: Any) -> Job:
        if statistics.query and statistics.query.totalBytesProcessed:
            statistics = statistics.replace(totalBytesProcessed=statistics.query.totalBytesProcessed)
        return done(job, statistics, *rest)

    def remembered(*args: Any, **kwargs: Any) -> Job:
        job = submit(*args, **kwargs)
        _answered.set(job.statistics.query)
        return job

    def results_with_bytes(job: Job, *rest: Any) -> Any:
        payload, rows = results(job, *rest)
        _answered.set(job.statistics.query)
        if "totalBytesProcessed" in payload:
            payload["totalBytesProcessed"] = job.statistics.query.totalBytesProcessed
        return payload, rows

    def response(payload: dict[str, Any], rows: list[str]) -> Any:
        statistics = _answered.get()
        for key in ("totalBytesProcessed", "totalBytesBilled"):
            if key in payload and statistics is not None and getattr(statistics, key):
                payload[key] = getattr(statistics, key)
        return with_rows(payload, rows)

    replace(query, "execute", metered)
    replace(query, "_run", counted)
    replace(runner, "_done", with_total)
    replace(runner, "submit", remembered)
    replace(jobs_api, "results", results_with_bytes)
    jobs_api.with_rows = response
    STATEMENT_RULES.insert(0, rule)
