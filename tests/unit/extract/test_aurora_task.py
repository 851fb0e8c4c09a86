import datetime
import re
from typing import Any, cast

import pytest

from extract.aurora_task import Exports, _asked_for
from extract.window import for_date

WINDOW = for_date(datetime.date(2026, 11, 21), "Asia/Tokyo")
NEXT = for_date(datetime.date(2026, 11, 22), "Asia/Tokyo")


def exports(cluster: str) -> Exports:
    return Exports(cast(Any, None), cast(Any, None), cluster, "bucket", "role", "key")


def test_an_identifier_is_made_from_cluster_day_and_attempt() -> None:
    assert exports("koe").identifier(WINDOW, 0) == "kura-koe-20261121-00"
    assert exports("koe").identifier(WINDOW, 11) == "kura-koe-20261121-11"


@pytest.mark.parametrize(
    "cluster", ["a" * 63, "production-cluster-of-the-product--" + "b" * 28, "c" * 31 + "-" + "d" * 31]
)
def test_an_identifier_obeys_the_rules_of_rds_however_long_the_clusters_name_is(cluster: str) -> None:
    identifier = exports(cluster).identifier(WINDOW, 999)
    assert len(identifier) <= 60
    assert re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", identifier)
    assert "--" not in identifier
    assert identifier == exports(cluster).identifier(WINDOW, 999)


def test_identifiers_of_other_days_and_clusters_differ() -> None:
    long = "x" * 62
    made = [exports(long + end).identifier(window, 1) for end in "yz" for window in (WINDOW, NEXT)]
    assert len(set(made)) == 4


@pytest.mark.parametrize(
    ("only", "serves"),
    [
        (None, True),
        ([], True),
        (["koe"], True),
        (["koe.public"], True),
        (["koe.public.users", "koe.public.teams"], True),
        (["koe.public.users"], False),
        (["koe.pub"], False),
        (["koe.public.users", "koe.public.team"], False),
        (["other"], False),
    ],
)
def test_a_task_serves_the_tables_that_it_was_asked_for(only: list[str] | None, serves: bool) -> None:
    assert _asked_for({"ExportOnly": only or []}, ["koe.public.users", "koe.public.teams"]) is serves
