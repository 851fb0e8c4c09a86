"""DynamoDB's items: types, dirt, and references to the other stores."""

import gzip
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.koe.history import TIMEZONE, USUAL_DAYS, History
from sandbox.koe.records import Records

Items = list[dict[str, Any]]


def raw_items(directory: Path, table: str) -> Items:
    paths = sorted((directory / "dynamodb" / table).iterdir())
    return [orjson.loads(line)["Item"] for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]


def attributes(attribute: dict[str, Any]) -> list[tuple[str, Any]]:
    """An attribute and all those within it, as (type, value)."""
    ((kind, value),) = attribute.items()
    within = value.values() if kind == "M" else value if kind == "L" else ()
    return [(kind, value), *(found for one in within for found in attributes(one))]


@pytest.fixture(scope="module")
def generations(records: Records) -> Items:
    return list(records.items("koe-generations"))


@pytest.fixture(scope="module")
def voices(records: Records) -> Items:
    return list(records.items("koe-voices"))


@pytest.fixture(scope="module")
def everything(seed_directory: Path) -> list[tuple[str, Any]]:
    items = [*raw_items(seed_directory, "koe-voices"), *raw_items(seed_directory, "koe-generations")]
    return [found for item in items for attribute in item.values() for found in attributes(attribute)]


def test_every_dynamodb_type_occurs(everything: list[tuple[str, Any]]) -> None:
    assert {kind for kind, _ in everything} == {"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}


def test_sets_are_never_empty_and_hold_no_value_twice(everything: list[tuple[str, Any]]) -> None:
    sets = [value for kind, value in everything if kind in ("SS", "NS", "BS")]
    assert all(value and len(set(value)) == len(value) for value in sets)


def test_numbers_are_written_as_dynamodb_writes_them(everything: list[tuple[str, Any]]) -> None:
    numbers = {value for kind, value in everything if kind == "N"}
    for number in numbers:
        assert number == f"{Decimal(number):f}"
        assert "." not in number or not number.endswith("0")
        assert len(Decimal(number).as_tuple().digits) <= 38


def test_numbers_have_up_to_38_digits(generations: Items, voices: Items) -> None:
    assert all(len(voice["seedNumber"].as_tuple().digits) == 38 for voice in voices)
    assert any(voice["seedNumber"] < 0 for voice in voices)
    assert any(voice["seedNumber"].as_tuple().exponent < 0 for voice in voices)
    lengths = {len(item["randomSeed"].as_tuple().digits) for item in generations}
    assert {1, 38} <= lengths


def test_keys_are_unique(generations: Items, voices: Items) -> None:
    assert len({(item["userId"], item["generationId"]) for item in generations}) == len(generations)
    assert len({voice["voiceId"] for voice in voices}) == len(voices)


def test_ids_of_generations_sort_by_time(generations: Items) -> None:
    assert all(len(item["generationId"]) == 26 for item in generations)
    by_id = sorted(generations, key=lambda item: item["generationId"])
    created = [item["createdAt"] for item in by_id]
    assert created == sorted(created)


def test_empty_null_and_missing_are_all_there(generations: Items, voices: Items) -> None:
    for items, name in ((generations, "note"), (voices, "description")):
        states = Counter("missing" if name not in item else repr(item[name]) for item in items)
        assert states["missing"] and states["None"] and states["''"]
        assert len(states) > 3
    for name in ("projectId", "durationMs", "labels", "wordIds", "chunks", "clientIp", "error"):
        assert 0 < sum(name in item for item in generations) < len(generations)
    assert 0 < sum("gender" in voice for voice in voices) < len(voices)
    assert 0 < sum("ownerUserId" in voice for voice in voices) < len(voices)


def test_an_outcome_goes_with_its_attributes(generations: Items) -> None:
    statuses = Counter(item["status"] for item in generations)
    assert set(statuses) == {"succeeded", "failed", "cancelled"}
    assert statuses["succeeded"] > 0.9 * len(generations)
    for item in generations:
        failed = item["status"] == "failed"
        assert ("durationMs" in item) is not failed
        assert (item.get("error") is not None) is failed


def test_characters_are_counted(generations: Items) -> None:
    for item in generations:
        segments = item["request"]["segments"]
        assert item["characters"] == len(item["text"]) == sum(segment["characters"] for segment in segments)
        assert [segment["index"] for segment in segments] == list(range(len(segments)))


def test_about_one_in_a_hundred_rows_is_late_by_one_to_three_days(generations: Items, history: History) -> None:
    delays = [
        (datetime.fromisoformat(item["recordedAt"]) - datetime.fromisoformat(item["createdAt"])).total_seconds()
        for item in generations
    ]
    late = [delay for delay in delays if delay]
    assert 0.005 < len(late) / len(generations) < 0.015
    assert all(86_400 <= delay <= 3 * 86_400 for delay in late)
    assert max(datetime.fromisoformat(item["recordedAt"]).timestamp() for item in generations) < history.end


def test_generations_cover_every_local_day_of_the_history(generations: Items, history: History) -> None:
    days = Counter(datetime.fromisoformat(item["createdAt"]).astimezone(TIMEZONE).date() for item in generations)
    assert sorted(days) == history.dates
    assert len(days) == USUAL_DAYS
    working = [count for day, count in days.items() if day.weekday() < 5]
    weekend = [count for day, count in days.items() if day.weekday() >= 5]
    assert sum(weekend) / len(weekend) < 0.8 * sum(working) / len(working)


def test_few_users_make_most_generations(generations: Items) -> None:
    counts = sorted(Counter(item["userId"] for item in generations).values(), reverse=True)
    assert sum(counts[: len(counts) // 5]) > 0.5 * len(generations)


def test_nothing_is_used_before_it_exists(generations: Items, voices: Items, records: Records) -> None:
    users = {user["id"]: datetime.fromisoformat(str(user["created_at"])) for user in records.rows("users")}
    projects = {project["id"]: project for project in records.rows("projects")}
    by_id = {voice["voiceId"]: voice for voice in voices}
    for item in generations:
        created = datetime.fromisoformat(item["createdAt"])
        voice = by_id[item["voiceId"]]
        assert users[str(item["userId"])] <= created
        assert voice["createdAt"] <= item["createdAt"]
        assert voice["isPublic"] or voice["ownerUserId"] == item["userId"]
        if "projectId" in item:
            project = projects[item["projectId"]]
            assert project["owner_id"] == str(item["userId"])
            assert datetime.fromisoformat(str(project["created_at"])) <= created
