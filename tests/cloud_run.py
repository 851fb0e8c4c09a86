"""Cloud Run's API as far as the run launcher uses it: a gRPC server in this process, behind the real clients."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import grpc
from google.cloud import run_v2
from google.cloud.run_v2.services.executions.transports import ExecutionsGrpcTransport
from google.cloud.run_v2.services.jobs.transports import JobsGrpcTransport
from google.longrunning import operations_pb2
from google.protobuf import any_pb2

from orchestration.cloud_run.launcher import CloudRunLauncher

JOB = "projects/koe-dev/locations/asia-northeast1/jobs/runs"


class CloudRun:
    """What was asked for, and the executions that there are, by name. `refusals` are answered before all else."""

    def __init__(self) -> None:
        self.requests: list[run_v2.RunJobRequest] = []
        self.cancelled: list[str] = []
        self.executions: dict[str, run_v2.Execution] = {}
        self.refusals: list[grpc.StatusCode] = []

    def end(self, name: str, message: str = "", **counts: int) -> None:
        """Let an execution end, with `succeeded_count`, `failed_count` or `cancelled_count` of 1."""
        conditions = [run_v2.Condition(type_="Completed", message=message)]
        self.executions[name] = run_v2.Execution(
            name=name, completion_time=datetime.now(UTC), conditions=conditions, **counts
        )

    def run_job(self, request: run_v2.RunJobRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        self.requests.append(request)
        name = f"{request.name}/executions/runs-{len(self.requests)}"
        self.executions[name] = run_v2.Execution(name=name, log_uri="https://console.cloud.google.com/logs", job="runs")
        metadata = any_pb2.Any()
        metadata.Pack(run_v2.Execution.pb(self.executions[name]))
        return operations_pb2.Operation(name="operations/1", metadata=metadata)

    def get_execution(self, request: run_v2.GetExecutionRequest, context: grpc.ServicerContext) -> run_v2.Execution:
        if request.name not in self.executions:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such execution")
        return self.executions[request.name]

    def cancel_execution(
        self, request: run_v2.CancelExecutionRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        if self.get_execution(run_v2.GetExecutionRequest(name=request.name), context).completion_time:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the execution has ended")
        self.cancelled.append(request.name)
        return operations_pb2.Operation(name="operations/2")

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        def method(answer: Any, request: Any) -> grpc.RpcMethodHandler:
            def respond(message: Any, context: grpc.ServicerContext) -> Any:
                if self.refusals:
                    context.abort(self.refusals.pop(0), "refused")
                return answer(message, context)

            return grpc.unary_unary_rpc_method_handler(respond, request.deserialize, serialized)

        return [
            grpc.method_handlers_generic_handler(
                "google.cloud.run.v2.Jobs", {"RunJob": method(self.run_job, run_v2.RunJobRequest)}
            ),
            grpc.method_handlers_generic_handler(
                "google.cloud.run.v2.Executions",
                {
                    "GetExecution": method(self.get_execution, run_v2.GetExecutionRequest),
                    "CancelExecution": method(self.cancel_execution, run_v2.CancelExecutionRequest),
                },
            ),
        ]


def serialized(message: Any) -> bytes:
    plain = type(message).pb(message) if isinstance(message, run_v2.Execution) else message
    return bytes(plain.SerializeToString())


@contextmanager
def serving(cloud: CloudRun) -> Iterator[CloudRunLauncher]:
    """The launcher, whose clients talk to this Cloud Run."""
    server = grpc.server(ThreadPoolExecutor(2), handlers=cloud.handlers())
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield CloudRunLauncher(
            JOB,
            "run",
            jobs=lambda: run_v2.JobsClient(transport=JobsGrpcTransport(channel=channel)),
            executions=lambda: run_v2.ExecutionsClient(transport=ExecutionsGrpcTransport(channel=channel)),
        )
    server.stop(None)
