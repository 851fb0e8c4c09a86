"""Publication: each mart is copied whole from the private dataset `build` to `marts`, once its tests have passed.

Every copy is rehearsed first on a private candidate, over what is published now. Whether a copy carries the source's
policy tags, keeps the destination's or drops them is thereby seen before anyone can read the result; when the tags of
one candidate differ from the declared ones, nothing at all is published.

What is published never goes back in time: a table that holds a later window, by its label, is left as it is.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from extract.errors import Terminal, Transient
from extract.outside import google_cloud
from extract.polling import ticks
from orchestration import clients, leftovers, lifeline, policy_tags, retries
from orchestration.defs import checks, columns
from orchestration.environment import Environment
from orchestration.partitions import ONE_DAY_A_RUN, window_of

STEP: Final = "publish"
BUILD: Final = "build"
MARTS: Final = "marts"
AT_ONCE: Final = 8
WINDOW: Final = "window"
"""The label that says which window a published table holds."""
LIMIT: Final = 3600.0
"""Seconds that one copy may take."""


@dataclass(frozen=True)
class Mart:
    """A model to publish: its node in dbt's manifest and the policy tags that it declares."""

    name: str
    node: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey([MARTS, self.name])

    @property
    def built(self) -> str:
        return f"{BUILD}.{self.name}"

    @property
    def candidate(self) -> str:
        return f"{BUILD}.{self.name}__candidate"

    @property
    def published(self) -> str:
        return f"{MARTS}.{self.name}"


def marts(environment: Environment, manifest: Mapping[str, Any]) -> list[Mart]:
    """Every model in `models/marts`, by name."""
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == MARTS and node["schema"] == BUILD
    ]
    return [
        Mart(node["name"], node, policy_tags.declared_by_model(node, environment))
        for node in sorted(nodes, key=lambda node: str(node["name"]))
    ]


def build(
    environment: Environment, manifest: Mapping[str, Any], partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The published tables as assets, each with a check of its live policy tags."""
    all_marts = marts(environment, manifest)

    @dg.multi_asset(
        name=STEP,
        specs=[_spec(mart, environment, partitions) for mart in all_marts],
        check_specs=[checks.tags_spec(mart.key) for mart in all_marts],
        backfill_policy=ONE_DAY_A_RUN,
        can_subset=True,
    )
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        with lifeline.step(environment.dagster_home), retries.told(context), ThreadPoolExecutor(AT_ONCE) as pool:
            window = window_of(context, environment.timezone)
            copier = Copier(clients.bigquery_client(environment), environment, window.partition_id)
            selected = [mart for mart in all_marts if mart.key in context.selected_asset_keys]
            wanted = []
            for mart, later in zip(selected, pool.map(copier.published_later, selected), strict=True):
                if later:
                    context.log.warning(f"{mart.published} holds {later} already, so {window.date} is not published")
                else:
                    wanted.append(mart)
            if wanted:
                leftovers.wait(copier.client, context.log.info)
                if differences := [difference for difference in pool.map(copier.rehearse, wanted) if difference]:
                    raise Terminal(f"nothing is published: {'; '.join(differences)}")
                context.log.info(f"rehearsed {len(wanted)} copies: all keep their policy tags")
            for mart, metadata in zip(wanted, pool.map(copier.publish, wanted), strict=True):
                yield dg.MaterializeResult(mart.key, metadata=metadata)
            checked = [mart for mart in all_marts if checks.tags_key(mart.key) in context.selected_asset_check_keys]
            for mart, live in zip(checked, pool.map(copier.published_tags, checked), strict=True):
                yield checks.compare(mart.key, mart.tags, live)

    return publish


@dataclass(frozen=True)
class Copier:
    """Copies marts and looks at their policy tags. Methods are called from several threads."""

    client: bigquery.Client
    environment: Environment
    partition_id: str

    def published_later(self, mart: Mart) -> str | None:
        """The partition id of what is published, where that is a later one than ours."""
        with google_cloud(f"looking at table {mart.published}"):
            try:
                found = str(self._get(mart.published).labels.get(WINDOW, ""))
            except NotFound:
                return None
        return found if found > self.partition_id else None

    def rehearse(self, mart: Mart) -> str | None:
        """Publish to the candidate, as it would be to `marts`; returns how its tags differ from the declared ones."""
        with google_cloud(f"rehearsing the copy of {mart.built}"):
            if self._exists(mart.published):
                self._copy(mart.published, mart.candidate)
            self._copy(mart.built, mart.candidate)
            live = policy_tags.live(self._get(mart.candidate), self.environment)
            self.client.delete_table(mart.candidate, retry=clients.RETRY)
        difference = policy_tags.difference(mart.tags, live)
        return f"in a copy of {mart.built} {difference}" if difference else None

    def publish(self, mart: Mart) -> dict[str, Any]:
        """Copy to `marts` and return the asset's metadata. A table with wrong tags does not stay there."""
        began = time.monotonic()
        with google_cloud(f"publishing {mart.published}"):
            job_id = self._copy(mart.built, mart.published)
            table, built = self._get(mart.published), self._get(mart.built)
            difference = policy_tags.difference(mart.tags, policy_tags.live(table, self.environment))
            if difference:
                self.client.delete_table(table, retry=clients.RETRY)
                raise Terminal(f"{mart.published} was removed: {difference}; find out who changed tags, run again")
            if table.num_rows != built.num_rows:
                raise Terminal(
                    f"{mart.published} has {table.num_rows} rows and {mart.built} has {built.num_rows} "
                    f"(copy job {job_id}); find out what wrote to either, run again"
                )
            # A copy leaves the destination's own settings as they are.
            table.description = mart.node["description"]
            table.require_partition_filter = built.require_partition_filter
            table.labels = {**table.labels, WINDOW: self.partition_id}
            self.client.update_table(table, ["description", "require_partition_filter", "labels"], retry=clients.RETRY)
        return {
            "dagster/row_count": table.num_rows or 0,
            "bytes": table.num_bytes or 0,
            "seconds": round(time.monotonic() - began, 3),
            "job_id": job_id,
        }

    def published_tags(self, mart: Mart) -> dict[str, str]:
        """The policy tags that a published table has now."""
        with google_cloud(f"looking at table {mart.published}"):
            return policy_tags.live(self._get(mart.published), self.environment)

    def _copy(self, source: str, destination: str) -> str:
        config = bigquery.CopyJobConfig(write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE)
        job = self.client.copy_table(
            source, destination, job_id_prefix=leftovers.COPY_PREFIX, job_config=config, retry=clients.RETRY
        )
        for _ in ticks(LIMIT):
            if job.done(retry=clients.RETRY):
                job.result()
                return str(job.job_id)
        raise Transient(f"copy job {job.job_id} does not end; run again later")

    def _get(self, table: str) -> bigquery.Table:
        return self.client.get_table(table, retry=clients.RETRY)

    def _exists(self, table: str) -> bool:
        try:
            self._get(table)
        except NotFound:
            return False
        return True


def _spec(mart: Mart, environment: Environment, partitions: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        mart.key,
        deps=[dg.AssetKey([BUILD, mart.name])],
        description=mart.node["description"],
        group_name=MARTS,
        kinds={"bigquery"},
        skippable=True,
        partitions_def=partitions,
        metadata={
            "dagster/column_schema": columns.of_model(mart.node, environment),
            "dagster/table_name": f"{environment.project}.{mart.published}",
        },
    )
