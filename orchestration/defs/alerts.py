"""The report of a run that has ended, so that nobody has to look at a screen: told to the log, and posted to Slack."""

from collections.abc import Callable
from typing import Final

import dagster as dg
import requests
from dagster._core.storage.tags import PARTITION_NAME_TAG, SCHEDULE_NAME_TAG

from extract.errors import Transient
from orchestration import continuation, published, results, structured_log
from orchestration.environment import SLACK_WEBHOOK, Environment, has_secret, secret
from orchestration.instance import started_by_command
from orchestration.publication.project import MARTS

TIMEOUT: Final = 10.0
LISTED: Final = 10
SUCCEEDED: Final = "succeeded"
FAILED: Final = "failed"


def build(environment: Environment) -> list[dg.SensorDefinition]:
    """A sensor for runs that succeeded and one for runs that failed."""

    def sensor(status: dg.DagsterRunStatus) -> dg.SensorDefinition:
        @dg.run_status_sensor(
            run_status=status,
            name=f"report_{status.value.lower()}",
            default_status=dg.DefaultSensorStatus.RUNNING,
            description="Tells the log that the run has ended, and posts its report to Slack.",
        )
        def report(context: dg.RunStatusSensorContext) -> None:
            run = context.dagster_run
            outcome, undone = _outcome(context)
            tell_log(run, outcome, _seconds(context))
            # That command posts its report itself: it works without the daemon that calls this sensor.
            if has_secret(SLACK_WEBHOOK) and not started_by_command(run):
                lines = [text(environment, run, outcome, undone), *published.leftover_lines(environment)]
                post("\n".join(lines))

        return report

    return [sensor(dg.DagsterRunStatus.SUCCESS), sensor(dg.DagsterRunStatus.FAILURE)]


def _outcome(context: dg.RunStatusSensorContext) -> tuple[results.Results, continuation.Undone | None]:
    run, repository = context.dagster_run, context.repository_def
    undone = None
    if run.status is dg.DagsterRunStatus.FAILURE and repository:
        undone = continuation.of_run(context.instance, run.run_id, repository.asset_graph)
    return results.of_run(context.instance, run.run_id), undone


def _seconds(context: dg.RunStatusSensorContext) -> float | None:
    """How long the run took; None where it never started."""
    record = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    if record is None or record.start_time is None or record.end_time is None:
        return None
    return round(record.end_time - record.start_time, 1)


def tell_log(run: dg.DagsterRun, outcome: results.Results, seconds: float | None) -> None:
    """Write the line on which metrics and alerts rest: how the run ended, and whether the clock had started it."""
    state, day = _state(outcome), run.tags.get(PARTITION_NAME_TAG)
    structured_log.emit(
        structured_log.RUN_ENDED,
        f"{run.job_name} of {day or 'no partition'} {state}",
        "ERROR" if state == FAILED else "INFO",
        outcome=state,
        job=run.job_name,
        day=day,
        run_id=run.run_id,
        scheduled=SCHEDULE_NAME_TAG in run.tags,
        continued=continuation.TAG in run.tags,
        rows=_rows(outcome),
        seconds=seconds,
        errors="; ".join(f"{step}: {error}" for step, error in outcome.errors.items()) or None,
    )


def _state(outcome: results.Results) -> str:
    return FAILED if outcome.errors or outcome.failed else SUCCEEDED


def _rows(outcome: results.Results) -> int:
    return sum(asset.rows or 0 for asset in outcome.assets.values() if asset.materialized)


def text(
    environment: Environment, run: dg.DagsterRun, outcome: results.Results, undone: continuation.Undone | None = None
) -> str:
    """A report of a few lines: what ran, how much, what failed and why, and what is held back from analysts by it."""
    day = run.tags.get(PARTITION_NAME_TAG, "no partition")
    made = [asset for asset in outcome.assets.values() if asset.materialized]
    checks = sum(asset.checks_passed + len(asset.checks_failed) for asset in outcome.assets.values())
    part = ", continued" if continuation.TAG in run.tags else ""
    lines = [
        f"{environment.name}: {run.job_name} of {day}{part} {_state(outcome)}: {len(made)} of {len(outcome.assets)} "
        f"assets, {_rows(outcome):,} rows, {checks} checks"
    ]
    lines += [f"• {step}: {error}" for step, error in outcome.errors.items()]
    lines += [f"• {asset.key}: {warning}" for asset in outcome.assets.values() for warning in asset.warnings]
    names = [asset.key for asset in outcome.failed]
    if names:
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        lines.append(f"failed: {', '.join(names[:LISTED])}{more}")
    lines += undone.told(MARTS) if undone else []
    return "\n".join(lines)


def post(message: str, warn: Callable[[str], None] | None = None) -> None:
    """Post a report. One that can't be posted is a warning: it must not turn a good run into a bad one."""
    try:
        send(message)
    except Transient as error:
        (warn or dg.get_dagster_logger().warning)(str(error))


def send(message: str) -> None:
    """Post to the webhook. Transient when that fails."""
    try:
        requests.post(secret(SLACK_WEBHOOK), json={"text": message}, timeout=TIMEOUT).raise_for_status()
        return
    except requests.RequestException as error:
        problem = type(error).__name__
    # Raised out here and without its cause, whose text holds the webhook's address, which is the secret.
    raise Transient(f"the report could not be posted to Slack ({problem})")
