"""Every finished query job names its `destinationTable`. Gap: local_bigquery names it for SELECT only.

As in BigQuery: the table that DDL made, the table that DML changed, the anonymous table of a result. dbt-bigquery reads
it after every statement. A script has one only when its last statement is a SELECT.
"""

import contextvars
from collections.abc import Callable
from typing import Any

from local_bigquery.api import jobs as api
from local_bigquery.catalog import names
from local_bigquery.jobs import query
from local_bigquery.models import Job, JobStatistics2, TableReference
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.patching import replace

WITH_ROWS = ("SELECT", "SCRIPT")
_target: contextvars.ContextVar[TableReference | None] = contextvars.ContextVar("target", default=None)
_statement, _results = query._statement, api.results


def _changed(tree: exp.Expression, context: Context) -> TableReference | None:
    table = names.target(tree)
    if table is None or not (table.db or context.dataset_id):
        return None
    ids = names.reference(table, context.project_id, context.dataset_id)
    return TableReference(**dict(zip(("projectId", "datasetId", "tableId"), ids, strict=True)))


def statement(cur: Any, tree: exp.Expression, context: Context, *arguments: Any, **options: Any) -> JobStatistics2:
    statistics = _statement(cur, tree, context, *arguments, **options)
    dml = isinstance(tree, names.DML)
    _target.set(_changed(tree, context) if dml else statistics.ddlTargetTable)
    return statistics


def naming[**P](run: Callable[P, Any]) -> Callable[P, Any]:
    """The function that runs a query or script, with the table that its last statement made or changed."""

    def execute(*arguments: P.args, **options: P.kwargs) -> Any:
        token = _target.set(None)
        try:
            statistics, children, destination = run(*arguments, **options)
            scripted = statistics.statementType == "SCRIPT"
            return statistics, children, destination or (None if scripted else _target.get())
        finally:
            _target.reset(token)

    return execute


def results(job: Job, *arguments: Any) -> tuple[dict[str, Any], list[str]]:
    """The rows of a job: those of its destination for a query, none for DDL and DML."""
    statistics = job.statistics.query
    if statistics and statistics.statementType not in WITH_ROWS and job.configuration.query:
        configuration = job.configuration.model_copy(
            update={"query": job.configuration.query.model_copy(update={"destinationTable": None})}
        )
        job = job.model_copy(update={"configuration": configuration})
    return _results(job, *arguments)


def install() -> None:
    replace(query, "_statement", statement)
    replace(query, "execute", naming(query.execute))
    replace(api, "results", results)
