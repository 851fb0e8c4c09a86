"""Our two kinds of failure, told to Dagster: what may pass by itself is tried again, what a person must mend is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import dagster as dg

from extract.errors import Terminal, Transient

MAX_RETRIES: Final = 3
FIRST_WAIT: Final = 15.0
"""Seconds before the first retry; each further one waits twice as long."""


@contextmanager
def told(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Iterator[None]:
    """Turn Transient into a retry of the step while some are left, and Terminal into its failure."""
    done = context.op_execution_context.retry_number
    try:
        yield
    except Transient as error:
        if done >= MAX_RETRIES:
            raise dg.Failure(f"{error} (tried {done + 1} times)", allow_retries=False) from error
        context.log.warning(str(error))
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=FIRST_WAIT * 2**done) from error
    except Terminal as error:
        raise dg.Failure(str(error), allow_retries=False) from error
