"""How steps are executed: a few at a time, each in a process of its own."""

from typing import Final

import dagster as dg

from orchestration.forkserver import PRELOAD

MAX_STEPS: Final = 4

EXECUTOR: Final = dg.multiprocess_executor.configured(
    {
        "start_method": {"forkserver": {"preload_modules": list(PRELOAD)}},
        "max_concurrent": MAX_STEPS,
        # A step asks for its retries itself; this only allows it.
        "retries": {"enabled": {}},
    }
)
