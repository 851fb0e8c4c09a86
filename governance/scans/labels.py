"""Labels of jobs: what a query is for, so that its bytes can be counted under that.

dbt's jobs get the same two labels from `query-comment` in dbt_project.yml. A job without them is somebody's own query.
"""

import re
from typing import Final

PURPOSE: Final = "kura"
NAME: Final = "kura_name"
DASHBOARD: Final = "dashboard"
PLATFORM: Final = "platform"
_ILLEGAL: Final = re.compile(r"[^a-z0-9_-]")


def labels(purpose: str, name: str = "") -> dict[str, str]:
    """The labels of a job; a name becomes what a label's value may be."""
    found = {PURPOSE: purpose, NAME: name}
    return {key: _ILLEGAL.sub("_", value.lower())[:63] for key, value in found.items() if value}
