"""Daily partitions: each is one window of the platform's time zone."""

import datetime
from typing import Final

import dagster as dg

from extract.window import Window, for_date
from orchestration.windows import FIRST_DAY

ONE_DAY_A_RUN: Final = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
"""A backfill is one run a day: staging holds one window at a time."""


def daily(timezone: str) -> dg.DailyPartitionsDefinition:
    """The partitions of every asset, keyed `YYYY-MM-DD`; a day becomes one when it has ended."""
    return dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone=timezone)


def window_of(context: dg.AssetExecutionContext, timezone: str) -> Window:
    """The window of a run's partition."""
    return for_date(datetime.date.fromisoformat(context.partition_key), timezone)
