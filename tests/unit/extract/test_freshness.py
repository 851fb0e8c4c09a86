import datetime
from typing import Any

import pytest

from extract.errors import ContractError
from extract.freshness import Freshness, read

HOUR = datetime.timedelta(hours=1)


def after(count: int, period: str = "hour") -> dict[str, Any]:
    return {"count": count, "period": period}


def test_a_contract_that_says_nothing_gets_the_default() -> None:
    assert read(None, {}) == read({"loaded_at_query": "select 1"}, {"meta": {}}) == Freshness(30 * HOUR, 54 * HOUR)


@pytest.mark.parametrize(
    ("source", "table", "freshness"),
    [
        ({"warn_after": after(2), "error_after": after(3, "day")}, {}, Freshness(2 * HOUR, 72 * HOUR)),
        ({}, {"warn_after": after(90, "minute")}, Freshness(1.5 * HOUR, None)),
        (
            {"warn_after": after(2), "error_after": after(4)},
            {"error_after": after(9)},
            Freshness(2 * HOUR, 9 * HOUR),
        ),
        ({"warn_after": after(2), "error_after": after(4)}, {"error_after": None}, Freshness(2 * HOUR, None)),
        ({"warn_after": after(2)}, None, None),
        (None, {"warn_after": after(2)}, Freshness(2 * HOUR, None)),
    ],
)
def test_a_tables_thresholds_win_over_those_of_its_source(source: Any, table: Any, freshness: Freshness | None) -> None:
    configs = [{"freshness": stated} if stated != {} else {} for stated in (source, table)]
    assert read(*configs) == freshness


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ("36h", r"freshness has warn_after, error_after or both, not '36h'"),
        ({}, r"freshness has warn_after, error_after or both, not \{\}"),
        ({"warn": after(1)}, r"freshness has warn_after"),
        ({"warn_after": "36h"}, r"warn_after is written \{count: 30, period: hour\}, not '36h'"),
        ({"warn_after": after(1, "week")}, r"warn_after is written"),
        ({"error_after": {"count": 1}}, r"error_after is written"),
        ({"error_after": {**after(1), "filter": "x"}}, r"error_after is written"),
        ({"warn_after": after(0)}, r"a limit must be longer than nothing"),
        ({"warn_after": after(2), "error_after": after(1)}, r"error_after is shorter than warn_after"),
    ],
)
def test_what_dbt_would_not_understand_is_refused(stated: Any, problem: str) -> None:
    with pytest.raises(ContractError, match=problem):
        read({"freshness": stated})
