"""What the log is told: one line of JSON for each run that has ended and for each look at what is published."""

import datetime
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import requests

from orchestration import clients, environment, published, structured_log
from orchestration.defs import alerts, freshness, punctuality

MONITORING = Path(__file__).parents[3] / "terraform" / "modules" / "monitoring"
NOON = datetime.datetime(2026, 11, 22, 3, tzinfo=datetime.UTC)  # in Tokyo
DAY = "2026-11-21"


@dg.asset(partitions_def=dg.DailyPartitionsDefinition("2026-01-01"))
def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    if "fail" in context.run.tags:
        raise dg.Failure("the store is\ngone", allow_retries=False)
    return dg.MaterializeResult(metadata={"dagster/row_count": 12})


def reported(capsys: pytest.CaptureFixture[str], **tags: str) -> dict[str, Any]:
    """The one line that the sensor writes for a run with these tags."""
    job = dg.define_asset_job("daily", selection="*")
    definitions = dg.Definitions(assets=[asset], jobs=[job])
    with dg.DagsterInstance.ephemeral() as instance:
        run = definitions.resolve_job_def("daily").execute_in_process(
            instance=instance, raise_on_error=False, partition_key=DAY, tags=tags
        )
        sensor = alerts.build(environment.load())[0 if run.success else 1]
        capsys.readouterr()
        sensor(
            dg.build_run_status_sensor_context(
                sensor_name=sensor.name,
                dagster_event=run.all_events[-1],
                dagster_instance=instance,
                dagster_run=run.dagster_run,
                repository_def=definitions.get_repository_def(),
            )
        )
    [line] = capsys.readouterr().out.splitlines()
    entry: dict[str, Any] = json.loads(line)
    assert entry["kura"].pop("run_id") == run.run_id
    assert entry["kura"].pop("seconds") >= 0
    return entry


def test_a_good_run_of_the_schedule_is_one_line_without_a_webhook(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert reported(capsys, **{"dagster/schedule_name": "daily_schedule"}) == {
        "severity": "INFO",
        "message": f"daily of {DAY} succeeded",
        "kura": {
            "event": "run_ended",
            "outcome": "succeeded",
            "job": "daily",
            "day": DAY,
            "scheduled": True,
            "continued": False,
            "rows": 12,
        },
    }


def test_a_failed_continuation_says_so_with_its_error_in_the_same_line(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    entry = reported(capsys, fail="yes", **{"kura/continues": "another"})
    assert entry["severity"] == "ERROR"
    assert entry["kura"] == {
        "event": "run_ended",
        "outcome": "failed",
        "job": "daily",
        "day": DAY,
        "scheduled": False,
        "continued": True,
        "rows": 0,
        "errors": "asset: the store is gone",
    }


def test_a_run_of_the_command_is_told_to_the_log_but_not_posted_twice(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the command has posted this report")

    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.example/not_to_be_seen")
    monkeypatch.setattr(requests, "post", refuse)
    assert reported(capsys, **{"kura/started_by": "kura run"})["kura"]["outcome"] == "succeeded"


def test_a_value_that_is_unknown_is_left_out_and_a_line_is_never_two(capsys: pytest.CaptureFixture[str]) -> None:
    structured_log.emit("an_event", "two\nlines", "WARNING", known=0, unknown=None)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "severity": "WARNING",
        "message": "two\nlines",
        "kura": {"event": "an_event", "known": 0},
    }


@pytest.mark.parametrize(
    ("windows", "hours"),
    [([], None), (["20261121"], 12), (["20261121", "20261119", "20261120"], 60), (["20261122"], -12)],
)
def test_what_is_published_is_as_far_behind_as_its_oldest_window(windows: list[str], hours: float | None) -> None:
    assert punctuality.hours_behind(windows, "Asia/Tokyo", NOON) == hours


def look(monkeypatch: pytest.MonkeyPatch, **tables: dict[str, str]) -> dg.SkipReason:
    """A look at published tables with these labels, at noon of the 22nd in Tokyo; the project has the marts a and b."""
    listed = [SimpleNamespace(table_id=name, labels=labels) for name, labels in tables.items()]
    monkeypatch.setattr(clients, "bigquery_client", lambda _: SimpleNamespace())
    monkeypatch.setattr(published, "_listed", lambda _: listed)
    monkeypatch.setattr(published, "_known", lambda: {"a", "b"})
    with dg.build_sensor_context() as context:
        reason = punctuality.build(environment.load(), lambda: NOON)(context)
    assert isinstance(reason, dg.SkipReason)
    return reason


def test_the_sensor_tells_how_far_behind_the_projects_own_marts_are(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old, older = {"window": "20261121"}, {"window": "20261120"}, {"window": "20260101"}
    look(monkeypatch, a=new, b=old, no_longer_in_the_project=older)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["kura"] == {"event": "published", "hours_behind": 36}


def test_where_nothing_is_published_nothing_is_told(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(monkeypatch, a={}).skip_message == "nothing has been published yet"
    assert capsys.readouterr().out == ""


def metrics() -> dict[str, tuple[str, set[str]]]:
    """What Terraform's log-based metrics read, by name: the event, and its keys."""
    block = (
        r'(\w+) = \{\s+description[^\n]+\n\s+event\s+= "(\w+)"\n\s+field\s+= (?:null|"(\w+)")\n.*?labels\s+= \[(.*?)\]'
    )
    found = re.findall(block, (MONITORING / "metrics.tf").read_text(), re.DOTALL)
    return {
        name: (event, {key for key in (field, *re.findall(r"\w+", labels)) if key})
        for name, event, field, labels in found
    }


def test_metrics_and_alerts_in_terraform_read_what_is_written(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = reported(capsys, fail="yes")["kura"]
    look(monkeypatch, a={"window": "20261121"})
    monkeypatch.setattr(clients, "receipts", lambda _: SimpleNamespace(window_ends=dict))
    with dg.build_sensor_context() as context:
        freshness.build(environment.load(), [])(context)
    others = [json.loads(line)["kura"] for line in capsys.readouterr().out.splitlines()]
    # `reported` has taken out what differs with each run.
    written = {"run_ended": {*failed, "run_id", "seconds"}, **{one["event"]: set(one) for one in others}}

    read = metrics()
    assert read.keys() == {"runs", "run_seconds", "run_rows", "late_tables", "hours_behind"}
    assert {event for event, _ in read.values()} == set(written)
    for name, (event, keys) in read.items():
        assert keys <= written[event], name

    alerts_read = (MONITORING / "alerts.tf").read_text()
    assert set(re.findall(r"jsonPayload\.kura\.(\w+)", alerts_read)) <= written["run_ended"]
    assert dict(re.findall(r'jsonPayload\.kura\.(\w+)=\\"(\w+)\\"', alerts_read)).items() <= failed.items()
