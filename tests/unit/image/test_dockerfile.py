"""The image is pinned, small and without privileges, as far as its Dockerfile says so."""

import re
import subprocess
import tomllib

import pytest

from tests.unit.image.dockerfile import ROOT, command, copies, ignored, instructions, stages

FINAL = stages()[-1]


def test_every_base_is_pinned_by_its_digest() -> None:
    named = {one.value.partition(" AS ")[2] for one in instructions() if one.name == "FROM"}
    bases = [one.value.partition(" AS ")[0] for one in instructions() if one.name == "FROM"]
    assert [base for base in bases if base not in named] == [bases[0]]
    assert re.fullmatch(r"python:3\.13-slim@sha256:[0-9a-f]{64}", bases[0])


def test_the_base_has_the_projects_python() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert stages()[0][0].value.startswith(f"python:{'.'.join(version.split('.')[:2])}-")


def test_it_runs_as_a_user_without_privileges() -> None:
    [user] = [one.value for one in FINAL if one.name == "USER"]
    assert user.isdecimal() and int(user) >= 10000
    assert FINAL.index(next(one for one in FINAL if one.name == "USER")) > max(
        position for position, one in enumerate(FINAL) if one.name in ("RUN", "COPY")
    )


def test_every_package_is_checked_against_its_hash() -> None:
    installs = [
        part
        for one in instructions()
        if one.name == "RUN"
        for part in one.value.split("&&")
        if re.search(r"pip (install|sync)", part)
    ]
    assert len(installs) == 2 and all("--require-hashes" in part for part in installs)


def test_the_final_stage_installs_nothing_and_downloads_nothing() -> None:
    runs = " ".join(one.value for one in FINAL if one.name == "RUN")
    assert not re.search(r"apt|curl|wget|gcc|pip install", runs) and "pip uninstall" in runs
    assert not [one for one in instructions() if one.name == "ADD"]


def test_its_health_is_that_of_the_server_it_starts() -> None:
    assert command("HEALTHCHECK")[:3] == ["dagster", "api", "grpc-health-check"]
    assert command("HEALTHCHECK")[-1] == command("CMD")[-1] == "4000"


def test_no_secret_and_no_environment_is_built_in() -> None:
    said = " ".join(one.value for one in instructions() if one.name in ("ENV", "ARG"))
    assert not re.search(r"KURA_|GOOGLE_|AWS_|STRIPE|SLACK|KEY|PASSWORD|TOKEN", said)


@pytest.mark.parametrize("source", sorted({source for sources, _ in copies() for source in sources}))
def test_what_it_copies_exists_and_is_in_the_context(source: str) -> None:
    assert (ROOT / source).exists() and not ignored(source)


@pytest.mark.parametrize(
    "path",
    [
        "tests/conftest.py",
        "sandbox/cli.py",
        ".git/config",
        ".env",
        ".venv/bin/python",
        ".sandbox/platform.json",
        "terraform/main.tf",
        "requirements.lock",
        "dbt_project/target/manifest.json",
        "dbt_project/logs/dbt.log",
        "orchestration/__pycache__/cli.cpython-313.pyc",
    ],
)
def test_what_is_no_part_of_the_product_is_not_even_sent_to_the_build(path: str) -> None:
    assert ignored(path)


def test_every_tracked_file_of_the_product_is_copied() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    product = [
        path for path in tracked if path.startswith(("extract/", "governance/", "orchestration/", "dbt_project/"))
    ]
    sources = tuple(f"{source}/" for sources, _ in copies() for source in sources)
    assert product and not [path for path in product if ignored(path) or not path.startswith(sources)]


def test_the_images_lock_is_a_part_of_the_projects_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / name).read_text(), re.MULTILINE))

    runtime = pins("requirements-runtime.lock")
    names = {pin.partition("==")[0] for pin in runtime}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = {re.split(r"[\[<>=]", one)[0] for one in project["project"]["dependencies"]}
    assert runtime < pins("requirements.lock") and declared <= names
    assert not names & {"duckdb", "moto", "pytest", "mypy", "local-bigquery"}
