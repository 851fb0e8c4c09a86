"""The raw DynamoDB tables hold what DynamoDB exported, value for value."""

import gzip
import json
import re
from collections import Counter

import pytest

from tests.support import Sandbox

KIND = re.compile(r'\{"([A-Z]+)":')


@pytest.mark.parametrize("table", ["generations", "voices"])
def test_the_raw_json_equals_the_exported_lines(daily_run: Sandbox, table: str) -> None:
    exported: Counter[str] = Counter()
    kinds: set[str] = set()
    for part in sorted((daily_run.home / "seed" / "dynamodb" / f"koe-{table}").glob("*.json.gz")):
        with gzip.open(part, "rt") as lines:
            for line in lines:
                item = json.loads(line)["Item"]
                exported[json.dumps(item, sort_keys=True)] += 1
                kinds.update(KIND.findall(line))
    assert kinds >= {"S", "N", "B", "M", "SS", "NS", "NULL", "BS"} | ({"L"} if table == "generations" else {"BOOL"})

    partition = daily_run.day.isoformat()
    rows = daily_run.client().query_and_wait(
        f"SELECT TO_JSON_STRING(Item) AS item FROM raw_dynamodb.{table} WHERE _PARTITIONTIME = TIMESTAMP('{partition}')"
    )
    loaded = Counter(json.dumps(json.loads(row["item"]), sort_keys=True) for row in rows)
    assert loaded == exported
