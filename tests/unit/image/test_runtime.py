"""What is in the image starts: its packages in an environment of their own, its files, and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import ListRepositoriesResponse
from dagster._serdes import deserialize_value

from sandbox.processes import free_port
from tests.unit.image.dockerfile import ROOT, command, copy_into

SECONDS = 60


@dataclass(frozen=True)
class Image:
    """A folder in the place of the image's root, and the variables of a container of it."""

    root: Path
    variables: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        program = shutil.which(arguments[0], path=self.variables["PATH"])
        assert program, f"{arguments[0]} is not in the image"
        return subprocess.Popen(
            [program, *arguments[1:]],
            cwd=self.root / "app",
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, output
        return output


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    root = tmp_path_factory.mktemp("image")
    copy_into(root)
    uv = subprocess.run(
        ["sh", "bootstrap.sh", "uv"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    venv = root / "opt" / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    subprocess.run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", ROOT / "requirements-runtime.lock"],
        env=os.environ | {"VIRTUAL_ENV": str(venv)},
        check=True,
    )
    home = root / "home"
    home.mkdir()
    policy_tags = {
        f"KURA_POLICY_TAG_{tag}": f"projects/koe-dev/locations/us/taxonomies/1/policyTags/{number}"
        for number, tag in enumerate(("RESTRICTED", "PII", "FINANCIAL"))
    }
    variables = {
        "PATH": f"{venv}/bin:{root}/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(root / "app"),
        "DAGSTER_HOME": str(home),
        "HOME": str(root),
        "KURA_ENVIRONMENT": "dev",
        "GOOGLE_CLOUD_PROJECT": "koe-dev",
        "KURA_LOCATION": "US",
        "KURA_LANDING_BUCKET": "koe-dev-landing",
        "KURA_EXPORT_BUCKET": "koe-dev-exports",
        "KURA_EXPORT_KMS_KEY": "arn:aws:kms:ap-northeast-1:123456789012:key/1",
        "KURA_EXPORT_ROLE": "arn:aws:iam::123456789012:role/export",
        "KURA_AURORA_CLUSTER": "koe",
        "KURA_AURORA_DATABASE": "koe",
        "STRIPE_API_KEY": "sk_test_not_to_be_seen",
        **policy_tags,
    }
    return Image(root, variables)


@pytest.fixture
def code_location(image: Image) -> Iterator[int]:
    """The port of the image's default command, once it says that it serves."""
    port = free_port()
    server = image.start(*command("CMD")[:-3], "127.0.0.1", "--port", str(port))
    assert server.stdout
    said = []
    for line in server.stdout:
        said.append(line)
        if "Started Dagster code server" in line:
            break
    assert server.poll() is None, "".join(said)
    yield port
    server.kill()
    server.communicate(timeout=SECONDS)


def test_the_command_has_no_part_that_is_not_in_the_image(image: Image) -> None:
    output = image.run("kura", "--help")
    assert "run" in output and "dashboards" in output and "sandbox" not in output


def test_what_the_cloud_needs_is_there_and_what_is_not_of_the_product_is_not(image: Image) -> None:
    settings = image.root / "var" / "lib" / "dagster" / "dagster.yaml"
    assert settings.read_text() == (ROOT / "orchestration" / "cloud_run" / "dagster.yaml").read_text()
    script = """
from importlib.util import find_spec
import dagster_postgres, orchestration.cloud_run.launcher
print([name for name in ("sandbox", "tests", "pytest", "duckdb", "pip") if find_spec(name)])
"""
    assert image.run("python", "-c", script) == "[]\n"


def test_its_default_command_serves_the_definitions_and_is_found_healthy(image: Image, code_location: int) -> None:
    image.run(*command("HEALTHCHECK")[:-1], str(code_location))
    answer = DagsterGrpcClient(host="127.0.0.1", port=code_location).list_repositories()
    repositories = deserialize_value(answer, ListRepositoriesResponse)
    assert [symbol.attribute for symbol in repositories.repository_symbols] == ["definitions"]
