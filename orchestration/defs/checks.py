"""What is checked beside dbt's tests: that nothing was lost on the way, and that live policy tags are as declared.

Each check stops the run when it fails, so that nothing is built on or published from a table that did not pass.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dagster as dg
from google.cloud import bigquery

from extract.contract import Table
from extract.delivery import Receipt
from extract.raw import Warehouse
from extract.schema import declared_tags
from orchestration import clients, lifeline, retries
from orchestration.defs import columns
from orchestration.environment import Environment

TAGS: Final = "policy_tags"
RECONCILED: Final = "reconciled"
STEP: Final = "tags"


def tags_key(asset: dg.AssetKey) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(asset, TAGS)


def tags_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        TAGS, asset=asset, description="The policy tags in BigQuery are the declared ones.", blocking=True
    )


def reconciled_key(asset: dg.AssetKey) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(asset, RECONCILED)


def reconciled_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        RECONCILED,
        asset=asset,
        description="Rows delivered by the source = rows loaded = rows counted in the partition.",
        blocking=True,
    )


def difference(declared: Mapping[str, str], live: Mapping[str, str]) -> str:
    """How live policy tags differ from declared ones, as a sentence for people; empty when they do not."""
    return ", ".join(
        f"{column} is {live.get(column, 'open')} but declared {declared.get(column, 'open')}"
        for column in sorted(declared.keys() | live.keys())
        if declared.get(column) != live.get(column)
    )


def compare(asset: dg.AssetKey, declared: Mapping[str, str], live: Mapping[str, str]) -> dg.AssetCheckResult:
    """The result of the check of an asset's policy tags."""
    found = difference(declared, live)
    return dg.AssetCheckResult(
        check_name=TAGS,
        asset_key=asset,
        passed=not found,
        description=found or None,
        metadata={"declared": dict(declared), "live": dict(live)},
    )


def reconcile(
    asset: dg.AssetKey, client: bigquery.Client, table: Table, receipt: Receipt | None
) -> dg.AssetCheckResult:
    """Compare a load's receipt with the rows that its partition has now."""
    if receipt is None:
        return dg.AssetCheckResult(check_name=RECONCILED, asset_key=asset, passed=False, description="never loaded")
    day = f"{receipt.partition_id[:4]}-{receipt.partition_id[4:6]}-{receipt.partition_id[6:]}"
    query = f"SELECT COUNT(*) FROM `{table.dataset}.{table.name}` WHERE _PARTITIONTIME = TIMESTAMP '{day}'"
    [row] = client.query_and_wait(query)
    counted = row[0]
    return dg.AssetCheckResult(
        check_name=RECONCILED,
        asset_key=asset,
        passed=receipt.rows_delivered == receipt.rows_loaded == counted,
        description=f"{receipt.rows_delivered} delivered, {receipt.rows_loaded} loaded, {counted} counted",
        metadata={"delivered": receipt.rows_delivered, "loaded": receipt.rows_loaded, "counted": counted},
    )


def tags_of_table(
    asset: dg.AssetKey, client: bigquery.Client, warehouse: Warehouse, table: Table
) -> dg.AssetCheckResult:
    """Compare the policy tags of a raw table with those that its contract demands of the columns it has."""
    names = [column.name for column in client.get_table(f"{table.dataset}.{table.name}").schema]
    return compare(asset, declared_tags(table, names), warehouse.live_tags(table.dataset, table.name))


def of_models(environment: Environment, manifest: Mapping[str, Any]) -> dg.AssetChecksDefinition:
    """The policy tags of every staging and build table, compared in one step after dbt."""
    nodes = {
        dg.AssetKey([node["schema"], node["name"]]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] in ("table", "incremental")
    }

    @dg.multi_asset_check(name=STEP, specs=[tags_spec(key) for key in nodes], can_subset=True)
    def tags(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with lifeline.step(environment.dagster_home), retries.told(context):
            warehouse = clients.warehouse(environment)
            for key, node in nodes.items():
                if tags_key(key) in context.selected_asset_check_keys:
                    live = warehouse.live_tags(node["schema"], node["alias"])
                    yield compare(key, columns.declared_tags(node, environment), live)

    return tags
