"""Jobs and their results belong to who started them. Gap: local_bigquery shows every job and result to everybody.

"BigQuery IAM roles and permissions": a job user sees his own jobs; results without a destination table are kept in an
anonymous dataset that only the job's owner reads. Copying and extracting read all columns of their table.
"""

from typing import Any

from local_bigquery.catalog import tabledata
from local_bigquery.engine import sessions
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import runner, store
from local_bigquery.models import Job, JobConfiguration, TableReference
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery.access import datasets, identity, policy_tags, statements
from sandbox.bigquery.access.datasets import Role
from sandbox.bigquery.catalogue import RESULTS, Reference
from sandbox.bigquery.patching import replace

PARTITIONS = "$__PARTITIONS_SUMMARY__"  # the list of a table's partitions, as a table of its own


def base(reference: TableReference) -> Reference:
    """The table that a reference names, without a partition ($) or time (@) decorator."""
    ids = reference.dump()
    table = ids.get("tableId", "").partition("$")[0].partition("@")[0]
    return ids.get("projectId", ""), ids.get("datasetId", ""), table


def selected(reference: Reference, columns: list[str] | None = None) -> exp.Select:
    """The query that selects these columns (all when None) from the table or view."""
    items: list[exp.Expr] = [exp.Star()]
    if columns is not None:
        items = [exp.column(name, quoted=True) for name in columns] or [exp.Literal.number(1)]
    names = zip(("catalog", "db", "this"), reference, strict=True)
    source = exp.Table(**{key: exp.to_identifier(name, quoted=True) for key, name in names})
    return exp.Select(expressions=items).from_(source)


def require_read(reference: Reference, columns: list[str] | None = None, clear: bool = True) -> None:
    """Raises the error of a query that selects these columns (all when None) from the table or view.

    "Introduction to data masking", "Compatibility": copy jobs and tabledata.list need the columns in clear.
    """
    project, dataset, _ = reference
    statements.permit(selected(reference, columns), Context(project, dataset), clear)


def require_rows(project: str, dataset: str, table: str, selected: str | None) -> None:
    """Raises the error of a caller who may not list the rows of a table or result; `selected` names its columns."""
    if dataset == RESULTS:
        statements.require_own_result(project, table)
    else:
        columns = [name.strip().partition(".")[0] for name in selected.split(",")] if selected else None
        reference = TableReference(projectId=project, datasetId=dataset, tableId=table)
        require_read(base(reference), [] if table.endswith(PARTITIONS) else columns)


def require_write(reference: TableReference | None) -> None:
    if reference is None:
        return
    project, dataset, table = base(reference)
    if dataset.casefold() == RESULTS:
        raise datasets.table_denied((project, dataset, table))
    datasets.require(Role.WRITER, "bigquery.tables.updateData", project, dataset, table)


def check_configuration(configuration: JobConfiguration) -> None:
    """Raises accessDenied when the caller may not write the job's destination or read its source tables."""
    if query := configuration.query:
        require_write(query.destinationTable)
    if load := configuration.load:
        require_write(load.destinationTable)
        if load.schema_ and policy_tags.tagged(load.schema_.dump().get("fields") or []):
            policy_tags.require_setter(base(load.destinationTable))
        statements.require_storage(load.sourceUris or [])
    if copy := configuration.copy_:
        require_write(copy.destinationTable)
        for source in copy.sourceTables or [copy.sourceTable]:
            if source is not None:
                require_read(base(source))
    if extract := configuration.extract:
        statements.require_storage([*(extract.destinationUris or []), *filter(None, [extract.destinationUri])])
        if extract.sourceTable is None and not identity.is_administrator():
            raise BigQueryError("accessDenied", "Access Denied: only administrators extract models")
        if extract.sourceTable is not None:
            require_read(base(extract.sourceTable), clear=False)


def _own(job: Job) -> bool:
    return bool(job.user_email == identity.email())


def _denied(job: Job, permission: str) -> BigQueryError:
    label = f"{job.jobReference.projectId}:US.{job.jobReference.jobId}"
    return BigQueryError(
        "accessDenied",
        f"Access Denied: Job {label}: Permission {permission} denied on job {label} (or it may not exist).",
    )


def install() -> None:
    new_job, get, submit, listed = runner._job, runner.get, runner.submit, store.list_
    list_rows = tabledata.list_rows
    create_session, get_session = sessions.create, sessions.get

    def owned_job(*args: Any) -> Job:
        return new_job(*args).replace(user_email=identity.email())

    def own_job(project: str, job_id: str) -> Job:
        job = get(project, job_id)
        if not _own(job) and not identity.is_administrator():
            raise _denied(job, "bigquery.jobs.get")
        return job

    def checked_submit(project: str, job_id: str, configuration: JobConfiguration, *rest: Any) -> Job:
        check_configuration(configuration)
        return submit(project, job_id, configuration, *rest)

    def own_jobs(*args: Any, **kwargs: Any) -> list[Job]:
        return [job for job in listed(*args, **kwargs) if _own(job) or identity.is_administrator()]

    def checked_rows(
        project: str, dataset: str, table: str, limit: Any, start: Any, selected: str | None, *rest: Any
    ) -> Any:
        require_rows(project, dataset, table, selected)
        return list_rows(project, dataset, table, limit, start, selected, *rest)

    def owned_session(project: str) -> sessions.Session:
        session = create_session(project)
        session.owner = identity.caller()
        return session

    def own_session(session_id: str) -> sessions.Session:
        session = get_session(session_id)
        if session.owner != identity.caller():
            raise BigQueryError("invalid", "Invalid input session id.")
        return session

    replace(runner, "_job", owned_job)
    replace(runner, "get", own_job)
    replace(runner, "submit", checked_submit)
    replace(store, "list_", own_jobs)
    replace(tabledata, "list_rows", checked_rows)
    replace(sessions, "create", owned_session)
    replace(sessions, "get", own_session)
