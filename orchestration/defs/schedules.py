"""The clock: the job `daily` over everything, started every night for the day that has just ended."""

from typing import Final

import dagster as dg

JOB: Final = "daily"
HOUR: Final = 1
MINUTE: Final = 30


def build() -> dg.Definitions:
    """The job and its schedule, at 01:30 in the platform's time zone: late writers have had their time by then."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="Everything of one day: extract, load, model, test, publish.",
    )
    schedule = dg.build_schedule_from_partitioned_job(
        job, hour_of_day=HOUR, minute_of_hour=MINUTE, default_status=dg.DefaultScheduleStatus.RUNNING
    )
    return dg.Definitions(jobs=[job], schedules=[schedule])
