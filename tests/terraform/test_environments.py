"""The environments differ in the values of variables and in nothing else."""

import re
from pathlib import Path

import pytest

from tests.terraform.running import ENVIRONMENTS, PLATFORM, TERRAFORM

ASSIGNED = re.compile(r"^(\w+)\s*=", re.MULTILINE)
FILES = {"terraform.tfvars", "backend.hcl"}


def assigned(environment: str, file: str) -> list[str]:
    return ASSIGNED.findall((TERRAFORM / "environments" / environment / file).read_text())


def test_there_are_three() -> None:
    assert [environment.name for environment in ENVIRONMENTS] == ["dev", "prd", "stg"]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name)
def test_an_environment_is_two_files_of_values(environment: Path) -> None:
    assert {path.name for path in environment.iterdir()} == FILES
    for file in FILES:
        for line in (environment / file).read_text().splitlines():
            assert not re.match(r"(resource|module|data|locals|provider|terraform|variable|output)\b", line), line


@pytest.mark.parametrize("file", sorted(FILES))
def test_all_environments_set_the_same_variables(file: str) -> None:
    sets = {environment.name: sorted(assigned(environment.name, file)) for environment in ENVIRONMENTS}
    assert sets["stg"] == sets["dev"]
    assert sets["prd"] == sets["dev"]


def test_each_sets_its_own_name_project_account_and_state() -> None:
    for file, variable in [
        ("terraform.tfvars", "environment"),
        ("terraform.tfvars", "project"),
        ("terraform.tfvars", "aws_account_id"),
        ("backend.hcl", "bucket"),
    ]:
        values = set()
        for environment in ENVIRONMENTS:
            found = re.search(rf'^{variable}\s*=\s*"(.+)"', (environment / file).read_text(), re.MULTILINE)
            assert found, f"{environment.name} does not set {variable}"
            values.add(found[1])
        assert len(values) == len(ENVIRONMENTS), f"{variable}: {values}"


def test_only_variables_that_exist_are_set() -> None:
    declared = set(re.findall(r'^variable "(\w+)"', (PLATFORM / "variables.tf").read_text(), re.MULTILINE))
    assert set(assigned("dev", "terraform.tfvars")) <= declared


def test_no_code_names_what_belongs_to_one_environment() -> None:
    own = {
        value
        for variable in ("project", "project_number", "aws_account_id")
        for environment in ENVIRONMENTS
        for value in re.findall(
            rf'^{variable}\s*=\s*"(.+)"', (environment / "terraform.tfvars").read_text(), re.MULTILINE
        )
    }
    code = {
        str(path.relative_to(TERRAFORM)): re.sub(
            r"^\s*(#|description\s*=|error_message\s*=).*", "", path.read_text(), flags=re.M
        )
        for path in TERRAFORM.rglob("*.tf")
        if "examples" not in path.parts
    }
    assert own and code
    assert [(name, value) for name, text in code.items() for value in own if value in text] == []


@pytest.mark.parametrize("path", sorted(TERRAFORM.rglob("*.tf")), ids=lambda path: str(path.relative_to(TERRAFORM)))
def test_no_code_asks_which_environment_it_is(path: Path) -> None:
    text = path.read_text()
    if path == PLATFORM / "variables.tf":
        text = re.sub(r"  validation \{.*?\n  \}\n", "", text, flags=re.DOTALL)
    assert not re.search(r"var\.environment\s*[!=]=|\blocal\.environment\s*[!=]=", text)
    assert not re.search(r"[!=]=\s*var\.environment", text)
    assert not re.search(r"(lookup|contains|startswith|endswith|regex)\([^)]*var\.environment", text)
    assert not re.search(r"\[\s*var\.environment\s*\]", text)
    if "examples" not in path.parts and path != PLATFORM / "variables.tf":
        assert not re.search(r'"(dev|stg|prd)"', text), "a module knows an environment"
