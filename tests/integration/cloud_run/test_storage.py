"""The instance of the cloud, loaded by Dagster from its own file, with a real PostgreSQL in the place of Cloud SQL.

The proxy's part, to log an account in without a password of ours, is done by libpq's variable PGPASSWORD.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.reconstruct import ReconstructableJob
from dagster._core.launcher.base import LaunchRunContext
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster_postgres import PostgresEventLogStorage

from orchestration import instance
from orchestration.cloud_run.launcher import CloudRunLauncher
from sandbox import postgres, processes
from tests.cloud_run import JOB, CloudRun, serving
from tests.support import without_settings

ROOT = Path(__file__).parents[3]
SETTINGS = ROOT / "orchestration" / "cloud_run" / "dagster.yaml"
PASSWORD = "of-the-proxy"
ORCHESTRATOR, PLATFORM = "orchestrator@koe-dev.iam", "platform@koe-dev.iam"
# As Cloud SQL has it: databases belong to cloudsqlsuperuser, and both accounts are members of it, which terraform says.
SETUP = f"""\
CREATE ROLE cloudsqlsuperuser CREATEDB CREATEROLE
CREATE ROLE "{ORCHESTRATOR}" LOGIN PASSWORD '{PASSWORD}' IN ROLE cloudsqlsuperuser
CREATE ROLE "{PLATFORM}" LOGIN PASSWORD '{PASSWORD}' IN ROLE cloudsqlsuperuser
CREATE DATABASE dagster OWNER cloudsqlsuperuser
"""
CODE = """\
import dagster as dg

@dg.op
def work(context):
    context.log.info("worked")

@dg.job(executor_def=dg.in_process_executor)
def tiny():
    work()
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("cloud_sql")
    home.chmod(0o755)  # PostgreSQL is another user where this one is root
    port = processes.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "SETUP", SETUP)
        postgres.start(home / "data", port, home / "postgres.log")
    yield port
    postgres.stop(home / "data")


@pytest.fixture
def variables(tmp_path: Path, port: int) -> Callable[[str], dict[str, str]]:
    """The variables of a container that runs with an account, and its DAGSTER_HOME as the image has it."""

    def of(account: str) -> dict[str, str]:
        home = tmp_path / account
        home.mkdir(exist_ok=True)
        shutil.copy(SETTINGS, home)
        return {
            "DAGSTER_HOME": str(home),
            "DAGSTER_POSTGRES_PORT": str(port),
            "DAGSTER_POSTGRES_USER": account,
            "DAGSTER_POSTGRES_DB": "dagster",
            "DAGSTER_CLOUD_RUN_JOB": JOB,
            "PGPASSWORD": PASSWORD,
        }

    return of


@pytest.fixture
def orchestrator(
    variables: Callable[[str], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    for name, value in variables(ORCHESTRATOR).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as dagster:
        yield dagster


def test_dagster_loads_the_instance_that_the_file_describes(orchestrator: dg.DagsterInstance) -> None:
    assert isinstance(orchestrator.event_log_storage, PostgresEventLogStorage)
    assert isinstance(orchestrator.run_launcher, CloudRunLauncher)
    assert isinstance(orchestrator.compute_log_manager, NoOpComputeLogManager)
    assert orchestrator.run_monitoring_enabled and orchestrator.run_monitoring_max_resume_run_attempts == 0
    assert orchestrator.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
    assert not orchestrator.telemetry_enabled and not orchestrator.nux_enabled


def test_preparing_a_home_leaves_the_settings_of_the_image_as_they_are(
    variables: Callable[[str], dict[str, str]],
) -> None:
    home = Path(variables(ORCHESTRATOR)["DAGSTER_HOME"])
    instance.prepare(home)
    assert (home / "dagster.yaml").read_text() == SETTINGS.read_text()


def test_what_a_run_with_its_own_account_does_is_seen_by_the_one_that_started_it(
    orchestrator: dg.DagsterInstance, variables: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    file = tmp_path / "tiny.py"
    file.write_text(CODE)
    job = ReconstructableJob.for_file(str(file), "tiny")
    run = orchestrator.create_run_for_job(job.get_definition(), job_code_origin=job.get_python_origin())
    cloud = CloudRun()
    with serving(cloud) as launcher:
        launcher.register_instance(orchestrator)
        launcher.launch_run(LaunchRunContext(run, workspace=None))
    [request] = cloud.requests
    [container] = request.overrides.container_overrides
    task = subprocess.run(
        [sys.executable, "-m", "orchestration.cloud_run.task", *container.args],
        cwd=ROOT,
        env=without_settings() | variables(PLATFORM) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert task.returncode == 0, task.stderr
    finished = orchestrator.get_run_by_id(run.run_id)
    assert finished and finished.status is dg.DagsterRunStatus.SUCCESS
    assert "worked" in [entry.user_message for entry in orchestrator.all_logs(run.run_id)]
