"""Lines for machines on stdout: what has happened, as one JSON object each.

Cloud Logging takes such a line apart: `severity` becomes that of the entry, the rest its `jsonPayload`. The module
terraform/modules/monitoring counts, draws and alerts on the keys of `kura`.

https://cloud.google.com/run/docs/logging#using-json
"""

import json
from typing import Final, Literal

RUN_ENDED: Final = "run_ended"
FRESHNESS: Final = "freshness"
PUBLISHED: Final = "published"

Severity = Literal["INFO", "WARNING", "ERROR"]


def emit(event: str, message: str, severity: Severity = "INFO", **fields: str | float | bool | None) -> None:
    """Write a line at once; fields that are None are left out."""
    kura = {"event": event, **{name: value for name, value in fields.items() if value is not None}}
    line = json.dumps({"severity": severity, "message": message, "kura": kura})
    print(line, flush=True)
