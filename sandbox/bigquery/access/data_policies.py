"""Data policies: which masking rule a masked reader of a policy tag gets, and the Data Policy API's list of them.

The resources are those of the REST resource projects.locations.dataPolicies, v1, with their IAM bindings; which rule
counts when several apply is in "Introduction to data masking", "Data masking rule hierarchy". The policies come from
the access file, as Terraform makes them in a cloud; the API's other methods answer 501.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from local_bigquery.errors import BigQueryError, not_implemented

MASKED_READER = "roles/bigquerydatapolicy.maskedReader"
HIERARCHY = (
    "SHA256",
    "EMAIL_MASK",
    "LAST_FOUR_CHARACTERS",
    "FIRST_FOUR_CHARACTERS",
    "DATE_YEAR_MASK",
    "DEFAULT_MASKING_VALUE",
    "ALWAYS_NULL",
)


@dataclass(frozen=True)
class DataPolicy:
    """A masking rule for a policy tag, and who reads by it. `resource` is what the API shows."""

    resource: str  # JSON
    policy_tag: str
    rule: str
    bindings: tuple[tuple[str, frozenset[str]], ...]

    @property
    def name(self) -> str:
        return str(json.loads(self.resource)["name"])

    def masks(self, member: str) -> bool:
        return any(role == MASKED_READER and member in members for role, members in self.bindings)


def read(documents: Iterable[dict[str, Any]]) -> tuple[DataPolicy, ...]:
    """The data policies of the access file. Raises ValueError for one that the gateway can't enforce."""
    policies = []
    for document in documents:
        resource = {key: value for key, value in document.items() if key != "bindings"}
        rule = (resource.get("dataMaskingPolicy") or {}).get("predefinedExpression")
        if not resource.get("name") or not resource.get("policyTag") or rule not in HIERARCHY:
            raise ValueError(f"data policy {document}: give it a name, a policyTag and one of {', '.join(HIERARCHY)}.")
        bindings = tuple((binding["role"], frozenset(binding["members"])) for binding in document.get("bindings") or ())
        policies.append(DataPolicy(json.dumps(resource), resource["policyTag"], rule, bindings))
    return tuple(policies)


def rule(policies: Iterable[DataPolicy], tags: Iterable[str], member: str) -> str | None:
    """The rule by which the member reads a column with these tags; None when no policy lets them."""
    found = {policy.rule for policy in policies if policy.policy_tag in tags and policy.masks(member)}
    return next((one for one in HIERARCHY if one in found), None)


def install(app: FastAPI) -> None:
    """Adds the routes. Who may call them is in rest: administrators."""
    from sandbox.bigquery.access import identity

    parent = "/v1/projects/{project}/locations/{location}/dataPolicies"

    def found(project: str, location: str, policy_id: str) -> DataPolicy:
        name = f"projects/{project}/locations/{location}/dataPolicies/{policy_id}"
        for policy in identity.policy.data_policies:
            if policy.name == name:
                return policy
        raise BigQueryError("notFound", f"Not found: Data policy {name}")

    @app.get(parent)
    def list_policies(project: str, location: str) -> JSONResponse:
        prefix = f"projects/{project}/locations/{location}/dataPolicies/"
        policies = [one for one in identity.policy.data_policies if one.name.startswith(prefix)]
        return JSONResponse({"dataPolicies": [json.loads(policy.resource) for policy in policies]})

    @app.get(f"{parent}/{{policy_id}}")
    def get_policy(project: str, location: str, policy_id: str) -> JSONResponse:
        return JSONResponse(json.loads(found(project, location, policy_id).resource))

    @app.post(f"{parent}/{{policy_id}}:getIamPolicy")
    def get_bindings(project: str, location: str, policy_id: str) -> JSONResponse:
        bindings = found(project, location, policy_id).bindings
        return JSONResponse({"bindings": [{"role": role, "members": sorted(members)} for role, members in bindings]})

    @app.api_route(f"{parent}{{rest:path}}", methods=["POST", "PATCH", "DELETE"])
    def refuse(rest: str) -> None:
        raise not_implemented("Changing data policies: they are in the access file")
