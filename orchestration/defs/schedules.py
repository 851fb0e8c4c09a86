"""The clock: the job `daily` over everything, started every night for the day that has just ended."""

from typing import Final

import dagster as dg

from extract.window import last_closed
from orchestration.defs import continuation
from orchestration.environment import Environment

JOB: Final = "daily"
CRON: Final = "30 1 * * *"
"""Half past one at night: late writers have had their time by then."""


def build(environment: Environment) -> dg.Definitions:
    """The job, its schedule in the platform's time zone, and the sensor that continues it where it fails."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="Everything of one day: extract, load, model, test, publish.",
    )

    @dg.schedule(
        name=f"{JOB}_schedule",
        job=job,
        cron_schedule=CRON,
        execution_timezone=environment.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Runs the day that has just ended.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = last_closed(context.scheduled_execution_time, environment.timezone).date
        return dg.RunRequest(partition_key=day.isoformat())

    return dg.Definitions(jobs=[job], schedules=[schedule], sensors=[continuation.build(job)])
