"""What a failed run has left undone although nothing that it is made from has failed."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from orchestration import continuation, instance
from orchestration.defs import continuation as sensor

DAYS = dg.DailyPartitionsDefinition(start_date="2026-11-01")
DAY = "2026-11-21"


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


def multi(name: str, failing: set[str], deps: dict[str, list[str]], checks: list[str] = ()) -> dg.AssetsDefinition:  # type: ignore[assignment]
    """A step with several assets, of which those in `failing` are not made; the blocking checks in it fail."""

    @dg.multi_asset(
        name=name,
        specs=[
            dg.AssetSpec(key(asset), deps=[key(dep) for dep in above], skippable=True, partitions_def=DAYS)
            for asset, above in deps.items()
        ],
        check_specs=[dg.AssetCheckSpec("sound", asset=key(asset), blocking=True) for asset in checks],
        can_subset=True,
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for asset in sorted(deps):
            if key(asset) in context.selected_asset_keys and asset not in failing:
                yield dg.MaterializeResult(key(asset))
        for asset in checks:
            yield dg.AssetCheckResult(asset_key=key(asset), check_name="sound", passed=f"{asset}!" not in failing)
        if failing & deps.keys():
            raise dg.Failure("no", allow_retries=False)

    return step


def definitions(*failing: str) -> dg.Definitions:
    """Two sources, their models, and their marts; `build/both` is made of both."""
    steps = [
        multi("shop", set(failing), {"raw/a": [], "raw/b": []}),
        multi("bank", set(failing), {"raw/c": []}),
        multi(
            "dbt",
            set(failing),
            {"build/a": ["raw/a"], "build/b": ["raw/b"], "build/both": ["raw/c", "build/b"]},
            checks=["build/a"],
        ),
        multi("publish", set(failing), {f"marts/{name}": [f"build/{name}"] for name in ("a", "b", "both")}),
    ]
    return dg.Definitions(assets=steps, jobs=[dg.define_asset_job("daily")])


def executed(
    dagster: dg.DagsterInstance, loaded: dg.Definitions, keys: frozenset[dg.AssetKey] | None = None, **tags: str
) -> dg.ExecuteInProcessResult:
    job = loaded.resolve_job_def("daily")
    selection = sorted(keys) if keys else None
    return job.execute_in_process(
        instance=dagster, partition_key=DAY, asset_selection=selection, raise_on_error=False, tags=tags
    )


def undone(dagster: dg.DagsterInstance, loaded: dg.Definitions, run: dg.ExecuteInProcessResult) -> continuation.Undone:
    return continuation.of_run(dagster, run.run_id, loaded.resolve_asset_graph())


@pytest.fixture
def dagster() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def names(keys: frozenset[dg.AssetKey]) -> set[str]:
    return {found.to_user_string() for found in keys}


def test_what_does_not_depend_on_a_source_that_failed_is_left_to_a_continuation(dagster: dg.DagsterInstance) -> None:
    loaded = definitions("raw/b")
    first = executed(dagster, loaded)
    assert not first.success
    found = undone(dagster, loaded, first)
    assert names(found.assets) == {"build/a", "marts/a"}
    assert found.told("marts") == ["marts/b is held back by raw/b", "marts/both is held back by raw/b"]
    second = executed(dagster, loaded, found.assets)
    assert second.success
    assert {
        event.asset_key.to_user_string() for event in second.get_asset_materialization_events() if event.asset_key
    } == {
        "build/a",
        "marts/a",
    }


def test_marts_of_sound_models_are_left_where_others_failed_and_so_it_goes_on(dagster: dg.DagsterInstance) -> None:
    loaded = definitions("raw/c", "build/b")
    first = executed(dagster, loaded)
    found = undone(dagster, loaded, first)
    assert names(found.assets) == {"build/a", "build/b", "marts/a", "marts/b"}
    second = executed(dagster, loaded, found.assets)
    assert not second.success
    found = undone(dagster, loaded, second)
    assert names(found.assets) == {"marts/a"}
    assert executed(dagster, loaded, found.assets).success


def test_a_failed_blocking_check_holds_back_what_is_below_it(dagster: dg.DagsterInstance) -> None:
    loaded = definitions("build/a!")
    found = undone(dagster, loaded, executed(dagster, loaded))
    assert names(found.assets) == {"marts/b", "marts/both"}
    assert found.told("marts") == ["marts/a is held back by build/a"]


def test_where_everything_has_failed_nothing_is_left(dagster: dg.DagsterInstance) -> None:
    loaded = definitions("raw/a", "raw/b", "raw/c")
    assert not undone(dagster, loaded, executed(dagster, loaded)).assets


def requested(dagster: dg.DagsterInstance, loaded: dg.Definitions, **tags: str) -> list[Any]:
    """What the sensor asks for after a failed run."""
    run = executed(dagster, loaded, **tags)
    continues = sensor.build(dg.define_asset_job("daily"))
    failure = next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")
    context = dg.build_run_status_sensor_context(
        sensor_name="continue_failed_run",
        dagster_event=failure,
        dagster_instance=dagster,
        dagster_run=run.dagster_run,
        repository_def=loaded.get_repository_def(),
    )
    result: Any = continues(context)
    return list(result)


def test_the_sensor_asks_for_one_continuation_of_the_same_day(dagster: dg.DagsterInstance) -> None:
    [request] = requested(dagster, definitions("raw/b"), **{instance.REPLAY: "true"})
    assert set(request.asset_selection) == {key("build/a"), key("marts/a")}
    assert request.partition_key == DAY
    assert request.tags[instance.REPLAY] == "true"
    assert request.run_key == request.tags[continuation.TAG]


def test_the_sensor_leaves_runs_of_the_command_and_hopeless_ones_alone(dagster: dg.DagsterInstance) -> None:
    [skipped] = requested(dagster, definitions("raw/b"), **{instance.TAG: instance.COMMAND})
    assert isinstance(skipped, dg.SkipReason)
    [skipped] = requested(dagster, definitions("raw/a", "raw/b", "raw/c"))
    assert isinstance(skipped, dg.SkipReason)
