"""Permissions of the REST methods that are no jobs. Gap: local_bigquery asks for none.

Which method needs which permission: "BigQuery IAM roles and permissions". A method that is not listed here is for
administrators only.
"""

import re
from dataclasses import dataclass
from typing import Any

from local_bigquery.catalog import datasets as datasets_catalogue
from local_bigquery.catalog import tables
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import query
from local_bigquery.models import Dataset, Table
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.bigquery.access import datasets, identity, policy_tags, statements
from sandbox.bigquery.access.datasets import Role
from sandbox.bigquery.access.identity import OPEN_PATHS
from sandbox.bigquery.catalogue import RESULTS
from sandbox.bigquery.patching import replace

PREFIX = re.compile(r"^/(?:upload/)?bigquery/v2/")
DATASET = "projects/{p}/datasets/{d}"
TABLE = f"{DATASET}/tables/{{t}}"


@dataclass(frozen=True)
class Method:
    """A REST method: who may call it. `role` is the least role on the dataset in the path; None lets every caller."""

    verbs: str
    path: str
    role: Role | None = None
    permission: str = ""

    def matches(self, verb: str, path: str) -> re.Match[str] | None:
        return re.fullmatch(self.path, path) if verb in self.verbs.split() else None


def _methods() -> list[Method]:
    listed: list[tuple[str, str, Role | None, str]] = [
        ("GET", "projects", None, ""),
        ("GET", "projects/{p}/serviceAccount", None, ""),
        ("GET POST PUT", "projects/{p}/jobs", None, ""),  # checked with their configuration, see jobs
        ("GET", "projects/{p}/jobs/{j}", None, ""),
        ("POST", "projects/{p}/jobs/{j}/cancel", None, ""),
        ("DELETE", "projects/{p}/jobs/{j}/delete", None, ""),
        ("POST", "projects/{p}/queries", None, ""),
        ("GET", "projects/{p}/queries/{j}", None, ""),
        ("GET", f"{TABLE}/data", None, ""),
        ("GET", "projects/{p}/datasets", None, ""),  # lists what the caller sees
        ("GET", DATASET, Role.METADATA, "bigquery.datasets.get"),
        ("PATCH PUT", DATASET, Role.OWNER, "bigquery.datasets.update"),
        ("DELETE", DATASET, Role.OWNER, "bigquery.datasets.delete"),
        ("GET", f"{DATASET}/tables", Role.METADATA, "bigquery.tables.list"),
        ("POST", f"{DATASET}/tables", Role.WRITER, "bigquery.tables.create"),
        ("GET", TABLE, Role.METADATA, "bigquery.tables.get"),
        ("PATCH PUT", TABLE, Role.WRITER, "bigquery.tables.update"),
        ("DELETE", TABLE, Role.WRITER, "bigquery.tables.delete"),
        ("POST", f"{TABLE}/insertAll", Role.WRITER, "bigquery.tables.updateData"),
        (
            "GET POST DELETE",
            f"{TABLE}/rowAccessPolicies(?:/[^/]+|:batchDelete)?",
            Role.OWNER,
            "bigquery.rowAccessPolicies.list",
        ),
        ("GET", f"{DATASET}/(?:models|routines)(?:/[^/]+)?", Role.METADATA, "bigquery.routines.get"),
        ("POST PUT PATCH DELETE", f"{DATASET}/(?:models|routines)(?:/[^/]+)?", Role.WRITER, "bigquery.routines.update"),
    ]
    names = {"p": "(?P<project>[^/]+)", "d": "(?P<dataset>[^/]+)", "t": "(?P<table>[^/:]+)", "j": "[^/:]+"}
    return [
        Method(verbs, re.sub(r"\{(\w)\}", lambda found: names[found[1]], path), role, permission)
        for verbs, path, role, permission in listed
    ]


METHODS = _methods()


def find(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method that a request calls, and the ids in its path; None for one that is not listed."""
    inside = PREFIX.match(path)
    for method in METHODS if inside else []:
        if found := method.matches(verb, path[inside.end() :] if inside else path):
            return method, found.groupdict()
    return None


def check(method: Method, ids: dict[str, str]) -> None:
    """Raises accessDenied when the caller may not call the method, which needs a role."""
    assert method.role is not None
    project, dataset, table = ids["project"], ids["dataset"], ids.get("table") or ""
    if dataset.casefold() == RESULTS:
        statements.require_own_result(project, table)
    else:
        datasets.require(method.role, method.permission, project, dataset, table.partition("$")[0])


async def authorize(verb: str, path: str) -> None:
    """Raises accessDenied when the caller may not make the request. Only what may ask the database goes to a thread."""
    found = find(verb, path)
    if found is not None and found[0].role is not None:
        await run_in_threadpool(check, *found)
    elif found is None and not identity.is_administrator():
        raise BigQueryError("accessDenied", f"Access Denied: the caller may not {verb} {path}")


class Authorization:
    """Middleware that answers 403 before the method runs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(OPEN_PATHS):
            try:
                await authorize(scope["method"], scope["path"])
            except BigQueryError as error:
                await JSONResponse(error.response(), status_code=error.code)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _keep_tags(project: str, dataset: str, table: str, body: Table, whole: bool) -> None:
    """Who may not set policy tags neither gives them to columns nor takes them away."""
    before = policy_tags.tags((project, dataset, table))
    given = (body.dump().get("schema") or {}).get("fields")
    if given is None and not whole:
        return
    after = policy_tags.tagged(given or [])
    if after or any(set(names) - set(after.get(path, ("", []))[1]) for path, (_, names) in before.items()):
        policy_tags.require_setter((project, dataset, table))


def install() -> None:
    list_datasets, create, update = datasets_catalogue.list_, tables.create, tables.update

    def visible(project: str, *args: object, **kwargs: object) -> list[Dataset]:
        found = list_datasets(project, *args, **kwargs)
        return [one for one in found if datasets.role(project, one.datasetReference.datasetId) >= Role.METADATA]

    def checked_create(project: str, dataset: str, body: Table, *rest: Any) -> Table:
        if policy_tags.tagged((body.dump().get("schema") or {}).get("fields") or []):
            policy_tags.require_setter((project, dataset, ""))
        return create(project, dataset, body, *rest)

    def checked_update(project: str, dataset: str, table: str, body: Table, etag: str | None, whole: bool) -> Table:
        _keep_tags(project, dataset, table, body, whole)
        if body.view and body.view.query:
            # local_bigquery would change the description of the view and leave the view as it was.
            translated = query.translate_view(project, dataset, body.view.query)
            database.execute(f"CREATE OR REPLACE VIEW {database.quote(project, dataset, table)} AS {translated}")
        return update(project, dataset, table, body, etag, whole)

    replace(datasets_catalogue, "list_", visible)
    replace(tables, "create", checked_create)
    replace(tables, "update", checked_update)
