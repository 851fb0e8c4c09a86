"""Which raw tables are late, at a given time, and who is told of it; nothing here runs."""

import datetime
import json
from typing import Any

import dagster as dg
import pytest
import requests

from extract.contract import Column, Table
from extract.freshness import Freshness
from orchestration import clients, environment
from orchestration.defs import freshness

END = datetime.datetime(2026, 11, 21, 15, tzinfo=datetime.UTC)  # midnight in Tokyo
HOUR = datetime.timedelta(hours=1)
COLUMNS = (Column("id", "INT64", "Id."),)
USERS = Table("aurora", "users", "Users.", "public.users", "snapshot", ("id",), COLUMNS)
TEAMS = Table("aurora", "teams", "Teams.", "public.teams", "snapshot", ("id",), COLUMNS)
NEVER = Table("aurora", "x", "Unwatched.", "public.x", "snapshot", ("id",), COLUMNS, freshness=None)
ENDS = {("aurora", "users"): END, ("aurora", "teams"): END}
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


def states(look: freshness.Look) -> list[tuple[str, bool, dg.AssetCheckSeverity]]:
    return [(one.asset_key.to_user_string(), one.passed, one.severity) for one in look.evaluations]


@pytest.mark.parametrize(
    ("age", "passed", "severity"),
    [(30 * HOUR, True, WARN), (30.1 * HOUR, False, WARN), (54 * HOUR, False, WARN), (54.1 * HOUR, False, ERROR)],
)
def test_a_table_is_late_after_one_limit_and_an_error_after_the_other(
    age: datetime.timedelta, passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    look = freshness.look([USERS], ENDS, {}, END + age)
    assert states(look) == [("raw_aurora/users", passed, severity)]
    assert bool(look.lines) is not passed


def test_nothing_is_told_twice_and_each_change_is_told() -> None:
    told, cursor = [], {}
    ends = dict(ENDS)
    for hours in (1, 25, 31, 40, 55, 70):
        look = freshness.look([USERS, TEAMS], ends, cursor, END + hours * HOUR)
        told.append((hours, states(look), look.lines))
        cursor = dict(look.cursor)
        if hours == 25:  # teams alone is loaded for the next window
            ends["aurora", "teams"] = END + 24 * HOUR
    ended = "the newest loaded window ended"
    assert told == [
        (1, [("raw_aurora/users", True, WARN), ("raw_aurora/teams", True, WARN)], []),
        (25, [], []),
        (
            31,
            [("raw_aurora/users", False, WARN), ("raw_aurora/teams", True, WARN)],
            [f"• raw_aurora/users: {ended} 2026-11-21 15:00 UTC, 31 h ago; run what is missing"],
        ),
        (40, [], []),
        (
            55,
            [("raw_aurora/users", False, ERROR), ("raw_aurora/teams", False, WARN)],
            [
                f"• raw_aurora/users: {ended} 2026-11-21 15:00 UTC, 55 h ago; run what is missing",
                f"• raw_aurora/teams: {ended} 2026-11-22 15:00 UTC, 31 h ago; run what is missing",
            ],
        ),
        (70, [], []),
    ]
    ends["aurora", "users"] = END + 48 * HOUR
    again = freshness.look([USERS, TEAMS], ends, cursor, END + 71 * HOUR)
    assert (states(again), again.lines) == (
        [("raw_aurora/users", True, WARN)],
        ["• raw_aurora/users: fresh again"],
    )
    assert again.summary == "1 of 2 tables are late"


def test_a_table_that_was_never_loaded_is_late_when_it_has_been_known_for_that_long() -> None:
    first = freshness.look([USERS], {}, {}, END)
    assert states(first) == [("raw_aurora/users", True, WARN)]
    assert freshness.look([USERS], {}, first.cursor, END + 30 * HOUR).evaluations == []
    late = freshness.look([USERS], {}, first.cursor, END + 31 * HOUR)
    assert late.lines == [
        "• raw_aurora/users: nothing has been loaded in the 31 h since the first look; run what is missing"
    ]


def test_of_many_late_tables_the_first_are_named_and_the_others_counted() -> None:
    tables = [Table("aurora", f"t{n}", "T.", f"public.t{n}", "snapshot", ("id",), COLUMNS) for n in range(13)]
    look = freshness.look(tables, {("aurora", table.name): END for table in tables}, {}, END + 31 * HOUR)
    assert len(look.lines) == 11
    assert look.lines[-1] == "and 3 more"


def test_in_a_run_a_late_table_is_a_warning_at_most() -> None:
    key = dg.AssetKey(["raw_aurora", "users"])
    fresh, late = (freshness.result(key, USERS, ENDS, END + hours * HOUR) for hours in (2, 99))
    assert (fresh.passed, fresh.description) == (
        True,
        "the newest loaded window ended 2026-11-21 15:00 UTC, 2 h ago",
    )
    assert (late.passed, late.severity) == (False, WARN)


def test_the_check_says_its_limits() -> None:
    key = dg.AssetKey(["raw_aurora", "users"])
    told = freshness.spec(key, Freshness(36 * HOUR, None)).description
    assert told == "How long ago the newest loaded window ended: late after 36 h."


class Receipts:
    """Answers as the receipts of an environment would."""

    def window_ends(self) -> Any:
        return ENDS


@pytest.fixture
def posted(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environment has a webhook; what is posted to it."""
    lines: list[str] = []

    class Answer:
        def raise_for_status(self) -> None:
            if "refuse" in lines:
                raise requests.HTTPError("500 for url: https://hooks.example/not_to_be_seen")

    def post(url: str, json: dict[str, str], timeout: float) -> Answer:
        lines.append(json["text"])
        return Answer()

    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.example/not_to_be_seen")
    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setattr(clients, "receipts", lambda _: Receipts())
    return lines


def tick(now: datetime.datetime, cursor: str | None = None) -> dg.SensorResult:
    sensor = freshness.build(environment.load(), [USERS, TEAMS, NEVER], lambda: now)
    with dg.build_sensor_context(cursor=cursor) as context:
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_without_any_run_the_sensor_evaluates_the_checks_and_tells_slack(posted: list[str]) -> None:
    fresh = tick(END + HOUR)
    assert [one.passed for one in fresh.asset_events or [] if isinstance(one, dg.AssetCheckEvaluation)] == [True, True]
    assert posted == []
    late = tick(END + 31 * HOUR, fresh.cursor)
    assert len(late.asset_events or []) == 2
    assert posted == [
        "dev: freshness of raw tables\n"
        "• raw_aurora/users: the newest loaded window ended 2026-11-21 15:00 UTC, 31 h ago; run what is missing\n"
        "• raw_aurora/teams: the newest loaded window ended 2026-11-21 15:00 UTC, 31 h ago; run what is missing"
    ]
    assert json.loads(late.cursor or "").keys() == {"aurora.users", "aurora.teams"}
    again = tick(END + 31.2 * HOUR, late.cursor)
    assert (again.asset_events, len(posted)) == ([], 1)


def test_what_slack_did_not_take_fails_the_look_without_the_secret(posted: list[str]) -> None:
    posted.append("refuse")
    with pytest.raises(Exception, match=r"could not be posted to Slack \(HTTPError\)") as failed:
        tick(END + 31 * HOUR)
    assert failed.value.__cause__ is failed.value.__context__ is None


def test_without_a_webhook_the_checks_are_evaluated_all_the_same(
    posted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    assert len(tick(END + 31 * HOUR).asset_events or []) == 2
    assert posted == []


def test_every_look_is_told_to_the_log(posted: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    tick(END + HOUR)
    tick(END + 31 * HOUR)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["severity"], line["kura"]) for line in lines] == [
        ("INFO", {"event": "freshness", "tables": 2, "late_tables": 0}),
        ("WARNING", {"event": "freshness", "tables": 2, "late_tables": 2}),
    ]
