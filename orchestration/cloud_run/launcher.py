"""Runs as executions of one Cloud Run job, which Terraform makes (terraform/modules/orchestrator).

An execution overrides the job's arguments with those of the run. Its name is a tag of the run, so that any process can
follow and end it: the UI, and the daemon after a restart. The job must not retry: a second attempt would find the run
already started. https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs.executions
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, Self

import dagster as dg
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from google.api_core.exceptions import FailedPrecondition, NotFound, ResourceExhausted
from google.api_core.retry import Retry, if_exception_type
from google.cloud import run_v2

TAG: Final = "kura/execution"
QUOTA: Final = Retry(predicate=if_exception_type(ResourceExhausted), initial=5.0, maximum=30.0, timeout=180.0)
"""Starting is tried again only where the quota of requests refused it: whatever else fails may have started one."""
TIMEOUT: Final = 60.0
"""Seconds that one request may take; the daemon looks after all runs one by one."""


class CloudRunLauncher(RunLauncher[dg.DagsterInstance], ConfigurableClass):
    """Starts, follows and ends runs as executions of `job`, in its container named `container`.

    `job` is the resource name, `projects/<project>/locations/<region>/jobs/<job>`. The clients are made when they are
    used: the instance is also loaded where there are no credentials.
    """

    def __init__(
        self,
        job: str,
        container: str,
        inst_data: ConfigurableClassData | None = None,
        jobs: Callable[[], run_v2.JobsClient] = run_v2.JobsClient,
        executions: Callable[[], run_v2.ExecutionsClient] = run_v2.ExecutionsClient,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._job, self._container, self._inst_data = job, container, inst_data
        self._make_jobs, self._make_executions = jobs, executions

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"job": dg.StringSource, "container": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data, **config_value)

    @cached_property
    def _jobs(self) -> run_v2.JobsClient:
        return self._make_jobs()

    @cached_property
    def _executions(self) -> run_v2.ExecutionsClient:
        return self._make_executions()

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        if context.job_code_origin is None:
            raise dg.DagsterInvariantViolationError(f"run {run.run_id} does not say where its code is; start it anew")
        # Every container has the same DAGSTER_HOME: the worker reads its instance there, and not from its arguments.
        worker = ExecuteRunArgs(context.job_code_origin, run.run_id, instance_ref=None, set_exit_code_on_failure=True)
        override = run_v2.RunJobRequest.Overrides.ContainerOverride(
            name=self._container, args=list(worker.get_command_args())
        )
        request = run_v2.RunJobRequest(
            name=self._job, overrides=run_v2.RunJobRequest.Overrides(container_overrides=[override])
        )
        execution = self._jobs.run_job(request, retry=QUOTA, timeout=TIMEOUT).metadata
        self._instance.add_run_tags(run.run_id, {TAG: execution.name})
        self._report(run, "Started an execution of the Cloud Run job", execution)

    def terminate(self, run_id: str) -> bool:
        """Cancel the run's execution; False where there is nothing to cancel.

        The worker gets SIGTERM and says itself that the run is canceled; the daemon does where it can't.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or TAG not in run.tags:
            return False
        self._instance.report_run_canceling(run)
        try:
            self._executions.cancel_execution(name=run.tags[TAG], timeout=TIMEOUT)
        except (NotFound, FailedPrecondition):
            self._instance.report_run_canceled(run, "Its execution had already ended.")
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether a run that says it is working has a worker. An error of the API is raised: it says nothing of that.

        The daemon takes every other answer than RUNNING or SUCCESS as the end of the run.
        """
        name = run.tags.get(TAG)
        if name is None:
            return CheckRunHealthResult(WorkerStatus.UNKNOWN, "it is not known which execution runs it")
        try:
            execution = self._executions.get_execution(name=name, timeout=TIMEOUT)
        except NotFound:
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"there is no {name}", run_worker_id=name)
        if not execution.completion_time:
            return CheckRunHealthResult(WorkerStatus.RUNNING, run_worker_id=name)
        # Also where the execution succeeded: its worker is gone and has not said how the run ended.
        return CheckRunHealthResult(WorkerStatus.FAILED, _why(execution), run_worker_id=name)

    def get_run_worker_debug_info(self, run: dg.DagsterRun, include_container_logs: bool | None = True) -> str | None:
        name = run.tags.get(TAG)
        return f"Its logs are those of {name}." if name else None

    def _report(self, run: dg.DagsterRun, message: str, execution: run_v2.Execution) -> None:
        about: dict[str, dg.MetadataValue] = {"execution": dg.MetadataValue.text(execution.name)}
        if execution.log_uri:
            about["logs"] = dg.MetadataValue.url(execution.log_uri)
        self._instance.report_engine_event(message, run, EngineEventData(about), cls=type(self))


def _why(execution: run_v2.Execution) -> str:
    """How an execution ended, in Cloud Run's words where it has any."""
    if execution.succeeded_count:
        return "its execution ended without an error, but not its run"
    said = next((one.message for one in execution.conditions if one.type_ == "Completed" and one.message), "")
    ended = "was cancelled" if execution.cancelled_count else "failed"
    return f"its execution {ended}{': ' if said else ''}{said}"
