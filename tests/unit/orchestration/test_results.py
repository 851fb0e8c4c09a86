"""What is said of a run: which assets were made, which failed and why, which were never reached."""

import dataclasses
import datetime
import io
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
import requests
from rich.console import Console

from extract.contract import Column, Table
from extract.delivery import Receipt
from extract.errors import Terminal, Transient
from orchestration import environment, results, retries, terminal
from orchestration.defs import alerts, checks

GOOD, BAD = dg.AssetKey(["raw_shop", "good"]), dg.AssetKey(["raw_shop", "bad"])
MODEL = dg.AssetKey(["build", "model"])
AT = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
RECEIPT = Receipt(
    source="aurora",
    table_name="users",
    partition_id="20261121",
    window_start=AT,
    window_end=AT + datetime.timedelta(days=1),
    rows_delivered=1,
    rows_loaded=1,
    bytes=1,
    files=1,
    job_id="job",
    fingerprint="content",
    position="then",
    schema_changes=(),
    loaded_at=AT,
    seconds=1.0,
    kind="full",
)


def executed(error: Exception | None = None, *, check_passes: bool = True, retry: bool = False) -> results.Results:
    """The results of a run in which `good` is made, `bad` is not when there is an error, and `model` needs both."""

    @dg.multi_asset(
        name="shop",
        specs=[dg.AssetSpec(GOOD, skippable=True), dg.AssetSpec(BAD, skippable=True)],
        check_specs=[checks.tags_spec(GOOD)],
    )
    def shop(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        with retries.told(context):
            metadata = {"dagster/row_count": 12, "bytes": 3_400, "seconds": 1.25}
            yield dg.MaterializeResult(GOOD, metadata=metadata)
            yield checks.compare(GOOD, {"email": "pii"}, {"email": "pii"} if check_passes else {})
            if error:
                raise error
            yield dg.MaterializeResult(BAD)

    @dg.asset(key=MODEL, deps=[GOOD, BAD])
    def model() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([shop, model], instance=instance, raise_on_error=False)
        return results.of_run(instance, run.run_id)


def text(results: results.Results) -> str:
    stream = io.StringIO()
    Console(file=stream, width=120).print(terminal.summary(results, 3.0))
    return "\n".join([stream.getvalue(), *terminal.failures(results)])


def test_a_good_run_tells_rows_bytes_seconds_and_checks_of_each_asset() -> None:
    outcome = executed()
    good = outcome.assets["raw_shop/good"]
    assert (good.materialized, good.rows, good.bytes, good.seconds) == (True, 12, 3_400, 1.25)
    assert (good.checks_passed, good.checks_failed) == (1, [])
    assert not outcome.errors and not outcome.failed and not outcome.not_run
    lines = [line for line in text(outcome).splitlines() if "raw_shop/good" in line]
    assert [cell.strip() for cell in lines[0].strip("│").split("│")] == ["raw_shop/good", "12", "3.4 kB", "1.2", "1/1"]


def test_a_failed_asset_is_named_with_its_reason_and_what_was_not_run() -> None:
    outcome = executed(Terminal("shop.bad: the export skipped it;\n grant SELECT"))
    assert outcome.assets["raw_shop/good"].materialized
    assert outcome.errors == {"shop": "shop.bad: the export skipped it; grant SELECT"}
    shown = text(outcome)
    assert "step shop failed: shop.bad: the export skipped it; grant SELECT" in shown
    assert "failed assets: raw_shop/bad\n" in shown + "\n"
    assert "not run because of that: build/model" in shown


def test_an_unexpected_error_is_told_without_a_traceback() -> None:
    outcome = executed(ValueError("no such\nthing"))
    assert outcome.errors == {"shop": "ValueError: no such thing"}


def test_a_failed_check_is_named_and_stops_what_comes_after() -> None:
    outcome = executed(check_passes=False)
    assert [asset.key for asset in outcome.failed] == ["raw_shop/good"]
    assert [asset.key for asset in outcome.not_run] == ["build/model"]
    assert "check policy_tags of raw_shop/good failed" in text(outcome)


def test_what_may_pass_by_itself_is_tried_again_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT", 0.001)
    outcome = executed(Transient("the warehouse is busy"))
    assert outcome.errors == {"shop": f"the warehouse is busy (tried {retries.MAX_RETRIES + 1} times)"}


def test_what_a_person_must_mend_is_not_tried_again() -> None:
    tried = 0

    @dg.asset
    def broken(context: dg.AssetExecutionContext) -> None:
        nonlocal tried
        tried += 1
        with retries.told(context):
            raise Terminal("no")

    dg.materialize([broken], raise_on_error=False)
    assert tried == 1


def test_the_report_names_what_failed(variables: dict[str, str]) -> None:
    run = dg.DagsterRun(job_name="daily", tags={"dagster/partition": "2026-11-21"})
    settings = environment.load(variables)
    report = alerts.text(settings, run, executed(Terminal("shop.bad: no")))
    assert report.splitlines() == [
        "dev: daily of 2026-11-21 failed: 1 of 3 assets, 12 rows, 1 checks",
        "• shop: shop.bad: no",
        "failed: raw_shop/bad",
    ]
    assert alerts.text(settings, run, executed()).startswith("dev: daily of 2026-11-21 succeeded: 3 of 3 assets")


def test_a_report_that_can_not_be_posted_warns_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/not_to_be_seen")

    def refused(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("http://127.0.0.1:9/not_to_be_seen: refused")

    monkeypatch.setattr(requests, "post", refused)
    warnings: list[str] = []
    alerts.post("hello", warnings.append)
    assert warnings == ["the report could not be posted to Slack (ConnectionError)"]


@pytest.mark.parametrize(
    ("change", "passes"),
    [("unknown note STRING, restricted", False), ("vanished email", False), ("added email STRING, pii", True)],
)
def test_what_a_contract_does_not_say_of_its_source_is_a_warning(change: str, passes: bool) -> None:
    table = Table("aurora", "users", "Users.", "public.users", "snapshot", ("id",), (Column("id", "INT64", "Id."),))
    receipt = dataclasses.replace(RECEIPT, schema_changes=(change, "tagged id with nothing"))
    result = checks.drift(GOOD, table, receipt)
    assert (result.passed, result.severity) == (passes, dg.AssetCheckSeverity.WARN)
    assert passes or f"{change}; declare or remove them in the contract of aurora.users" in str(result.description)


def test_what_is_wrong_in_a_source_is_a_warning_of_each_table() -> None:
    told = "planning/targets: cells with errors: #REF! in C7"
    result = checks.warnings(GOOD, dataclasses.replace(RECEIPT, warnings=(told, "planning/targets: more")))
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.description == f"{told}; planning/targets: more"
    assert checks.warnings(GOOD, RECEIPT).passed


def test_a_warning_of_a_check_stops_nothing_and_is_part_of_the_report(variables: dict[str, str]) -> None:
    @dg.multi_asset(name="shop", specs=[dg.AssetSpec(GOOD)], check_specs=[checks.drift_spec(GOOD)])
    def shop() -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        yield dg.MaterializeResult(GOOD)
        yield dg.AssetCheckResult(
            check_name=checks.DRIFT, passed=False, severity=dg.AssetCheckSeverity.WARN, description="unknown note"
        )

    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([shop], instance=instance)
        outcome = results.of_run(instance, run.run_id)
        assert run.success and not outcome.failed
        stored = instance.get_run_by_id(run.run_id)
    assert stored is not None
    report = alerts.text(environment.load(variables), stored, outcome)
    assert "succeeded" in report
    assert "• raw_shop/good: drift: unknown note" in report
