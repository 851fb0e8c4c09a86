"""What must agree does: the settings of a laptop with the cloud's, and the cloud's with what Terraform makes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
ORCHESTRATION = ROOT / "orchestration"
MODULE = ROOT / "terraform" / "modules" / "orchestrator"


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


def test_terraform_sets_every_variable_that_the_instance_reads_and_no_other() -> None:
    read = re.findall(r"env: (\w+)", (ORCHESTRATION / "cloud_run" / "dagster.yaml").read_text())
    assert set(read) == set(re.findall(r"DAGSTER_\w+", (MODULE / "main.tf").read_text()))


def test_runs_override_the_arguments_of_the_container_that_terraform_gives_the_job() -> None:
    container = settings("cloud_run/dagster.yaml")["run_launcher"]["config"]["container"]
    names = re.findall(r'^ +name += "(.+)"$', (MODULE / "runs.tf").read_text(), re.MULTILINE)
    assert names == [container, "cloud-sql-proxy"]


def test_terraform_names_files_of_the_image() -> None:
    named = [path for file in MODULE.glob("*.tf") for path in re.findall(r'"/app/(.+?)"', file.read_text())]
    assert named == ["orchestration/cloud_run/workspace.yaml"] and all((ROOT / path).exists() for path in named)


def test_the_code_location_listens_where_webserver_and_daemon_look_for_it() -> None:
    [location] = settings("cloud_run/workspace.yaml")["load_from"]
    for file in ("webserver.tf", "daemon.tf"):
        assert f'"--port", "{location["grpc_server"]["port"]}"' in (MODULE / file).read_text()
