"""Terraform, as the tests run it: with the providers' own binaries where those can be had, else with their schemas.

Without network, `check` of the folder `shared/terraform` beside this repository stands in: the real terraform with
providers that know only their schemas (its README says what that does not show). Where there is neither, a test that
needs Terraform is not run and named under "not checked" at the end: it never passes unseen.
"""

import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

REPOSITORY = Path(__file__).parents[2]
TERRAFORM = REPOSITORY / "terraform"
PLATFORM = TERRAFORM / "platform"
MODULES = sorted(path.parent for path in (TERRAFORM / "modules").glob("*/variables.tf"))
ENVIRONMENTS = sorted(path for path in (TERRAFORM / "environments").iterdir() if path.is_dir())
STAND_IN = REPOSITORY.parent / "shared" / "terraform" / "check"
NOT_CHECKED = "not checked: "
TIMEOUT = 600


@dataclass(frozen=True)
class Finished:
    """What a command of Terraform printed, and how it ended."""

    code: int
    output: str

    def messages(self, kind: str) -> Iterator[dict[str, Any]]:
        """The messages of a kind, of a command that was run with `-json`."""
        for line in self.output.splitlines():
            if line.startswith("{") and (message := json.loads(line)).get("type") == kind:
                yield message


def binary(what: str) -> str:
    """The terraform on the PATH."""
    return shutil.which("terraform") or not_checked(
        what, "terraform is not installed; terraform/.terraform-version says which"
    )


def run(directory: Path, command: str, *arguments: str) -> Finished:
    """`terraform validate` or `terraform test` in a folder of this repository."""
    what = f"terraform {command} in {_told(directory)}"
    terraform = binary(what)
    copy = _with_providers(directory)
    if copy is not None:
        return _finished([terraform, f"-chdir={copy}", command, "-no-color", *arguments])
    if STAND_IN.exists():
        return _finished([str(STAND_IN), str(directory), command, *arguments])
    not_checked(what, f"providers cannot be downloaded, and there are no schemas of them in {STAND_IN.parent}")


def not_checked(what: str, why: str) -> NoReturn:
    """Say that a check could not be made on this machine, where what it takes is neither installed nor to be had.

    It is not passed: it is counted as skipped, and named with its reason in the last lines of the whole run.
    """
    pytest.skip(reason=f"{NOT_CHECKED}{what}: {why}")


def _finished(command: list[str]) -> Finished:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    return Finished(done.returncode, done.stdout + done.stderr)


def _told(directory: Path) -> str:
    return str(directory.relative_to(REPOSITORY))


@functools.cache
def _with_providers(directory: Path) -> Path | None:
    """The folder in a copy of this repository's files in which Terraform's providers are installed; None offline."""
    if not _online():
        return None
    copy = _copy() / directory.relative_to(REPOSITORY)
    initialised = _finished(["terraform", f"-chdir={copy}", "init", "-backend=false", "-input=false", "-no-color"])
    assert not initialised.code, initialised.output
    return copy


@functools.cache
def _copy() -> Path:
    """What Terraform reads, copied: `init` writes beside it."""
    copy = Path(tempfile.mkdtemp(prefix="kura-terraform-"))
    for name in ("terraform", "dbt_project/models"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns(".terraform"))
    plugins = Path.home() / ".terraform.d" / "plugin-cache"
    plugins.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TF_PLUGIN_CACHE_DIR", str(plugins))
    return copy


@functools.cache
def _online() -> bool:
    """Whether a provider can be downloaded: the smallest of those in use is tried."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(
            'terraform {\n  required_providers {\n    random = {\n      source = "hashicorp/random"\n    }\n  }\n}\n'
        )
        return not _finished(["terraform", f"-chdir={folder}", "init", "-backend=false", "-input=false"]).code
