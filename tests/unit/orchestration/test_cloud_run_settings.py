"""The instance's two settings files say the same where they must: a laptop and the cloud run by one set of rules."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ORCHESTRATION = Path(__file__).parents[3] / "orchestration"


def settings(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ORCHESTRATION / name).read_text())
    return content


@pytest.mark.parametrize("section", ["concurrency", "telemetry", "nux"])
def test_a_laptop_and_the_cloud_agree(section: str) -> None:
    assert settings("cloud_run/dagster.yaml")[section] == settings("dagster.yaml")[section]


def test_the_cloud_has_no_password() -> None:
    assert settings("cloud_run/dagster.yaml")["storage"]["postgres"]["postgres_db"]["password"] == ""


def test_webserver_and_daemon_find_the_code_at_one_address_under_the_name_that_runs_have() -> None:
    from orchestration.daily import LOCATION

    [location] = settings("cloud_run/workspace.yaml")["load_from"]
    assert location["grpc_server"]["location_name"] == LOCATION
