"""Dataset access lists. Gap: local_bigquery keeps them and asks nobody for them.

The lists are those of the REST resource `datasets` (field `access`); the roles are those of "BigQuery IAM roles and
permissions". The texts of the errors are those in "Troubleshoot IAM permissions in BigQuery".
"""

from enum import IntEnum
from typing import Any

from local_bigquery.catalog import names
from local_bigquery.errors import BigQueryError

from sandbox.bigquery import resources
from sandbox.bigquery.access import identity
from sandbox.bigquery.catalogue import Reference


class Role(IntEnum):
    """What a caller may do with a dataset; a higher role includes the lower ones."""

    NONE = 0
    METADATA = 1
    READER = 2
    WRITER = 3
    OWNER = 4


ROLES = {
    "READER": Role.READER,
    "WRITER": Role.WRITER,
    "OWNER": Role.OWNER,
    "roles/bigquery.metadataViewer": Role.METADATA,
    "roles/bigquery.dataViewer": Role.READER,
    "roles/bigquery.dataEditor": Role.WRITER,
    "roles/bigquery.dataOwner": Role.OWNER,
    "roles/bigquery.admin": Role.OWNER,
}


def _grants(entry: dict[str, Any], member: str) -> bool:
    address = member.partition(":")[2]
    return (
        address == entry.get("userByEmail")
        or member == entry.get("iamMember")
        or "allAuthenticatedUsers" in (entry.get("specialGroup"), entry.get("iamMember"))
        or "allUsers" in (entry.get("specialGroup"), entry.get("iamMember"))
        or address.endswith(f"@{entry.get('domain')}")
    )


def role(project: str, dataset: str) -> Role:
    """The caller's role on the dataset. The project's special groups are the administrators."""
    if identity.is_administrator():
        return Role.OWNER
    member = identity.caller()
    stored = resources.find("datasets", project, dataset)
    if not member or stored is None:
        return Role.NONE
    entries = [entry for entry in stored.get("access") or [] if _grants(entry, member)]
    return max((ROLES.get(entry.get("role", ""), Role.NONE) for entry in entries), default=Role.NONE)


def authorizes(dataset: tuple[str, str], view: Reference) -> bool:
    """Whether the dataset's access list lets the view read it for those who may read the view."""
    stored = resources.find("datasets", *dataset) or {}
    for entry in stored.get("access") or []:
        if (named := entry.get("view")) and view == (named["projectId"], named["datasetId"], named["tableId"]):
            return True
        named = (entry.get("dataset") or {}).get("dataset")
        if named and view[:2] == (named["projectId"], named["datasetId"]):
            return True
    return False


def table_denied(reference: Reference) -> BigQueryError:
    table = names.label(*reference)
    return BigQueryError(
        "accessDenied",
        f"Access Denied: Table {table}: User does not have permission to query table {table}, "
        "or perhaps it does not exist.",
    )


def permission_denied(permission: str, project: str, dataset: str, table: str = "") -> BigQueryError:
    """The refusal of one permission on a table, or on a dataset when no table is given."""
    kind, label = ("Table", names.label(project, dataset, table)) if table else ("Dataset", f"{project}:{dataset}")
    return BigQueryError(
        "accessDenied",
        f"Access Denied: {kind} {label}: Permission {permission} denied on {kind.lower()} {label} "
        "(or it may not exist).",
    )


def project_denied(permission: str, project: str) -> BigQueryError:
    return BigQueryError(
        "accessDenied",
        f"Access Denied: Project {project}: User does not have {permission} permission in project {project}.",
    )


def require(needed: Role, permission: str, project: str, dataset: str, table: str = "") -> None:
    """Raises accessDenied when the caller's role on the dataset is lower."""
    if role(project, dataset) < needed:
        raise permission_denied(permission, project, dataset, table)
