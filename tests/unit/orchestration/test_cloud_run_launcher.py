"""A run is one execution of the job: started with the run's arguments, followed by its name, ended when asked to."""

from collections.abc import Iterator

import dagster as dg
import grpc
import pytest
from dagster._core.launcher.base import LaunchRunContext, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import deserialize_value
from google.api_core.exceptions import ServiceUnavailable

from orchestration.cloud_run import launcher
from orchestration.cloud_run.launcher import CloudRunLauncher
from tests.cloud_run import JOB, CloudRun, serving

FIRST = f"{JOB}/executions/runs-1"


@dg.job
def nothing() -> None:
    pass


class Platform:
    """A Dagster instance with a run to start, the launcher, and Cloud Run."""

    def __init__(self, dagster: dg.DagsterInstance, launcher: CloudRunLauncher, cloud: CloudRun) -> None:
        self.dagster, self.launcher, self.cloud = dagster, launcher, cloud
        origin = dg.reconstructable(nothing).get_python_origin()
        self.run_id = dagster.create_run_for_job(nothing, job_code_origin=origin).run_id

    @property
    def run(self) -> dg.DagsterRun:
        run = self.dagster.get_run_by_id(self.run_id)
        assert run is not None
        return run

    def launch(self) -> None:
        self.launcher.launch_run(LaunchRunContext(self.run, workspace=None))

    def health(self) -> tuple[WorkerStatus, str | None]:
        result = self.launcher.check_run_worker_health(self.run)
        return result.status, result.msg


@pytest.fixture
def platform() -> Iterator[Platform]:
    cloud = CloudRun()
    with dg.DagsterInstance.ephemeral() as dagster, serving(cloud) as launcher:
        launcher.register_instance(dagster)
        yield Platform(dagster, launcher, cloud)


def test_a_run_is_an_execution_with_the_runs_arguments_in_the_container_of_the_run(platform: Platform) -> None:
    platform.launch()
    [request] = platform.cloud.requests
    [container] = request.overrides.container_overrides
    *command, arguments = container.args
    assert (request.name, container.name, command[-2:]) == (JOB, "run", ["api", "execute_run"])
    worker = deserialize_value(arguments, ExecuteRunArgs)
    assert (worker.run_id, worker.instance_ref, worker.set_exit_code_on_failure) == (platform.run_id, None, True)
    assert platform.run.tags[launcher.TAG] == FIRST


def test_the_event_log_leads_to_the_executions_logs(platform: Platform) -> None:
    platform.launch()
    [event] = [entry.dagster_event for entry in platform.dagster.all_logs(platform.run_id) if entry.dagster_event]
    assert event.engine_event_data.metadata["logs"].value == "https://console.cloud.google.com/logs"


def test_a_start_that_the_quota_refuses_is_tried_again(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("google.api_core.retry.retry_unary.time.sleep", waits.append)
    platform.cloud.refusals = [grpc.StatusCode.RESOURCE_EXHAUSTED] * 2
    platform.launch()
    assert len(waits) == 2 and len(platform.cloud.requests) == 1


def test_a_start_of_which_nothing_is_known_is_not_tried_again(platform: Platform) -> None:
    platform.cloud.refusals = [grpc.StatusCode.UNAVAILABLE]
    with pytest.raises(ServiceUnavailable):
        platform.launch()
    assert not platform.cloud.requests and not platform.cloud.refusals


def test_a_run_without_a_way_to_its_code_is_refused_before_anything_starts(platform: Platform) -> None:
    platform.run_id = platform.dagster.create_run_for_job(nothing).run_id
    with pytest.raises(dg.DagsterInvariantViolationError, match="where its code is"):
        platform.launch()
    assert not platform.cloud.requests


def test_a_worker_is_healthy_until_its_execution_has_ended(platform: Platform) -> None:
    platform.launch()
    assert platform.health() == (WorkerStatus.RUNNING, None)
    platform.cloud.end(FIRST, "Memory limit of 4 GiB exceeded.", failed_count=1)
    assert platform.health() == (WorkerStatus.FAILED, "its execution failed: Memory limit of 4 GiB exceeded.")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        ("cancelled_count", "its execution was cancelled"),
        ("succeeded_count", "its execution ended without an error, but not its run"),
    ],
)
def test_a_worker_that_ended_without_saying_how_the_run_ended_has_failed(
    platform: Platform, count: str, said: str
) -> None:
    platform.launch()
    platform.cloud.end(FIRST, **{count: 1})
    assert platform.health() == (WorkerStatus.FAILED, said)


def test_a_worker_whose_execution_is_gone_is_not_found(platform: Platform) -> None:
    platform.launch()
    platform.cloud.executions.clear()
    assert platform.health()[0] is WorkerStatus.NOT_FOUND


def test_a_run_of_which_the_execution_is_unknown_is_no_healthy_run(platform: Platform) -> None:
    assert platform.health() == (WorkerStatus.UNKNOWN, "it is not known which execution runs it")


def test_an_error_of_the_api_is_never_taken_for_the_end_of_a_worker(platform: Platform) -> None:
    platform.launch()
    platform.cloud.refusals = [grpc.StatusCode.UNAVAILABLE]
    with pytest.raises(ServiceUnavailable):
        platform.health()


def test_terminating_a_run_cancels_its_execution_and_leaves_the_rest_to_the_worker(platform: Platform) -> None:
    platform.launch()
    assert platform.launcher.terminate(platform.run_id)
    assert (platform.cloud.cancelled, platform.run.status) == ([FIRST], dg.DagsterRunStatus.CANCELING)


def test_terminating_a_run_whose_execution_has_ended_ends_the_run(platform: Platform) -> None:
    platform.launch()
    platform.cloud.end(FIRST, failed_count=1)
    assert platform.launcher.terminate(platform.run_id)
    assert platform.run.status is dg.DagsterRunStatus.CANCELED


def test_there_is_nothing_to_terminate_where_nothing_was_started_or_all_has_ended(platform: Platform) -> None:
    assert not platform.launcher.terminate(platform.run_id)
    platform.launch()
    platform.dagster.report_run_failed(platform.run)
    assert not platform.launcher.terminate(platform.run_id)
    assert not platform.cloud.cancelled


def test_what_the_daemon_adds_to_a_failure_leads_to_the_logs(platform: Platform) -> None:
    assert platform.launcher.get_run_worker_debug_info(platform.run) is None
    platform.launch()
    assert platform.launcher.get_run_worker_debug_info(platform.run) == f"Its logs are those of {FIRST}."
