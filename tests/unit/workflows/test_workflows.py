"""GitHub's workflows: keyless, pinned, with the least permissions, and naming only what exists."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
FILES = [*WORKFLOWS.values(), *ACTIONS]
PINNED = re.compile(r"uses: (?P<action>[\w-]+(?:/[\w.-]+)+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)")
WRITES = {
    "ci": {},
    "deploy": {"id-token"},
    "plan": {"id-token", "pull-requests"},
    "stage": {"id-token"},
}
STAGES = ("dev", "stg", "prd")


def load(path: Path) -> dict[Any, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict), path
    return content


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, path in WORKFLOWS.items():
        for job, content in load(path)["jobs"].items():
            yield name, job, content


def steps() -> Iterator[dict[str, Any]]:
    for _, _, job in jobs():
        yield from job.get("steps", ())
    for path in ACTIONS:
        yield from load(path)["runs"]["steps"]


def scripts() -> list[str]:
    return [step["run"] for step in steps() if "run" in step]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it(path: Path) -> None:
    used = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert [line for line in used if "uses: ./" not in line and not PINNED.search(line)] == []


def test_an_action_has_one_version_everywhere() -> None:
    found = {match.groups() for path in FILES for match in PINNED.finditer(path.read_text(encoding="utf-8"))}
    assert len(found) == len({action for action, _, _ in found}) > 5


def test_a_workflow_grants_nothing_and_a_job_only_what_it_needs() -> None:
    assert WORKFLOWS.keys() == WRITES.keys()
    assert {name: load(path)["permissions"] for name, path in WORKFLOWS.items()} == {name: {} for name in WORKFLOWS}
    for name, job, content in jobs():
        permissions = dict(content["permissions"])
        assert permissions.pop("contents") == "read", f"{name}: {job}"
        assert set(permissions) <= set(WRITES[name]), f"{name}: {job}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_there_is_no_secret_to_steal(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)|secrets:\s*(\w+)", text)) <= {("GITHUB_TOKEN", "")}
    assert "credentials_json" not in text and "aws-secret-access-key" not in text


def test_every_job_ends_in_time() -> None:
    assert [
        f"{name}: {job}"
        for name, job, content in jobs()
        if "uses" not in content and not content.get("timeout-minutes")
    ] == []


def test_what_others_write_reaches_a_script_only_as_a_variable() -> None:
    assert [script for script in scripts() if "${{" in script] == []
    assert [step for step in steps() if "${{" in str(step.get("with", {}).get("script", ""))] == []


@pytest.mark.parametrize("script", scripts())
def test_a_script_is_bash(script: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_what_the_workflows_name_exists() -> None:
    named = {
        match for script in scripts() for match in re.findall(r"(?<![\w/])(?:\.ci|\.github|terraform)/[\w./-]+", script)
    }
    named |= {content["uses"] for _, _, content in jobs() if "uses" in content}
    named |= {f"{step['uses']}/action.yml" for step in steps() if step.get("uses", "").startswith("./")}
    for stage in STAGES:
        named |= {f"terraform/environments/{stage}/{file}" for file in ("backend.hcl", "terraform.tfvars")}
    named |= {"Dockerfile", "requirements.lock"}
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).is_file() and not (ROOT / path).is_dir()] == []


def test_the_outputs_that_scripts_read_are_the_root_modules() -> None:
    read = {name for script in scripts() for name in re.findall(r"terraform \S+ output -raw (\w+)", script)}
    declared = (ROOT / "terraform" / "platform" / "outputs.tf").read_text(encoding="utf-8")
    assert read and read - set(re.findall(r'^output "(\w+)"', declared, re.MULTILINE)) == set()


def test_all_stages_are_one_configuration_and_get_one_digest() -> None:
    deploy = load(WORKFLOWS["deploy"])["jobs"]
    plain = [{**deploy[stage], "needs": None, "with": {**deploy[stage]["with"], "environment": ""}} for stage in STAGES]
    assert plain[0] == plain[1] == plain[2]
    assert plain[0]["with"]["digest"] == "${{ needs.build.outputs.digest }}"
    assert deploy["build"]["outputs"]["digest"] == "${{ steps.build.outputs.digest }}"
    assert [deploy[stage]["with"]["environment"] for stage in STAGES] == list(STAGES)
    assert [deploy[stage]["needs"] for stage in STAGES] == ["build", ["build", "dev"], ["build", "stg"]]
    assert deploy["build"]["needs"] == "test"


def test_only_one_job_builds() -> None:
    builds = [(name, job) for name, job, content in jobs() if "docker/build-push-action" in str(content)]
    assert builds == [("deploy", "build")]


def test_no_step_asks_which_environment_it_is_in() -> None:
    assert [step for step in steps() if re.search(r"\b(dev|stg|prd)\b", str(step))] == []
    assert [name for name, _, content in jobs() if re.search(r"\b(dev|stg|prd)\b", str(content.get("if", "")))] == []


def test_a_fork_is_not_planned() -> None:
    plan = load(WORKFLOWS["plan"])
    assert plan["jobs"]["plan"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert [name for name, path in WORKFLOWS.items() if "pull_request_target" in load(path)[True]] == []


def test_a_stage_is_deployed_once_at_a_time_and_never_broken_off() -> None:
    assert load(WORKFLOWS["stage"])["jobs"]["deploy"]["concurrency"] == {
        "group": "deploy-${{ inputs.environment }}",
        "cancel-in-progress": False,
    }


def test_uv_is_the_one_that_everybody_else_gets() -> None:
    [pinned] = re.findall(r"^uv==(\S+)", (ROOT / "requirements-uv.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert {step["with"]["version"] for step in steps() if "astral-sh/setup-uv" in step.get("uses", "")} == {pinned}


def test_the_variables_that_the_workflows_read_are_those_of_the_bootstrap_guide() -> None:
    read = {name for path in FILES for name in re.findall(r"vars\.(\w+)", path.read_text(encoding="utf-8"))}
    guide = (ROOT / "docs" / "operations" / "bootstrap.md").read_text(encoding="utf-8")
    assert read == set(re.findall(r"gh variable set (\w+)", guide))


def test_a_job_that_signs_in_to_a_cloud_names_its_environment_whose_rules_hold_then() -> None:
    signing_in = {
        (name, job): content.get("environment")
        for name, job, content in jobs()
        if "id-token" in content["permissions"] and "uses" not in content
    }
    assert signing_in == {
        ("deploy", "build"): "dev",
        ("plan", "plan"): "${{ matrix.environment }}-plan",
        ("stage", "deploy"): "${{ inputs.environment }}",
    }


def test_only_what_is_on_main_is_deployed() -> None:
    assert load(WORKFLOWS["deploy"])[True] == {"push": {"branches": ["main"]}}
    assert list(load(WORKFLOWS["stage"])[True]) == ["workflow_call"]


def test_terraform_is_applied_once_with_the_digest_that_was_copied_unchanged() -> None:
    steps_of_a_stage = [step.get("run", "") for step in load(WORKFLOWS["stage"])["jobs"]["deploy"]["steps"]]
    [applying] = [script for script in steps_of_a_stage if re.search(r"platform apply\b", script)]
    [copying] = [script for script in steps_of_a_stage if "imagetools create" in script]
    assert [script for script in scripts() if re.search(r"platform apply\b", script)] == [applying]
    assert '-var="image=$IMAGE@$DIGEST"' in applying
    assert re.search(r'if \[ "\$copied" != "\$DIGEST" \]; then\n.*\n\s+exit 1\n', copying)
    assert steps_of_a_stage.index(copying) < steps_of_a_stage.index(applying)


def test_a_plan_takes_no_lock_and_no_secret() -> None:
    [planning] = [script for script in scripts() if re.search(r"platform plan\b", script)]
    assert "-lock=false" in planning and "-var=with_transfer_secret=false" in planning
    assert "gcloud secrets" not in planning
