"""The last step of a deployment: whether the services of an image serve it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SERVING = Path(__file__).parents[3] / ".github" / "scripts" / "serving.py"
IMAGE = "asia-northeast1-docker.pkg.dev/koe-dev/kura/kura@sha256:" + "1" * 64
OTHER = "asia-northeast1-docker.pkg.dev/koe-dev/kura/metabase@sha256:" + "2" * 64


def service(image: str = IMAGE, **status: Any) -> dict[str, Any]:
    """A service as `gcloud run services list --format=json` prints it, with all that serving.py reads."""
    serving = {
        "latestCreatedRevisionName": "dagster-00007-abc",
        "latestReadyRevisionName": "dagster-00007-abc",
        "conditions": [{"type": "Ready", "status": "True"}],
        "traffic": [{"revisionName": "dagster-00007-abc", "percent": 100, "latestRevision": True}],
    }
    return {
        "metadata": {"name": "dagster"},
        "spec": {"template": {"spec": {"containers": [{"image": image}]}}},
        "status": {**serving, **status},
    }


def check(*services: dict[str, Any]) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, SERVING, IMAGE], input=json.dumps(services), capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout.strip()


def test_a_service_whose_newest_revision_gets_all_requests_serves() -> None:
    assert check(service(), service(OTHER, conditions=[])) == (0, f"dagster serves {IMAGE}")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            {"conditions": [{"type": "Ready", "status": "False", "message": "the container did not listen"}]},
            "dagster is not ready: the container did not listen",
        ),
        (
            {"latestReadyRevisionName": "dagster-00006-xyz"},
            "dagster serves dagster-00006-xyz, and its newest revision dagster-00007-abc is not ready",
        ),
        (
            {"traffic": [{"revisionName": "dagster-00006-xyz", "percent": 100}]},
            "dagster sends 0 % of its requests to its newest revision dagster-00007-abc",
        ),
    ],
)
def test_a_service_that_serves_something_else_is_named_with_the_reason(status: dict[str, Any], message: str) -> None:
    assert check(service(**status)) == (1, message)


def test_an_image_that_nothing_runs_is_a_failure() -> None:
    code, message = check(service(OTHER))
    assert code == 1
    assert message.startswith(f"no Cloud Run service has the image {IMAGE}")
