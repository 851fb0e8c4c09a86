"""The report of a run, posted to Slack when the run has ended, so that nobody has to look at a screen."""

from collections.abc import Callable
from typing import Final

import dagster as dg
import requests

from extract.errors import Transient
from orchestration import continuation, published, results
from orchestration.environment import SLACK_WEBHOOK, Environment, has_secret, secret
from orchestration.instance import started_by_command
from orchestration.publication.project import MARTS

TIMEOUT: Final = 10.0
LISTED: Final = 10


def build(environment: Environment) -> list[dg.SensorDefinition]:
    """A sensor for runs that succeeded and one for runs that failed; none where there is no webhook."""
    if not has_secret(SLACK_WEBHOOK):
        return []

    def sensor(status: dg.DagsterRunStatus) -> dg.SensorDefinition:
        @dg.run_status_sensor(
            run_status=status,
            name=f"report_{status.value.lower()}",
            default_status=dg.DefaultSensorStatus.RUNNING,
            description="Posts the run's report to Slack.",
        )
        def report(context: dg.RunStatusSensorContext) -> None:
            # That command posts its report itself: it works without the daemon that calls this sensor.
            if not started_by_command(context.dagster_run):
                lines = [text(environment, context.dagster_run, *_outcome(context))]
                post("\n".join([*lines, *published.leftover_lines(environment)]))

        return report

    return [sensor(dg.DagsterRunStatus.SUCCESS), sensor(dg.DagsterRunStatus.FAILURE)]


def _outcome(context: dg.RunStatusSensorContext) -> tuple[results.Results, continuation.Undone | None]:
    run, repository = context.dagster_run, context.repository_def
    undone = None
    if run.status is dg.DagsterRunStatus.FAILURE and repository:
        undone = continuation.of_run(context.instance, run.run_id, repository.asset_graph)
    return results.of_run(context.instance, run.run_id), undone


def text(
    environment: Environment, run: dg.DagsterRun, outcome: results.Results, undone: continuation.Undone | None = None
) -> str:
    """A report of a few lines: what ran, how much, what failed and why, and what is held back from analysts by it."""
    day = run.tags.get("dagster/partition", "no partition")
    made = [asset for asset in outcome.assets.values() if asset.materialized]
    checks = sum(asset.checks_passed + len(asset.checks_failed) for asset in outcome.assets.values())
    state = "failed" if outcome.errors or outcome.failed else "succeeded"
    part = ", continued" if continuation.TAG in run.tags else ""
    lines = [
        f"{environment.name}: {run.job_name} of {day}{part} {state}: {len(made)} of {len(outcome.assets)} assets, "
        f"{sum(asset.rows or 0 for asset in made):,} rows, {checks} checks"
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
