"""A static scan of all that is configured finds nothing, but for exceptions that give their reason in place."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.running import REPOSITORY, TERRAFORM

SCANNER = Path(sys.prefix) / "scan"
SCANS = {
    "terraform": ["--directory", str(TERRAFORM)],
    "dockerfile": ["--file", str(REPOSITORY / "Dockerfile")],
    "github_actions": ["--directory", str(REPOSITORY)],
}


def scan(framework: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "checkov.main", "--framework", framework, "--output", "json", "--skip-download"]
    done = subprocess.run(
        [*command, *SCANS[framework], "--skip-path", r"\.venv", "--skip-path", r"\.sandbox"],
        env=os.environ | {"PYTHONPATH": str(SCANNER), "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.lstrip().startswith("{"), done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("framework", SCANS)
def test_the_scanner_finds_nothing_that_is_not_reasoned_in_place(framework: str) -> None:
    found = scan(framework)
    results = found["results"]
    assert results["passed_checks"], "nothing was scanned"
    assert not results.get("parsing_errors")
    failed = [
        f"{one['check_id']} {one['check_name']}: {one['file_path']} {one['resource']}"
        for one in results["failed_checks"]
    ]
    assert not failed, "\n".join(sorted(set(failed)))
    for skipped in results.get("skipped_checks", []):
        reason = skipped["check_result"].get("suppress_comment") or ""
        assert len(reason.split()) > 3, f"{skipped['check_id']} in {skipped['file_path']}: {reason!r} is no reason"
