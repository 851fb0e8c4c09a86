"""Raw tables: one step a kind of source, which works on its tables concurrently."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import dagster as dg

from extract import run
from extract.contract import Table
from extract.delivery import Failure, Receipt
from extract.errors import Terminal, Transient
from extract.replay import Replay
from orchestration import clients, instance, lifeline, retries
from orchestration.defs import checks, columns, freshness
from orchestration.environment import Environment
from orchestration.partitions import ONE_DAY_A_RUN, window_of

KINDS: Final[Mapping[str, str]] = {
    "dynamodb": "dynamodb",
    "aurora": "postgresql",
    "stripe": "stripe",
    "sheets": "googlesheets",
}


POOLS: Final[Mapping[str, str]] = {"aurora": "aurora_exports"}
"""The pools of those steps that use what is limited beyond a run; `dagster.yaml` says how much there is of it."""

CHECKS: Final = (checks.reconciled_spec, checks.tags_spec, checks.drift_spec, checks.warnings_spec)


def key(table: Table) -> dg.AssetKey:
    """The same key that dagster-dbt gives to dbt's source."""
    return dg.AssetKey([table.dataset, table.name])


def build(
    environment: Environment, tables: Iterable[Table], partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """The raw tables as assets, each with its checks."""
    by_source: dict[str, list[Table]] = {}
    for table in tables:
        by_source.setdefault(table.source, []).append(table)
    return [_step(environment, source, group, partitions) for source, group in sorted(by_source.items())]


def metadata(receipt: Receipt) -> dict[str, Any]:
    """A receipt as an asset's metadata."""
    return {
        "dagster/row_count": receipt.rows_loaded,
        "rows_delivered": receipt.rows_delivered,
        "bytes": receipt.bytes,
        "files": receipt.files,
        "seconds": round(receipt.seconds, 3),
        "job_id": receipt.job_id,
        "position": receipt.position,
        "schema_changes": list(receipt.schema_changes),
    }


def _step(
    environment: Environment, source: str, tables: Sequence[Table], partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=source,
        specs=[_spec(environment, table, partitions) for table in tables],
        check_specs=[spec for table in tables for spec in _check_specs(table)],
        backfill_policy=ONE_DAY_A_RUN,
        can_subset=True,
        pool=POOLS.get(source),
    )
    def extract(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        with lifeline.step(environment.dagster_home), retries.told(context):
            failures = []
            for outcome in _load(environment, source, tables, context):
                if isinstance(outcome, Failure):
                    context.log.error(str(outcome.error))
                    failures.append(outcome)
                else:
                    [table] = [table for table in tables if table.name == outcome.table_name]
                    yield dg.MaterializeResult(key(table), metadata=metadata(outcome))
            failed = {failure.table for failure in failures}
            yield from _check(environment, [table for table in tables if table not in failed], context)
            if failures:
                raise _error(failures)

    return extract


def _load(
    environment: Environment, source: str, tables: Sequence[Table], context: dg.AssetExecutionContext
) -> Iterator[Receipt | Failure]:
    wanted = [table for table in tables if key(table) in context.selected_asset_keys]
    if wanted:
        yield from run.run(
            Replay() if instance.REPLAY in context.run.tags else clients.source(environment, source),
            wanted,
            window_of(context, environment.timezone),
            clients.landing(environment),
            clients.warehouse(environment),
            context.log.info,
        )


def _check(
    environment: Environment, tables: Sequence[Table], context: dg.AssetExecutionContext
) -> Iterator[dg.AssetCheckResult]:
    """The selected checks of the tables, against their newest receipts."""
    selected = context.selected_asset_check_keys
    client, stored = clients.loader_client(environment), clients.receipts(environment)
    receipts = {(receipt.source, receipt.table_name): receipt for receipt in stored.newest()}
    ends, now = stored.window_ends(), datetime.datetime.now(datetime.UTC)

    def check(table: Table) -> list[dg.AssetCheckResult]:
        asset, results = key(table), []
        if checks.reconciled_key(asset) in selected:
            results.append(checks.reconcile(asset, client, table, receipts.get((table.source, table.name))))
        if checks.tags_key(asset) in selected:
            results.append(checks.tags_of_table(asset, client, environment, table))
        if checks.drift_key(asset) in selected:
            results.append(checks.drift(asset, table, receipts.get((table.source, table.name))))
        if checks.warnings_key(asset) in selected:
            results.append(checks.warnings(asset, receipts.get((table.source, table.name))))
        if freshness.key(asset) in selected:
            results.append(freshness.result(asset, table, ends, now))
        return results

    with ThreadPoolExecutor(checks.AT_ONCE) as pool:
        for results in pool.map(check, tables):
            yield from results


def _error(failures: Sequence[Failure]) -> Terminal | Transient:
    """What ends the step: Transient when every failure may pass by itself."""
    reasons = "; ".join(str(failure.error) for failure in failures)
    lasting = any(isinstance(failure.error, Terminal) for failure in failures)
    return Terminal(reasons) if lasting else Transient(reasons)


def _check_specs(table: Table) -> Iterator[dg.AssetCheckSpec]:
    yield from (spec(key(table)) for spec in CHECKS)
    if table.freshness:
        yield freshness.spec(key(table), table.freshness)


def _spec(environment: Environment, table: Table, partitions: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        key(table),
        description=table.description,
        group_name=table.source,
        kinds={KINDS[table.source], "bigquery"},
        skippable=True,
        partitions_def=partitions,
        metadata={
            "dagster/column_schema": columns.of_table(table),
            "dagster/table_name": f"{environment.project}.{table.dataset}.{table.name}",
            "relation": table.relation,
            "mode": table.mode,
            "key": list(table.key),
        },
    )
