"""The local cloud gives each account what Terraform gives it: what is refused on a laptop is refused in the cloud."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.cloud import bigquery

from sandbox import names, provision
from tests.terraform import access, planning
from tests.terraform.access import METADATA, READ, WRITE

# Which principal of the plan each local account stands for.
ACCOUNTS = {
    names.PLATFORM: "serviceAccount:platform@",
    names.LOADER: "serviceAccount:loader@",
    names.ANALYST: "serviceAccount:analyst@",
    names.MASKED_ANALYST: "group:kura-masked-analysts@",
}
HELD = {"READER": {READ, METADATA}, "WRITER": {READ, WRITE, METADATA}, "OWNER": {READ, WRITE, METADATA}}


@pytest.fixture
def policy(tmp_path: Path) -> dict[str, Any]:
    """What the local warehouse is told of who may do what."""
    provision.access(tmp_path)
    document: dict[str, Any] = json.loads((tmp_path / "access.json").read_text())
    return document


def made() -> dict[str, bigquery.Dataset]:
    """The datasets that are made locally, with their access lists."""
    datasets: dict[str, bigquery.Dataset] = {}

    def create(dataset: bigquery.Dataset, exists_ok: bool) -> bigquery.Dataset:
        return datasets.setdefault(dataset.dataset_id, dataset)

    provision.datasets(SimpleNamespace(create_dataset=create))  # type: ignore[arg-type]
    return datasets


def local(policy: dict[str, Any]) -> access.Access:
    """The local rights, in the form in which planned ones are judged."""
    held: dict[tuple[str, str], frozenset[str]] = {}
    for name, dataset in made().items():
        for entry in dataset.access_entries:
            held[f"serviceAccount:{entry.entity_id}", name] = frozenset(HELD[entry.role])
        for member in policy["administrators"]:
            held[member, name] = frozenset(HELD["OWNER"])
    logical = {names.policy_tag(tag): tag for tag in names.TAGS}
    clear = {logical[tag]: frozenset(members) for tag, members in policy["fine_grained_readers"].items()}
    masked = {
        logical[rule["policyTag"]]: frozenset(member for one in rule["bindings"] for member in one["members"])
        for rule in policy["data_policies"]
    }
    return access.Access(tuple(made()), (access.OPEN, *sorted(names.TAGS)), held, clear, masked)


def test_each_account_reads_and_writes_the_same_here_as_there(plan: planning.Plan, policy: dict[str, Any]) -> None:
    here, there = local(policy), access.access(plan.resources)
    assert set(here.tags) == set(there.tags)
    assert set(there.datasets) - set(here.datasets) == {"raw_events"}, "the tagging server has no stand-in"
    for email, prefix in ACCOUNTS.items():
        (member,) = {member for member, _ in there.held if member.startswith(prefix)}
        for dataset in here.datasets:
            mine = here.held.get((f"serviceAccount:{email}", dataset), frozenset())
            assert mine == there.held.get((member, dataset), frozenset()), f"{email} on {dataset}"
            for tag in here.tags:
                cell = here.cell(f"serviceAccount:{email}", dataset, tag)
                assert cell == there.cell(member, dataset, tag), f"{email} on {tag} of {dataset}"


def test_the_loader_sets_policy_tags_and_is_impersonated_here_as_there(
    plan: planning.Plan, policy: dict[str, Any]
) -> None:
    setter = next(r for r in plan.resources if r.address.endswith("google_project_iam_binding.policy_tag_setters"))
    assert {member.partition("@")[0] for member in setter.values["members"]} == {
        member.partition("@")[0] for member in (*policy["tag_setters"], *policy["administrators"])
    }
    impersonated = {
        resource.values["account_id"]
        for resource in plan.resources
        if resource.type == "google_service_account"
        for grant in access.grants(plan.resources)
        if grant.role == "roles/iam.serviceAccountTokenCreator"
        and grant.on.values["service_account_id"] in (resource.values["name"], resource.values["id"])
    }
    assert impersonated == {email.partition("@")[0] for email in policy["token_creators"]}
