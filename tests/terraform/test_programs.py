"""What runs as which account, which secrets it has, who gets to it, and who logs in to which database.

A program has all rights of its account, so its account says what the program could do. As in test_access_matrix.py the
tables are written by hand, and what is planned is worked out from the planned resources.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.terraform import access, planning
from tests.terraform.access import Resource
from tests.terraform.test_access_matrix import SECRETS, principal

PROGRAMS = """
dagster           orchestrator
dagster-daemon    orchestrator
dagster-runs      platform
metabase          metabase
tagging           tagging
tagging-preview   tagging
"""

# Who gets through Identity-Aware Proxy to which program.
LET_THROUGH = """
dagster    engineers
metabase   analysts masked_analysts engineers platform
"""

# Who logs in to which database, where a login may do everything.
LOGINS = """
dagster    orchestrator platform
metabase   metabase
"""


SERVICES = {
    "google_artifact_registry_": "artifactregistry",
    "google_bigquery_": "bigquery",
    "google_bigquery_data_transfer_": "bigquerydatatransfer",
    "google_bigquery_datapolicy_": "bigquerydatapolicy",
    "google_billing_budget": "billingbudgets",
    "google_cloud_run_": "run",
    "google_compute_": "compute",
    "google_data_catalog_": "datacatalog",
    "google_iam_": "iam",
    "google_iap_": "iap",
    "google_logging_": "logging",
    "google_monitoring_": "monitoring",
    "google_org_policy_": "orgpolicy",
    "google_project_iam_": "cloudresourcemanager",
    "google_project_iam_custom_role": "iam",
    "google_project_service": "serviceusage",
    "google_secret_manager_": "secretmanager",
    "google_service_account": "iam",
    "google_service_networking_": "servicenetworking",
    "google_service_usage_": "serviceusage",
    "google_sql_": "sqladmin",
    "google_storage_": "storage",
}
"""Which service of Google makes what, by the beginnings of the resources' names: the longest one counts."""


def table(text: str) -> dict[str, set[str]]:
    return {name: set(others) for name, *others in (line.split() for line in text.strip().splitlines())}


def programs(plan: planning.Plan) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Everything that runs, with its template: the account and the containers."""
    for resource in plan.resources:
        if resource.type in ("google_cloud_run_v2_service", "google_cloud_run_v2_worker_pool"):
            yield resource, resource.values["template"][0]
        elif resource.type == "google_cloud_run_v2_job":
            yield resource, resource.values["template"][0]["template"][0]


def account(template: dict[str, Any]) -> str:
    return str(template["service_account"]).partition("@")[0]


def test_every_program_runs_as_the_account_of_its_duty(plan: planning.Plan) -> None:
    assert {r.values["name"]: {account(template)} for r, template in programs(plan)} == table(PROGRAMS)


def test_a_secret_is_mounted_exactly_where_its_readers_run(plan: planning.Plan) -> None:
    mounted: dict[str, set[str]] = {}
    for _, template in programs(plan):
        for container in template["containers"]:
            for variable in container["env"] or ():
                for source in variable.get("value_source") or ():
                    secret = source["secret_key_ref"][0]["secret"]
                    mounted.setdefault(secret, set()).add(account(template))
    of_programs = {name: readers - {"deployer"} for name, readers in table(SECRETS).items()}
    assert mounted == {name: readers for name, readers in of_programs.items() if readers}


def test_those_listed_get_through_the_proxy_and_nobody_else(plan: planning.Plan) -> None:
    found: dict[str, set[str]] = {}
    for grant in access.grants(plan.resources):
        if grant.role == "roles/iap.httpsResourceAccessor":
            assert grant.on.type == "google_iap_web_cloud_run_service_iam_binding", grant.on.address
            found[grant.on.values["cloud_run_service_name"]] = {principal(member) for member in grant.members}
    assert found == table(LET_THROUGH)


def test_a_database_has_the_logins_of_its_application_and_no_others(plan: planning.Plan) -> None:
    found: dict[str, set[str]] = {}
    for resource in plan.resources:
        if resource.type == "google_sql_user":
            found.setdefault(resource.values["instance"], set()).add(resource.values["name"].partition("@")[0])
    assert found == table(LOGINS)


def test_aws_trusts_the_loader_and_no_other_account_of_google(plan: planning.Plan) -> None:
    ids = {r.values["account_id"]: r.values["unique_id"] for r in plan.resources if r.type == "google_service_account"}
    trusted = [
        statement["Condition"]["StringEquals"]
        for resource in plan.resources
        if resource.type == "aws_iam_role"
        for statement in json.loads(resource.values["assume_role_policy"])["Statement"]
        if statement["Principal"].get("Federated") == "accounts.google.com"
    ]
    assert [one["accounts.google.com:sub"] for one in trusted] == [ids["loader"]]


def test_what_the_deployer_manages_in_aws_has_the_boundary(plan: planning.Plan) -> None:
    without = {
        resource.values["name"]
        for resource in plan.resources
        if resource.type in ("aws_iam_role", "aws_iam_user") and not resource.values.get("permissions_boundary")
    }
    assert without == {"kura-deployer", "kura-planner"}
    assert not [resource.address for resource in plan.resources if resource.type.endswith("_policy_attachment")]


def test_what_can_be_reached_is_looked_at_and_accounts_that_work_alone_are_watched(plan: planning.Plan) -> None:
    checks = {r.values["display_name"] for r in plan.resources if r.type == "google_monitoring_uptime_check_config"}
    assert checks == {"dagster", "metabase", "tagging"}
    (denied,) = (
        condition["filter"]
        for resource in plan.resources
        if resource.type == "google_monitoring_alert_policy"
        for part in resource.values["conditions"]
        for condition in part["condition_matched_log"] or ()
        if "PERMISSION_DENIED" in part["display_name"]
    )
    watched = {name for name, email in plan.output("accounts").items() if f'"{email}"' in denied}
    assert watched == {"loader", "platform", "orchestrator", "tagging"}


def test_the_services_of_google_that_are_used_are_turned_on(plan: planning.Plan) -> None:
    on = {r.values["service"].partition(".")[0] for r in plan.resources if r.type == "google_project_service"}
    for resource in plan.resources:
        if resource.type.startswith("google_"):
            known = [prefix for prefix in SERVICES if resource.type.startswith(prefix)]
            assert known, f"{resource.type}: say in SERVICES which service makes it"
            assert SERVICES[max(known, key=len)] in on, resource.address
