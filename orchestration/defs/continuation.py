"""The continuation of a run that the clock or the UI has started, as soon as it has failed."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from orchestration import continuation, instance


def build(job: Any) -> dg.SensorDefinition:
    """The sensor that starts it; `job` has all assets. `kura run` continues its runs itself, without the daemon."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.FAILURE,
        name="continue_failed_run",
        request_job=job,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Builds and publishes what does not depend on anything that has failed.",
    )
    def continue_failed_run(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        run = context.dagster_run
        day = run.tags.get(PARTITION_NAME_TAG)
        repository = context.repository_def
        if instance.started_by_command(run) or day is None or repository is None:
            yield dg.SkipReason("`kura run` continues its own runs, and what is of no day has none to continue")
            return
        undone = continuation.of_run(context.instance, run.run_id, repository.asset_graph)
        if not undone.assets:
            yield dg.SkipReason("all that was left undone depends on what has failed")
            return
        kept = {tag: run.tags[tag] for tag in (instance.REPLAY,) if tag in run.tags}
        yield dg.RunRequest(
            run_key=run.run_id,
            partition_key=day,
            asset_selection=sorted(undone.assets),
            tags={continuation.TAG: run.run_id, **kept},
        )

    return continue_failed_run
