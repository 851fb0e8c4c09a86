"""Who may do what with which dataset and policy tag, worked out from the resources that Terraform plans.

Nothing of the configuration's own variables is used, only planned grants: access lists of datasets, bindings on
datasets, tables, the project, policy tags and data policies. A role that is not known here is an error, so that none is
granted without being judged.

https://docs.cloud.google.com/bigquery/docs/access-control (what the roles of BigQuery hold)
https://docs.cloud.google.com/bigquery/docs/column-level-security-intro (a tag's column needs Fine-Grained Reader too)
https://docs.cloud.google.com/bigquery/docs/column-data-masking-intro (Masked Reader; in clear where both are held)
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

OPEN: Final = "open"
CLEAR, MASKED, REFUSED, NOTHING = "clear", "masked", "refused", "-"
PRIMITIVE: Final = {"roles/owner", "roles/editor", "roles/viewer", "roles/browser"}
ELSEWHERE: Final = ("_dataset_access", "_access_control", "_acl", "_row_access_policy", "_access_level")
"""How the names of resources end that give access beside bindings and lists, where it would not be seen here."""
LEGACY: Final = {"OWNER": "dataOwner", "WRITER": "dataEditor", "READER": "dataViewer"}

READ, WRITE, METADATA = "bigquery.tables.getData", "bigquery.tables.updateData", "bigquery.tables.get"
HELD: Final[Mapping[str, frozenset[str]]] = {
    "roles/bigquery.dataOwner": frozenset({READ, WRITE, METADATA}),
    "roles/bigquery.dataEditor": frozenset({READ, WRITE, METADATA}),
    "roles/bigquery.dataViewer": frozenset({READ, METADATA}),
    "roles/bigquery.metadataViewer": frozenset({METADATA}),
}
"""What roles hold of the three permissions that decide about data in the warehouse."""

NO_DATA: Final = {
    "roles/artifactregistry.reader",
    "roles/artifactregistry.writer",
    "roles/bigquery.jobUser",
    "roles/bigquery.resourceViewer",
    "roles/bigquerydatapolicy.admin",
    "roles/cloudsql.client",
    "roles/cloudsql.instanceUser",
    "roles/compute.networkAdmin",
    "roles/compute.networkViewer",
    "roles/datacatalog.categoryAdmin",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/iam.workloadIdentityUser",
    "roles/iap.admin",
    "roles/iap.httpsResourceAccessor",
    "roles/logging.configWriter",
    "roles/logging.viewer",
    "roles/monitoring.editor",
    "roles/monitoring.viewer",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.invoker",
    "roles/run.jobsExecutorWithOverrides",
    "roles/run.viewer",
    "roles/secretmanager.secretAccessor",
    "roles/servicenetworking.networksAdmin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.legacyBucketOwner",
    "roles/storage.legacyBucketReader",
    "roles/storage.legacyBucketWriter",
    "roles/storage.legacyObjectOwner",
    "roles/storage.legacyObjectReader",
    "roles/storage.objectUser",
    "roles/storage.objectViewer",
}
"""Roles without any of them. Some could be used to take more: who has those is for another test to say."""

FINE_GRAINED: Final = "roles/datacatalog.categoryFineGrainedReader"
MASKED_READER: Final = "roles/bigquerydatapolicy.maskedReader"
ACT_AS: Final = {
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
}


@dataclass(frozen=True)
class Resource:
    """One planned resource."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Grant:
    """A role that members have on something."""

    role: str
    members: tuple[str, ...]
    on: Resource


def planned(plan: Mapping[str, Any]) -> list[Resource]:
    """The resources that a plan makes."""
    return [
        Resource(change["address"], change["type"], change["change"]["after"])
        for change in plan["resource_changes"]
        if change["mode"] == "managed" and change["change"]["after"] is not None
    ]


def grants(resources: Iterable[Resource]) -> Iterator[Grant]:
    """Every role that is granted by a binding, a member or an access list."""
    for resource in resources:
        values = resource.values
        if not resource.type.startswith("google_"):
            continue
        if resource.type == "google_bigquery_dataset":
            for entry in values.get("access") or []:
                assert entry.get("role"), f"{resource.address}: views and routines that read for others are not judged"
                role = "roles/bigquery." + LEGACY[entry["role"]] if entry["role"] in LEGACY else entry["role"]
                yield Grant(role, (_entry_member(entry),), resource)
        elif resource.type.endswith("_iam_binding"):
            yield Grant(values["role"], tuple(values["members"] or ()), resource)
        elif resource.type.endswith("_iam_member"):
            yield Grant(values["role"], (values["member"],), resource)
        elif resource.type.endswith(("_iam_policy", *ELSEWHERE)):
            raise AssertionError(
                f"{resource.address}: give access with a binding or the dataset's list, which are judged"
            )


def _entry_member(entry: Mapping[str, Any]) -> str:
    if entry.get("iam_member"):
        return str(entry["iam_member"])
    if email := entry.get("user_by_email"):
        return f"{'serviceAccount' if email.endswith('.gserviceaccount.com') else 'user'}:{email}"
    if entry.get("group_by_email"):
        return f"group:{entry['group_by_email']}"
    return f"specialGroup:{entry.get('special_group') or entry.get('domain')}"


@dataclass(frozen=True)
class Access:
    """What principals may do with datasets and tags."""

    datasets: tuple[str, ...]
    tags: tuple[str, ...]
    held: Mapping[tuple[str, str], frozenset[str]]  # (member, dataset): permissions
    clear: Mapping[str, frozenset[str]]  # tag: members
    masked: Mapping[str, frozenset[str]]  # tag: members

    def cell(self, member: str, dataset: str, tag: str) -> str:
        """What a read of a column with this tag (or `open`) gives."""
        if READ not in self.held.get((member, dataset), frozenset()):
            return NOTHING
        if tag == OPEN or member in self.clear.get(tag, frozenset()):
            return CLEAR
        return MASKED if member in self.masked.get(tag, frozenset()) else REFUSED

    def may(self, member: str, dataset: str, permission: str) -> bool:
        return permission in self.held.get((member, dataset), frozenset())


def access(resources: list[Resource]) -> Access:
    """The access of all members who hold anything on data."""
    datasets = {r.values["dataset_id"]: r for r in resources if r.type == "google_bigquery_dataset"}
    tags = {r.values["name"]: r.values["display_name"] for r in resources if r.type == "google_data_catalog_policy_tag"}
    custom = {
        str(name): frozenset(r.values["permissions"])
        for r in resources
        if r.type == "google_project_iam_custom_role"
        for name in (r.values["role_id"], r.values.get("id"), r.values.get("name"))
    }
    held: dict[tuple[str, str], frozenset[str]] = {}
    clear: dict[str, frozenset[str]] = {}
    masked: dict[str, frozenset[str]] = {}
    policies = {
        r.values["data_policy_id"]: r.values for r in resources if r.type == "google_bigquery_datapolicy_data_policy"
    }
    for grant in grants(resources):
        if grant.role == FINE_GRAINED:
            tag = tags[grant.on.values["policy_tag"]]
            clear[tag] = clear.get(tag, frozenset()) | set(grant.members)
        elif grant.role == MASKED_READER:
            tag = tags[policies[grant.on.values["data_policy_id"]]["policy_tag"]]
            masked[tag] = masked.get(tag, frozenset()) | set(grant.members)
        else:
            permissions = _permissions(grant.role, custom) & {READ, WRITE, METADATA}
            for dataset in _datasets(grant.on, datasets) if permissions else ():
                for member in grant.members:
                    held[member, dataset] = held.get((member, dataset), frozenset()) | permissions
    return Access(tuple(sorted(datasets)), (OPEN, *sorted(tags.values())), held, clear, masked)


def _permissions(role: str, custom: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if role in HELD:
        return HELD[role]
    if role.startswith("roles/"):
        assert role in NO_DATA, f"{role} is not judged yet: say in HELD or NO_DATA what it holds"
        return frozenset()
    return custom[role] if role in custom else custom[role.rpartition("/")[2]]


def _datasets(resource: Resource, datasets: Mapping[str, Resource]) -> Iterable[str]:
    """The datasets that a grant on this reaches: one, or with the project all."""
    if resource.type.startswith("google_bigquery"):
        return [resource.values["dataset_id"]]
    return datasets if resource.type.startswith("google_project") else ()
