"""Staging and build: one step runs `dbt build` for the run's window.

dbt runs inside the step's process: starting another one would cost seconds of imports, and could outlive the step.
"""

import json
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_subset_selection_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import msg_to_dict
from google.cloud import bigquery

from extract.errors import Terminal, Transient, one_line
from extract.outside import google_cloud
from orchestration import clients, leftovers, lifeline, lineage_guard, reachability, retries
from orchestration.defs import columns
from orchestration.environment import Environment
from orchestration.manifest import PROJECT, parsed
from orchestration.partitions import ONE_DAY_A_RUN, window_of
from orchestration.publication import states
from orchestration.publication.audit import FAILED, Audit
from orchestration.publication.project import Project
from orchestration.scan_guard import ScanGuard

STEP: Final = "dbt_build"
KEPT_RUNS: Final = 10
SILENCE: Final = 10.0
"""Seconds without a word from dbt after which it is asked whether BigQuery answers at all."""
UNANSWERED: Final = 3
"""How often in a row it may be found silent."""


class Translator(DagsterDbtTranslator):
    """dbt's datasets give keys and groups; descriptions are the models' own, without their SQL."""

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self._environment = environment

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["schema"])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["description"])

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        metadata = dict(super().get_metadata(dbt_resource_props))
        if "dagster/column_schema" in metadata:
            metadata["dagster/column_schema"] = columns.of_model(dbt_resource_props, self._environment)
        return metadata


def build(
    environment: Environment, manifest: Mapping[str, Any], partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The models as assets and their tests as checks, all in one step."""
    translator, project = Translator(environment), Project(manifest)

    @dbt_assets(
        manifest=manifest,
        dagster_dbt_translator=translator,
        partitions_def=partitions,
        backfill_policy=ONE_DAY_A_RUN,
        name=STEP,
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        with lifeline.step(environment.dagster_home), retries.told(context):
            client = clients.bigquery_client(environment)
            leftovers.wait(client, context.log.info)
            states.forget_unsound(client, project, context.log.info)
            target = _target(environment.dagster_home, context.run_id)
            arguments = _arguments(context, manifest, translator, target)
            guard = ScanGuard(client)
            for event in _invoke(arguments, context.log, lambda: reachability.of_warehouse(environment), guard):
                if isinstance(event, dbtRunnerResult):
                    partition_id = window_of(context, environment.timezone).partition_id
                    _end(event, target, Audit(client, environment, project, partition_id, context.run_id))
                    return
                for result in event.to_default_asset_events(manifest, translator, context, target):
                    if isinstance(result, dg.Output):
                        key = context.asset_key_for_output(result.output_name)
                        yield result.with_metadata({**result.metadata, **_size(client, key, result.metadata)})
                    else:
                        yield result

    return models


def _arguments(
    context: dg.AssetExecutionContext, manifest: Mapping[str, Any], translator: Translator, target: Path
) -> list[str]:
    selection: list[str] = []
    indirect = None
    if context.is_subset:
        selection, indirect = get_subset_selection_for_context(
            context, manifest, "fqn:*", None, None, translator, current_dbt_indirect_selection_env=None
        )
    return [
        "build",
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(target), "--log-path", str(target)),
        *("--vars", json.dumps({"window_date": context.partition_key})),
        # Unit tests ask nothing of the data: `make test` runs them.
        *("--exclude-resource-type", "unit_test"),
        *selection,
        *(["--indirect-selection", indirect] if indirect else []),
        *("--no-use-colors", "--no-send-anonymous-usage-stats"),
    ]


def _target(home: Path, run_id: str) -> Path:
    """A target folder of the run's own, so that runs don't clash; the oldest runs' folders are removed."""
    folder = home / "dbt" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    for run in sorted(folder.parent.iterdir(), key=lambda run: run.stat().st_mtime)[:-KEPT_RUNS]:
        shutil.rmtree(run, ignore_errors=True)
    return folder


def _invoke(
    arguments: list[str],
    log: dg.DagsterLogManager,
    problem: Callable[[], str | None],
    guard: Callable[[EventMsg], None],
) -> Iterator[DbtCoreCliEventMessage | dbtRunnerResult]:
    """Run dbt in a thread and yield its events as they come, and its result at the end.

    dbt waits for minutes, and in silence, when BigQuery vanishes: after a time without events `problem` is asked, and
    Transient is raised when it names one again and again. `guard` is called with every event, and what it raises fails
    the model that the event is about. The thread is left behind; it ends with the step's process.
    """
    events: queue.SimpleQueue[dict[str, Any] | dbtRunnerResult] = queue.SimpleQueue()

    def receive(message: EventMsg) -> None:
        if message.info.level != "debug":
            events.put(msg_to_dict(message))

    runner = dbtRunner(parsed(), callbacks=[guard, receive])

    def work() -> None:
        events.put(runner.invoke(arguments))

    threading.Thread(target=work, name="dbt", daemon=True).start()
    unanswered = 0
    while True:
        try:
            item = events.get(timeout=SILENCE)
        except queue.Empty:
            if reason := problem():
                unanswered += 1
                log.warning(f"BigQuery {reason}")
                if unanswered >= UNANSWERED:
                    raise Transient(
                        f"BigQuery {reason}, and dbt waits for it; check the network and run again"
                    ) from None
            continue
        unanswered = 0
        if not isinstance(item, dict):
            yield item
            return
        if item["info"]["level"] == "warn":
            log.warning(one_line(item["info"]["msg"]))
        yield DbtCoreCliEventMessage(raw_event=item, event_history_metadata={})


def _end(outcome: dbtRunnerResult, target: Path, audit: Audit) -> None:
    """Write the evidence of all that was built. Terminal tells what failed, in dbt or in the audit."""
    results = outcome.result.results if isinstance(outcome.result, RunExecutionResult) else []
    problems = audit.record(results, lineage_guard.leaks(target, audit.environment.policy_tags) if results else {})
    reasons = [
        f"{result.node.name}: {one_line(result.message or result.status)}"
        for result in results
        if str(result.status) in FAILED
    ]
    if not outcome.success or problems:
        raise Terminal(f"dbt build failed: {'; '.join([*reasons, *problems]) or one_line(str(outcome.exception))}")


def _size(client: bigquery.Client, key: dg.AssetKey, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and bytes of the table that a model made, as the warehouse states them."""
    name = ".".join(key.path)
    with google_cloud(f"looking at table {name}"):
        table = client.get_table(name, retry=clients.RETRY)
    return {
        "dagster/row_count": table.num_rows or 0,
        "bytes": table.num_bytes or 0,
        "seconds": metadata["Execution Duration"].value if "Execution Duration" in metadata else 0.0,
    }
