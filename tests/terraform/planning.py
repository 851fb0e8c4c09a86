"""The platform's plan with the variables of an environment, as one of its own tests prints it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.terraform import access, running
from tests.terraform.running import PLATFORM

TEST = "tests/platform.tftest.hcl"


@dataclass(frozen=True)
class Plan:
    """What is made, and what comes out."""

    resources: list[access.Resource]
    outputs: Mapping[str, Any]

    def output(self, name: str) -> Any:
        return self.outputs[name]["after"]


def of(environment: Path) -> Plan:
    """The plan of an environment, with providers that are mocked."""
    finished = running.run(
        PLATFORM, "test", "-json", "-verbose", f"-filter={TEST}", f"-var-file={environment / 'terraform.tfvars'}"
    )
    assert not finished.code, finished.output
    plan = next(finished.messages("test_plan"))["test_plan"]
    return Plan(access.planned(plan), plan["output_changes"])
