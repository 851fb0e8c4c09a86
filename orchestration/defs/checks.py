"""What is checked beside dbt's tests: that nothing was lost on the way, and that live policy tags are as declared.

These two stop the run when they fail, so that nothing is built on or published from a table that did not pass. The
others warn.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import dagster as dg
from google.cloud import bigquery

from extract.contract import Table
from extract.delivery import Receipt
from extract.outside import google_cloud
from extract.schema import declared_tags
from orchestration import clients, lifeline, policy_tags, retries
from orchestration.environment import Environment

TAGS: Final = "policy_tags"
RECONCILED: Final = "reconciled"
DRIFT: Final = "drift"
DRIFTS: Final = ("unknown ", "vanished ")
"""How the receipts' sentences on columns begin that are not as the contract says."""
WARNINGS: Final = "warnings"
STEP: Final = "tags"
AT_ONCE: Final = 8


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


def drift_key(asset: dg.AssetKey) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(asset, DRIFT)


def drift_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        DRIFT, asset=asset, description="The source delivers the columns that the contract declares, and no others."
    )


def drift(asset: dg.AssetKey, table: Table, receipt: Receipt | None) -> dg.AssetCheckResult:
    """A warning for columns that the contract does not know, and for those that are no longer delivered.

    It stops nothing: an unknown column is locked, and of one that has vanished staging has nulls.
    """
    found = [change for change in receipt.schema_changes if change.startswith(DRIFTS)] if receipt else []
    advice = f"declare or remove them in the contract of {table}; until then an unknown column is locked"
    return dg.AssetCheckResult(
        check_name=DRIFT,
        asset_key=asset,
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{', '.join(found)}; {advice}" if found else None,
        metadata={"schema_changes": list(receipt.schema_changes) if receipt else []},
    )


def warnings_key(asset: dg.AssetKey) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(asset, WARNINGS)


def warnings_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        WARNINGS, asset=asset, description="The source delivered nothing that a person should put right there."
    )


def warnings(asset: dg.AssetKey, receipt: Receipt | None) -> dg.AssetCheckResult:
    """What the source found wrong in its own content, such as `#REF!` in a cell. It stops nothing."""
    found = receipt.warnings if receipt else ()
    return dg.AssetCheckResult(
        check_name=WARNINGS,
        asset_key=asset,
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(found) or None,
        metadata={"warnings": list(found)},
    )


def compare(asset: dg.AssetKey, declared: Mapping[str, str], live: Mapping[str, str]) -> dg.AssetCheckResult:
    """The result of the check of an asset's policy tags."""
    found = policy_tags.difference(declared, live)
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
    with google_cloud(f"counting the rows of {table.dataset}.{table.name}"):
        [row] = client.query_and_wait(query, retry=clients.RETRY)
    counted = row[0]
    return dg.AssetCheckResult(
        check_name=RECONCILED,
        asset_key=asset,
        passed=receipt.rows_delivered == receipt.rows_loaded == counted,
        description=f"{receipt.rows_delivered} delivered, {receipt.rows_loaded} loaded, {counted} counted",
        metadata={"delivered": receipt.rows_delivered, "loaded": receipt.rows_loaded, "counted": counted},
    )


def tags_of_table(
    asset: dg.AssetKey, client: bigquery.Client, environment: Environment, table: Table
) -> dg.AssetCheckResult:
    """Compare the policy tags of a raw table with those that its contract demands of the columns it has."""
    with google_cloud(f"looking at table {table.dataset}.{table.name}"):
        found = client.get_table(f"{table.dataset}.{table.name}", retry=clients.RETRY)
    declared = declared_tags(table, [column.name for column in found.schema])
    return compare(asset, declared, policy_tags.live(found, environment))


def of_models(environment: Environment, manifest: Mapping[str, Any]) -> dg.AssetChecksDefinition:
    """The policy tags of every staging and build table, compared in one step after dbt."""
    nodes = {
        dg.AssetKey([node["schema"], node["name"]]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    }

    @dg.multi_asset_check(name=STEP, specs=[tags_spec(key) for key in nodes], can_subset=True)
    def tags(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with lifeline.step(environment.dagster_home), retries.told(context), ThreadPoolExecutor(AT_ONCE) as pool:
            client = clients.bigquery_client(environment)

            def check(key: dg.AssetKey) -> dg.AssetCheckResult:
                node = nodes[key]
                with google_cloud(f"looking at table {node['schema']}.{node['alias']}"):
                    found = client.get_table(f"{node['schema']}.{node['alias']}", retry=clients.RETRY)
                declared = policy_tags.declared_by_model(node, environment)
                return compare(key, declared, policy_tags.live(found, environment))

            selected = context.selected_asset_check_keys
            yield from pool.map(check, [key for key in nodes if tags_key(key) in selected])

    return tags
