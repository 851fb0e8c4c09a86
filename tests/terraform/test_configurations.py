"""Every module, example and environment is formatted, valid, tested and documented."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.terraform import running
from tests.terraform.running import ENVIRONMENTS, MODULES, PLATFORM, REPOSITORY, TERRAFORM

EXAMPLES = sorted(path.parent for path in TERRAFORM.glob("modules/*/examples/*/main.tf"))
DECLARED = re.compile(r'^(variable|output) "(\w+)"', re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)`", re.MULTILINE)
RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
HOLDS_DATA = {
    "aws_kms_key",
    "aws_s3_bucket",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_data_catalog_policy_tag",
    "google_data_catalog_taxonomy",
    "google_secret_manager_secret",
    "google_sql_database",
    "google_sql_database_instance",
    "google_storage_bucket",
}
"""What is lost with them nobody brings back: data, or what protects and decrypts it."""
TABLE = re.compile(r"^\| (?:name|input|output)s? \|.*\n(?:\|.*\n)+", re.MULTILINE)  # of inputs or outputs


def name(directory: Path) -> str:
    return str(directory.relative_to(TERRAFORM))


def test_every_file_is_formatted() -> None:
    done = subprocess.run(
        [running.binary("terraform fmt"), "fmt", "-check", "-recursive", "-diff", str(TERRAFORM)],
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("directory", [*MODULES, *EXAMPLES, PLATFORM], ids=name)
def test_it_is_valid(directory: Path) -> None:
    finished = running.run(directory, "validate")
    assert not finished.code, finished.output


@pytest.mark.parametrize("directory", MODULES, ids=name)
def test_its_own_tests_pass(directory: Path) -> None:
    finished = running.run(directory, "test", "-json")
    assert not finished.code, finished.output
    (summary,) = finished.messages("test_summary")
    assert summary["test_summary"]["passed"], "no test ran"


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=name)
def test_the_tests_of_the_platform_pass_with_the_values_of_every_environment(environment: Path) -> None:
    finished = running.run(PLATFORM, "test", f"-var-file={environment / 'terraform.tfvars'}")
    assert not finished.code, finished.output


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_has_tests_an_example_and_a_readme_that_names_what_goes_in_and_comes_out(module: Path) -> None:
    assert list(module.glob("tests/*.tftest.hcl"))
    assert list(module.glob("examples/*/main.tf"))
    declared = [found for path in sorted(module.glob("*.tf")) for found in DECLARED.findall(path.read_text())]
    tables = TABLE.findall((module / "README.md").read_text())
    documented = [name for table in tables for name in ROW.findall(table)]
    assert sorted(documented) == sorted(found for _, found in declared)


@pytest.mark.parametrize("path", sorted(TERRAFORM.rglob("*.tf")), ids=name)
def test_variables_and_outputs_say_what_they_are(path: Path) -> None:
    for block in re.split(r"^(?=\w)", path.read_text(), flags=re.MULTILINE):
        if block.startswith("variable"):
            assert re.search(r"^\s+type\s+=", block, re.MULTILINE), block
        if block.startswith(("variable", "output")):
            assert re.search(r"^\s+description\s+=", block, re.MULTILINE), block


@pytest.mark.parametrize("path", sorted(TERRAFORM.rglob("*.tf")), ids=name)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_terraform_refuses_to_destroy_what_holds_data() -> None:
    blocks = [
        (kind, f"{name(path.parent)}: {kind}.{label}", body)
        for path in sorted(TERRAFORM.glob("modules/*/*.tf"))
        for kind, label, body in RESOURCE.findall(path.read_text())
    ]
    assert {kind for kind, _, _ in blocks} >= HOLDS_DATA
    assert [
        which for kind, which, body in blocks if kind in HOLDS_DATA and "    prevent_destroy = true\n" not in body
    ] == []


def test_every_module_is_part_of_the_platform() -> None:
    called = re.findall(r'source\s+=\s+"\.\./modules/([\w-]+)"', "".join(p.read_text() for p in PLATFORM.glob("*.tf")))
    assert set(called) == {module.name for module in MODULES}


def test_the_readme_of_terraform_names_every_module() -> None:
    text = (REPOSITORY / "terraform" / "README.md").read_text()
    for module in MODULES:
        assert f"modules/{module.name}/" in text
