"""Terraform, the contracts and the application speak of the same datasets, policy tags, buckets and variables."""

import json
from typing import Any

import pytest
import yaml

from extract.contract import TAGS
from orchestration import environment, terraform_outputs
from tests.terraform import planning
from tests.terraform.access import Resource
from tests.terraform.running import REPOSITORY

OF_THE_TAGGING_SERVER = {"raw_events"}
OF_THE_PLATFORM = {"staging", "build", "marts", "ops"}
OF_THE_MACHINE = {"DAGSTER_HOME"}
BY_DEFAULT = {
    "STRIPE_API_BASE",
    "SHEETS_API_BASE",
    "BIGQUERY_DATA_TRANSFER_API_BASE",
    "METABASE_DATABASE",
    "KURA_AURORA_TLS",
    "KURA_AURORA_CA_FILE",
    "KURA_TRANSFER_FILE_AGE",
}
"""Variables that no environment sets: what the application takes without them is right everywhere."""


def contracts() -> list[dict[str, Any]]:
    files = sorted((REPOSITORY / "dbt_project/models/staging").glob("*/_*__sources.yml"))
    return [source for file in files for source in yaml.safe_load(file.read_text())["sources"]]


def of_type(resources: list[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == kind]


def test_the_datasets_are_those_of_the_contracts_and_of_dbt(plan: planning.Plan) -> None:
    made = {resource.values["dataset_id"] for resource in of_type(plan.resources, "google_bigquery_dataset")}
    assert made - OF_THE_TAGGING_SERVER == {source["name"] for source in contracts()} | OF_THE_PLATFORM
    assert made >= OF_THE_TAGGING_SERVER


def test_the_policy_tags_are_those_that_contracts_may_use(plan: planning.Plan) -> None:
    made = {resource.values["display_name"] for resource in of_type(plan.resources, "google_data_catalog_policy_tag")}
    assert made == TAGS
    assert set(plan.output("policy_tags")) == TAGS


def test_the_buckets_that_the_application_uses_are_the_ones_that_are_made(plan: planning.Plan) -> None:
    variables = plan.output("environment")
    assert variables["KURA_LANDING_BUCKET"] in {
        r.values["name"] for r in of_type(plan.resources, "google_storage_bucket")
    }
    assert variables["KURA_EXPORT_BUCKET"] in {r.values["bucket"] for r in of_type(plan.resources, "aws_s3_bucket")}


def test_the_application_works_with_the_accounts_of_its_duties(plan: planning.Plan) -> None:
    variables, accounts = plan.output("environment"), plan.output("accounts")
    assert variables["KURA_LOADER_CREDENTIALS"] == accounts["loader"]
    assert variables["KURA_ANALYST_CREDENTIALS"] == accounts["analyst"]
    assert accounts.keys() == {account.partition("@")[0] for account in accounts.values()}


def test_the_application_gets_every_variable_that_it_needs_and_none_that_it_does_not_know(
    plan: planning.Plan,
) -> None:
    variables, secrets = set(plan.output("environment")), set(plan.output("secrets"))
    spreadsheets = {name for name in variables if name.startswith(environment.SPREADSHEET)}
    assert variables >= set(environment.REQUIRED.values()) - OF_THE_MACHINE
    tags, secret = set(environment.POLICY_TAGS.values()), set(environment.SECRETS)
    assert variables - spreadsheets == set(environment.VARIABLES) - tags - secret - OF_THE_MACHINE - BY_DEFAULT
    assert secrets == set(environment.SECRETS)


def test_the_outputs_are_an_environment_of_the_application(plan: planning.Plan) -> None:
    names = ("environment", "policy_tags", "secrets")
    outputs = terraform_outputs.read(json.dumps({name: {"value": plan.output(name)} for name in names}))
    assert outputs.variables["KURA_ENVIRONMENT"] == plan.output("environment")["KURA_ENVIRONMENT"]


def test_a_run_gets_the_variables_of_the_output(plan: planning.Plan) -> None:
    (job,) = of_type(plan.resources, "google_cloud_run_v2_job")
    containers = job.values["template"][0]["template"][0]["containers"]
    given = {one["name"]: one.get("value") for container in containers for one in container["env"] or []}
    for name, value in plan.output("environment").items():
        assert given.get(name) == value, name
    for tag, resource in plan.output("policy_tags").items():
        assert given[environment.POLICY_TAG + tag.upper()] == resource


@pytest.mark.parametrize(
    "table", [t for source in contracts() for t in source["tables"]], ids=lambda table: table["name"]
)
def test_a_table_has_a_transfer_configuration_exactly_when_its_contract_asks_for_one(
    table: dict[str, Any], plan: planning.Plan
) -> None:
    made = {
        resource.values["display_name"] for resource in of_type(plan.resources, "google_bigquery_data_transfer_config")
    }
    asked = table["config"]["meta"]["extract"].get("carrier") == "transfer"
    assert any(name.endswith(f".{table['name']}") for name in made) == asked
