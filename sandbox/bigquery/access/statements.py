"""Checks every statement before it runs. Gap: local_bigquery asks for no permission.

What a statement needs is in "BigQuery IAM roles and permissions": READER on the dataset of every table it mentions (or,
under a view, that the dataset authorizes the view), WRITER on what it changes, and for columns see policy_tags.
"""

import contextvars
import re
from collections.abc import Callable, Iterable
from typing import Any

from local_bigquery.catalog import indexes, names, row_access
from local_bigquery.errors import BigQueryError, not_implemented
from local_bigquery.jobs import extract, query, store
from local_bigquery.sql import js, script
from local_bigquery.sql.rules import STATEMENT_RULES
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery import columns_read, partition_filters
from sandbox.bigquery.access import datasets, identity, masking, policy_tags
from sandbox.bigquery.access.datasets import Role
from sandbox.bigquery.catalogue import RESULTS, Reference
from sandbox.bigquery.columns_read import CREATE, DELETE, UPDATE, UPDATE_DATA, Write
from sandbox.bigquery.expression_reads import Mention
from sandbox.bigquery.patching import replace

PERMISSIONS = {
    UPDATE_DATA: "bigquery.tables.updateData",
    CREATE: "bigquery.tables.create",
    UPDATE: "bigquery.tables.update",
    DELETE: "bigquery.tables.delete",
}
ROW_POLICY = re.compile(r"\s*(?:OR\s+REPLACE\s+)?(?:ALL\s+)?ROW\s+ACCESS\s", re.IGNORECASE)

_checked: contextvars.ContextVar[bool] = contextvars.ContextVar("checked", default=False)


def check(tree: exp.Expr, context: Context) -> None:
    """Raises the error that BigQuery answers with when the caller may not run the statement."""
    if isinstance(tree, exp.Command):
        _command(tree, context)
        return
    permit(tree, context)
    partition_filters.require(columns_read.analyse(tree, context).reads.scans)


def permit(tree: exp.Expr, context: Context, clear: bool = False) -> None:
    """Raises the error of a statement that the caller lacks the permission for.

    `clear`: what it reads must be readable in clear, not masked.
    """
    statement = columns_read.analyse(tree, context)
    if statement.foreign:
        raise BigQueryError("invalidQuery", f"Syntax error: Unexpected keyword {statement.foreign}")
    if statement.reads.functions:
        raise BigQueryError("invalidQuery", f"Function not found: {statement.reads.functions[0]}")
    if statement.options_query:
        raise BigQueryError("invalidQuery", "Options must be constant expressions, without a query")
    if isinstance(tree, exp.Export):
        require_storage([extract.export_config(tree).destinationUri])
    for mention in statement.reads.relations:
        _relation(mention)
    for mention in statement.reads.routines:
        project, dataset, _ = mention.reference
        datasets.require(Role.READER, "bigquery.routines.get", project, dataset)
    for view in statement.reads.schema_views:
        _schema_view(*view)
    for write in statement.writes:
        _write(write)
    if not reads_everything():
        if statement.reads.unknown:
            raise BigQueryError(
                "accessDenied", f"Access Denied: cannot tell what is read by {statement.reads.unknown[0]}"
            )
        if statement.reads.unresolved:
            raise BigQueryError("invalidQuery", f"Unrecognized name: {statement.reads.unresolved[0]}")
    policy_tags.require_scans(statement.reads.scans, clear or not masking.allowed(tree))
    if masking.rewritten(tree):
        masking.mark(statement.reads)
    if isinstance(tree, exp.Create) and tree.args.get("clone") is not None:
        raise not_implemented("CREATE TABLE COPY or CLONE: use a copy job")


def reads_everything() -> bool:
    """Whether nothing is hidden from the caller, so that what we can't look into needs no refusal."""
    member = identity.caller()
    readers = identity.policy.fine_grained_readers.values()
    return identity.is_administrator() and all(member in members for members in readers)


def require_storage(uris: Iterable[str]) -> None:
    """Raises invalid for a URI that is not Cloud Storage's: local_bigquery would take it for a file of this machine."""
    for uri in uris:
        if not uri.startswith("gs://"):
            raise BigQueryError("invalid", f"Invalid URI {uri}: only gs:// is supported")


def _relation(mention: Mention) -> None:
    project, dataset, table = mention.reference
    if dataset.casefold() == RESULTS:
        require_own_result(project, table)
    elif datasets.role(project, dataset) < Role.READER:
        if mention.through is None or not datasets.authorizes((project, dataset), mention.through):
            raise datasets.table_denied(mention.reference)
    elif not mention.exists and not identity.is_administrator():
        # DuckDB looks further than BigQuery for a name, so that it must not get to see this one.
        label = names.label(*mention.reference)
        raise BigQueryError("notFound", f"Not found: Table {label} was not found in location US")


def require_own_result(project: str, job_id: str) -> None:
    """Raises accessDenied unless the anonymous result is of the caller's own job."""
    job = store.load(project, job_id)
    if job is None or job.user_email != identity.email():
        raise datasets.table_denied((project, RESULTS, job_id))


def _schema_view(view: str, project: str, dataset: str | None) -> None:
    label: Reference = (project, dataset or "region-us", view if view == "__TABLES__" else f"INFORMATION_SCHEMA.{view}")
    refused = view in ("JOBS", "JOBS_BY_PROJECT") and not identity.is_administrator()
    if refused or (dataset and datasets.role(project, dataset) < Role.METADATA):
        raise datasets.table_denied(label)


def _write(write: Write) -> None:
    project, dataset, table = write.reference
    if write.kind == "SCHEMA":
        if write.action == CREATE and not identity.is_administrator():
            raise datasets.project_denied("bigquery.datasets.create", project)
        if write.action != CREATE:
            datasets.require(Role.OWNER, f"bigquery.datasets.{write.action}", project, dataset)
        return
    if dataset.casefold() == RESULTS:
        raise datasets.table_denied(write.reference)
    named = "" if write.action == CREATE else table
    datasets.require(Role.WRITER, PERMISSIONS[write.action], project, dataset, named)


def _command(tree: exp.Command, context: Context) -> None:
    """Statements that local_bigquery reads as plain text. What it does not know it hands to DuckDB as it is."""
    text = tree.text("expression").strip()
    found = indexes.INDEX.match(text)
    policy = row_access.CREATE.match(text) or row_access.DROP.match(text)
    if policy and ROW_POLICY.match(text):
        project, dataset, table = row_access.table(policy[4], context.project_id, context.dataset_id)
        datasets.require(Role.OWNER, "bigquery.rowAccessPolicies.create", project, dataset, table)
    elif found:
        project, dataset, table = row_access.table(found[5], context.project_id, context.dataset_id)
        datasets.require(Role.WRITER, "bigquery.tables.createIndex", project, dataset, table)
    elif not reads_everything():
        raise BigQueryError("invalidQuery", f"Statement not supported: {tree.text('this').upper()}")


def rule(tree: exp.Expr, context: Context) -> exp.Expr:
    """local_bigquery's first rule: checks what is translated outside a checked statement, as a script's expressions."""
    if not _checked.get():
        check(tree, context)
    return tree


def unchecked[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """The function, with the rule off: its statement has been checked as a whole."""

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _checked.set(True)
        try:
            return function(*args, **kwargs)
        finally:
            _checked.reset(token)

    return run


def _routine_role(needed: Role, permission: str, interpreter: script.Interpreter, name: str) -> None:
    project, dataset, _ = interpreter.reference(name)
    datasets.require(needed, permission, project, dataset or "")


def install() -> None:
    run, bind = query._run, js.bind
    run_checked = masking.switched(unchecked(run), lambda cursor, tree, *rest: masking.rewritten(tree))
    call, create, drop = script.Interpreter.call, script.Interpreter.procedure, script.Interpreter.drop_procedure

    def checked_run(cursor: Any, tree: exp.Expr, context: Context, *rest: Any) -> Any:
        check(tree, context)
        return run_checked(cursor, tree, context, *rest)

    def checked_bind(cursor: Any, tree: exp.Expr, context: Context) -> Any:
        check(tree, context)
        return bind(cursor, tree, context)

    def checked_call(self: script.Interpreter, statement: script.Statement) -> Any:
        if not statement.text.upper().startswith("BQ."):
            _routine_role(Role.READER, "bigquery.routines.get", self, statement.text)
        elif not identity.is_administrator():
            raise BigQueryError("invalidQuery", f"Procedure not found: {statement.text}")
        return call(self, statement)

    def checked_create(self: script.Interpreter, statement: script.Statement) -> Any:
        _routine_role(Role.WRITER, "bigquery.routines.create", self, statement.names[-1])
        return create(self, statement)

    def checked_drop(self: script.Interpreter, statement: script.Statement) -> Any:
        _routine_role(Role.WRITER, "bigquery.routines.delete", self, statement.text.split()[-1])
        return drop(self, statement)

    replace(query, "_run", checked_run)
    replace(js, "bind", checked_bind)
    script.Interpreter.call = checked_call
    script.Interpreter.procedure = checked_create
    script.Interpreter.drop_procedure = checked_drop
    STATEMENT_RULES.insert(0, rule)
