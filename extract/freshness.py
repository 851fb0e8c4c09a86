"""How fresh a raw table must be, in dbt's own words, so that `dbt source freshness` says the same.

    config:
      freshness: {warn_after: {count: 30, period: hour}, error_after: {count: 54, period: hour}}

It may stand at a source, for all its tables, and at a table, whose own thresholds win; `freshness: null` asks for
nothing. What is measured is how long ago the newest loaded window ended. A day's window ends at midnight and is loaded
in the hours after it, so that its age reaches a day and those hours: the defaults give the next load a few hours more.

https://docs.getdbt.com/reference/resource-properties/freshness
"""

import datetime
from dataclasses import dataclass
from typing import Any, Final

from extract.errors import ContractError

_PERIODS: Final = {"minute": "minutes", "hour": "hours", "day": "days"}


@dataclass(frozen=True)
class Freshness:
    """The ages after which a table is late and after which that is an error; None where there is no such limit.

    A limit that is not positive, or an error that comes before the warning, is a ContractError.
    """

    warn_after: datetime.timedelta | None = datetime.timedelta(hours=30)
    error_after: datetime.timedelta | None = datetime.timedelta(hours=54)

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.warn_after, self.error_after) if limit is not None]
        if any(limit <= datetime.timedelta() for limit in limits):
            raise ContractError("freshness: a limit must be longer than nothing")
        if limits != sorted(limits):
            raise ContractError("freshness: error_after is shorter than warn_after")


DEFAULT: Final = Freshness()
"""What holds where a contract says nothing."""


def read(*configs: Any) -> Freshness | None:
    """The freshness that the configs ask for, that of a source before that of its table; None where they want none.

    A config that is no mapping, or says something else than dbt's keys, is a ContractError.
    """
    merged: dict[str, Any] | None = None
    for config in configs:
        if isinstance(config, dict) and "freshness" in config:
            stated = config["freshness"]
            if stated is None:
                merged = {}
            elif not isinstance(stated, dict) or not stated or stated.keys() - {"warn_after", "error_after"}:
                raise ContractError(f"freshness has warn_after, error_after or both, not {stated!r}")
            else:
                merged = {**(merged or {}), **stated}
    if merged is None:
        return DEFAULT
    warn_after, error_after = (_limit(name, merged.get(name)) for name in ("warn_after", "error_after"))
    return None if warn_after is error_after is None else Freshness(warn_after, error_after)


def _limit(name: str, stated: Any) -> datetime.timedelta | None:
    if stated is None:
        return None
    match stated:
        case {"count": int(count), "period": str(period), **other} if period in _PERIODS and not other:
            return datetime.timedelta(**{_PERIODS[period]: count})
    raise ContractError(f"freshness: {name} is written {{count: 30, period: hour}}, not {stated!r}")
