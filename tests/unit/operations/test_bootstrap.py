"""The guide from two empty accounts to the first run: its commands are shell, and what it names is there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "operations" / "bootstrap.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PLATFORM = ROOT / "terraform" / "platform"


def declared(kind: str) -> set[str]:
    """Names of the root module's variables, outputs or modules."""
    files = sorted(PLATFORM.glob("*.tf"))
    return {name for file in files for name in re.findall(rf'^{kind} "(\w+)"', file.read_text(encoding="utf-8"), re.M)}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_commands_is_shell(block: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_step_says_what_it_prints() -> None:
    steps = re.split(r"^## \d+\. ", TEXT, flags=re.MULTILINE)[2:]  # the first has nothing but names
    assert len(steps) > 10
    silent = [
        step.splitlines()[0] for step in steps if "```sh" in step and not re.search(r"^    \S", step, re.MULTILINE)
    ]
    assert silent == []


def test_the_outputs_and_modules_that_commands_name_are_the_root_modules() -> None:
    outputs = set(re.findall(r"tf output -raw (\w+)", TEXT))
    modules = set(re.findall(r"-target=module\.(\w+)", TEXT))
    assert len(outputs) > 2 and len(modules) > 3
    assert outputs - declared("output") == set()
    assert modules - declared("module") == set()


def test_the_variables_that_are_filled_in_by_hand_are_the_root_modules() -> None:
    named = {"project_number", "image", "image_readers", "service_account_keys_allowed", "organization_policies"}
    named |= {"alerts", "transfer", "aurora", "spreadsheets", "limits", "aws_account_id"}
    assert {name for name in named if name not in TEXT} == set()
    assert named - declared("variable") == set()


def test_every_page_that_is_linked_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (GUIDE.parent / link).is_file()] == []


def test_the_job_that_is_executed_by_hand_is_that_of_runs() -> None:
    module = (ROOT / "terraform" / "modules" / "orchestrator" / "main.tf").read_text(encoding="utf-8")
    settings = (ROOT / "orchestration" / "cloud_run" / "dagster.yaml").read_text(encoding="utf-8")
    assert re.findall(r"gcloud run jobs execute (\S+)", TEXT) == re.findall(r'runs\s+= "([\w-]+)"', module)
    assert re.findall(r"--container=(\S+)", TEXT) == re.findall(r"^    container: (\S+)", settings, re.MULTILINE)
