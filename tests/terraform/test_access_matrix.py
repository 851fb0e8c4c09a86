"""Who reads and writes what: principal by dataset by policy tag, as planned for each environment.

The table is written by hand and is what we promise; what is planned is worked out from the planned resources alone.
"""

import re
from collections.abc import Iterator

import pytest

from tests.terraform import access, planning
from tests.terraform.access import METADATA, READ, WRITE

# `all` is every dataset, `raw` those of the contracts. `may` is the most that is allowed: list tables, read, or write.
# The last four columns say what a read of a column with that tag gives; `open` has none.
MATRIX = """
principal         datasets     may     open     restricted  pii      financial
platform          all          write   clear    clear       clear    clear
loader            raw          write   clear    refused     refused  refused
tagging           raw_events   write   clear    refused     refused  refused
orchestrator      all          list    -        -           -        -
orchestrator      ops          read    clear    refused     refused  refused
deployer          all          list    -        -           -        -
planner           all          list    -        -           -        -
analyst           marts        read    clear    refused     refused  refused
metabase          marts        read    clear    refused     refused  refused
analysts          marts        read    clear    refused     refused  refused
masked_analysts   marts        read    clear    refused     masked   refused
administrators    all          write   clear    refused     refused  refused
"""

# Who may act as which service account, and so has all that it has.
ACTS = """
platform          loader analyst
"""

# Who reads the value of which secret.
SECRETS = """
stripe-api-key              platform
slack-webhook-url           platform orchestrator
metabase-api-key            platform
aurora-password             platform
metabase-encryption-key     metabase
tagging-container-config    tagging
transfer-secret-access-key  deployer
"""


def rows(table: str) -> Iterator[list[str]]:
    yield from (line.split() for line in table.strip().splitlines()[1:])


def principal(member: str) -> str:
    """`loader` of serviceAccount:loader@..., `masked_analysts` of group:kura-masked-analysts@..."""
    address = member.partition(":")[2].partition("@")[0]
    return address.removeprefix("kura-").replace("-", "_")


def may(permissions: frozenset[str]) -> str:
    return (
        "write"
        if WRITE in permissions
        else "read"
        if READ in permissions
        else "list"
        if METADATA in permissions
        else "-"
    )


def accounts(plan: planning.Plan) -> dict[str, str]:
    """Names of service accounts, by all that a resource may call them."""
    return {
        value: resource.values["account_id"]
        for resource in plan.resources
        if resource.type == "google_service_account"
        for value in (resource.values["name"], resource.values["email"], resource.values["id"])
    }


@pytest.fixture
def found(plan: planning.Plan) -> access.Access:
    return access.access(plan.resources)


def test_the_matrix_is_what_is_planned(found: access.Access) -> None:
    raw = [name for name in found.datasets if name.startswith("raw_") and name != "raw_events"]
    expected = {
        (row[0], dataset): row[2:]
        for row in rows(MATRIX)
        for dataset in {"all": list(found.datasets), "raw": raw}.get(row[1], [row[1]])
    }
    header = MATRIX.split()[3:7]
    planned = {
        (principal(member), dataset): [may(held), *(found.cell(member, dataset, tag) for tag in header)]
        for (member, dataset), held in found.held.items()
    }
    assert set(header) == set(found.tags)
    assert planned == expected


def test_protected_columns_are_read_by_those_in_the_matrix_and_nobody_else(found: access.Access) -> None:
    clear = {tag: {principal(member) for member in members} for tag, members in found.clear.items()}
    assert clear == {tag: {"platform"} for tag in found.tags if tag != access.OPEN}
    assert {tag: {principal(member) for member in members} for tag, members in found.masked.items()} == {
        "pii": {"masked_analysts"}
    }


def test_landed_files_which_no_tag_protects_are_read_by_the_loader_and_the_platform_only(plan: planning.Plan) -> None:
    (bucket,) = (resource.values["name"] for resource in plan.resources if resource.type == "google_storage_bucket")
    readers = {
        principal(member)
        for grant in access.grants(plan.resources)
        if grant.on.type.startswith("google_storage_bucket_iam") and grant.on.values["bucket"] == bucket
        for member in grant.members
    }
    assert readers == {"loader", "platform"}
    on_the_project = {g.role for g in access.grants(plan.resources) if g.on.type.startswith("google_project_iam")}
    assert not [role for role in on_the_project if role.startswith("roles/storage.")]


def test_metabase_equals_an_analyst(found: access.Access) -> None:
    def of(name: str) -> dict[str, frozenset[str]]:
        return {dataset: held for (member, dataset), held in found.held.items() if principal(member) == name}

    assert of("metabase") == of("analyst") == of("analysts") != {}


def test_nobody_has_a_primitive_role(plan: planning.Plan) -> None:
    for grant in access.grants(plan.resources):
        assert grant.role not in access.PRIMITIVE, grant.on.address
        for member in grant.members:
            assert not re.match(r"(projectOwner|projectEditor|projectViewer|specialGroup|domain)\b", member), grant
            assert member not in ("allUsers", "allAuthenticatedUsers"), grant


def test_nobody_acts_as_an_account_but_those_listed(plan: planning.Plan) -> None:
    planned: dict[str, set[str]] = {}
    for grant in access.grants(plan.resources):
        if grant.role in access.ACT_AS:
            assert "service_account_id" in grant.on.values, f"{grant.on.address}: acts as every account of the project"
            for member in grant.members:
                if not member.startswith("principal"):
                    planned.setdefault(principal(member), set()).add(
                        accounts(plan)[grant.on.values["service_account_id"]]
                    )
    workloads = planned.pop("deployer", set())
    assert workloads <= {"platform", "orchestrator", "metabase", "tagging", "loader"}
    assert planned == {name: set(others) for name, *others in (line.split() for line in ACTS.strip().splitlines())}


def test_workloads_from_outside_act_as_the_deployer_the_planner_or_the_loader_only(plan: planning.Plan) -> None:
    outside = [
        (member, accounts(plan)[grant.on.values["service_account_id"]])
        for grant in access.grants(plan.resources)
        if grant.role in access.ACT_AS
        for member in grant.members
        if member.startswith("principal")
    ]
    assert outside
    for member, account in outside:
        assert account in ("deployer", "planner", "loader"), f"{member} acts as {account}"
        assert not member.endswith("/*"), f"{member}: everybody of the pool"


def test_secrets_are_read_by_those_who_use_them_and_nobody_else(plan: planning.Plan) -> None:
    secrets = {
        value: resource.values["secret_id"]
        for resource in plan.resources
        if resource.type == "google_secret_manager_secret"
        for value in (resource.values["secret_id"], resource.values["id"])
    }
    read: dict[str, set[str]] = {}
    for grant in access.grants(plan.resources):
        if grant.role == "roles/secretmanager.secretAccessor":
            assert grant.on.type == "google_secret_manager_secret_iam_binding", grant.on.address
            read[secrets[grant.on.values["secret_id"]]] = {principal(member) for member in grant.members}
    assert read == {name: set(readers) for name, *readers in (line.split() for line in SECRETS.strip().splitlines())}


def test_runs_are_started_by_the_orchestrator_only(plan: planning.Plan) -> None:
    starters = {
        principal(member)
        for grant in access.grants(plan.resources)
        if grant.on.type.startswith("google_cloud_run_v2_job_iam") and grant.role != "roles/run.viewer"
        for member in grant.members
    }
    assert starters == {"orchestrator"}


def test_no_key_or_password_is_made(plan: planning.Plan) -> None:
    made = {resource.type for resource in plan.resources}
    assert not made & {
        "google_service_account_key",
        "aws_iam_access_key",
        "random_password",
        "aws_iam_user_login_profile",
    }
    for resource in plan.resources:
        if resource.type == "google_sql_user":
            assert resource.values["type"].startswith("CLOUD_IAM"), resource.address


def test_only_the_tagging_server_can_be_reached_without_signing_in(plan: planning.Plan) -> None:
    services = [resource for resource in plan.resources if resource.type == "google_cloud_run_v2_service"]
    public = {
        service.values["name"]
        for service in services
        if service.values["ingress"] != "INGRESS_TRAFFIC_INTERNAL_ONLY" and not service.values.get("iap_enabled")
    }
    assert public == {resource.values["name"] for resource in services if "tagging" in resource.address}
    assert len(services) > len(public)
    for instance in (resource for resource in plan.resources if resource.type == "google_sql_database_instance"):
        assert instance.values["settings"][0]["ip_configuration"][0]["ipv4_enabled"] is False
