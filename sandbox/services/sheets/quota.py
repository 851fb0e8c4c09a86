"""Requests a minute of a project and of a user: https://developers.google.com/workspace/sheets/api/limits"""

from collections.abc import Mapping

from sandbox.services.clock import Clock
from sandbox.services.database import Database
from sandbox.services.limits import Window
from sandbox.services.sheets.errors import SheetsError, error_info

LIMITS: Mapping[str, int] = {"read": 300, "read_per_user": 60, "write": 300, "write_per_user": 60}
PROJECT = "project_number:481516234200"


class Quota:
    """Setting `sheets.limits`: numbers in place of Google's, under the names of LIMITS."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._minute = Window(60, clock)

    def count(self, action: str, user: str) -> None:
        """action: read or write; a batch is one. Raises SheetsError (429); a refused request does not count."""
        limits = {**LIMITS, **self._database.setting("sheets.limits", {})}
        callers = {action: action, f"{action}_per_user": f"{action} {user}"}
        for name, caller in callers.items():
            if self._minute.is_full(caller, limits[name]):
                raise _exhausted(action, name.endswith("_per_user"), limits[name])
        for caller in callers.values():
            self._minute.add(caller)


def _exhausted(action: str, is_per_user: bool, limit: int) -> SheetsError:
    kind = action.capitalize()
    metadata = {
        "consumer": PROJECT.replace("project_number:", "projects/"),
        "quota_limit": f"{kind}RequestsPerMinutePer{'User' if is_per_user else 'Project'}",
        "quota_limit_value": str(limit),
        "quota_location": "global",
        "quota_metric": f"sheets.googleapis.com/{action}_requests",
    }
    return SheetsError(
        429,
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{kind} requests' and limit "
        f"'{kind} requests per minute{' per user' if is_per_user else ''}' "
        f"of service 'sheets.googleapis.com' for consumer '{PROJECT}'.",
        [error_info("RATE_LIMIT_EXCEEDED", metadata)],
    )
