"""The history of runs is Dagster's own, in databases that stay open."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import psutil
import pytest

from orchestration import history, instance

KEPT = 2
RUNS = 4


@dg.asset
def one() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 1})


@pytest.fixture
def instances(environ: dict[str, str]) -> Iterator[list[dg.DagsterInstance]]:
    """Two that share a home, as the command and the UI do."""
    instance.prepare(Path(environ["DAGSTER_HOME"]))
    with ExitStack() as stack:
        yield [stack.enter_context(dg.DagsterInstance.get()) for _ in range(2)]


def open_databases(home: str) -> set[str]:
    opened = {file.path for file in psutil.Process().open_files()}
    return {path for path in opened if path.startswith(f"{home}/history/runs/") and path.endswith(".db")}


def test_each_instance_reads_what_the_other_has_written_and_few_databases_stay_open(
    environ: dict[str, str], instances: list[dg.DagsterInstance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", KEPT)
    runs = [dg.materialize([one], instance=instances[number % 2]).run_id for number in range(RUNS)]
    for reader in instances:
        for run in runs:
            [made] = reader.all_logs(run, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
            assert made.run_id == run
        assert len(reader.fetch_materializations(dg.AssetKey("one"), limit=RUNS + 1).records) == RUNS
    assert 1 < len(open_databases(environ["DAGSTER_HOME"])) < RUNS
    for each in instances:
        each.dispose()
    assert not open_databases(environ["DAGSTER_HOME"])
