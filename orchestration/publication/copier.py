"""Copies marts from `build` to `marts`, each at once and whole.

Whether a copy carries policy tags, keeps the destination's or drops them is not documented ("Impact on writes from
column-level access control" says only who may copy). So a copy is rehearsed on a private candidate, into a new table
and over one that is there, before a table is published for the first time and whenever its columns or tags change.
Otherwise both tables have the same columns with the same tags, and one copy is enough.

At no moment is a column more open than both the old and the new declaration say: tags that protect are set before the
copy, and what opens a column follows it.
"""

import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from google.cloud import bigquery

from extract.errors import Terminal, Transient
from extract.outside import google_cloud
from extract.polling import ticks
from orchestration import clients, leftovers, policy_tags
from orchestration.environment import Environment
from orchestration.publication import evidence
from orchestration.publication.evidence import Build
from orchestration.publication.project import BUILD, MARTS, Project

WINDOW: Final = "window"
"""The label that says which window a published table holds."""
BUILT: Final = "built"
"""The label that says which version of the built table it is: its time of modification, in milliseconds."""
CANDIDATE: Final = "__candidate"
LIMIT: Final = 3600.0
"""Seconds that one copy may take."""


@dataclass(frozen=True)
class Mart:
    """A model to publish: its node in dbt's manifest and the policy tags that it declares."""

    name: str
    node: Mapping[str, Any]
    tags: Mapping[str, str]

    @classmethod
    def of(cls, environment: Environment, project: Project, model: str) -> Self:
        """What is published of a model, by its unique id."""
        node = project.models[model]
        return cls(node["alias"], node, policy_tags.declared_by_model(node, environment))

    @property
    def built(self) -> str:
        return f"{BUILD}.{self.name}"

    @property
    def candidate(self) -> str:
        return f"{BUILD}.{self.name}{CANDIDATE}"

    @property
    def published(self) -> str:
        return f"{MARTS}.{self.name}"


@dataclass(frozen=True)
class Copier:
    """Copies the marts of one window. Methods are called from several threads."""

    client: bigquery.Client
    environment: Environment
    partition_id: str

    def published_later(self, mart: Mart) -> str | None:
        """The partition id of what is published, where that is a later one than ours."""
        table = clients.find_table(self.client, mart.published)
        found = str(table.labels.get(WINDOW, "")) if table else ""
        return found if found > self.partition_id else None

    def published_tags(self, mart: Mart) -> dict[str, str] | None:
        """The policy tags that a published table has now; None when it is not published."""
        table = clients.find_table(self.client, mart.published)
        return policy_tags.live(table, self.environment) if table else None

    def remove_candidates(self) -> None:
        """Remove the candidates of rehearsals that were killed."""
        with google_cloud(f"looking for candidates in {BUILD}"):
            for item in self.client.list_tables(f"{self.client.project}.{BUILD}", retry=clients.RETRY):
                if item.table_id.endswith(CANDIDATE):
                    self.client.delete_table(item.reference, not_found_ok=True, retry=clients.RETRY)

    def publish(self, mart: Mart, build: Build, is_of_present_code: bool) -> dict[str, Any]:
        """Publish the version that the evidence is of, unless it is published already; returns the asset's metadata.

        Terminal when the built table is not that version, or a rehearsal shows that its tags would not be the declared
        ones; what is published stays as it is then. A table is removed when its copy turns out to have lost a tag.
        """
        began = time.monotonic()
        with google_cloud(f"publishing {mart.published}"):
            built = self._require(mart, self.client.get_table(mart.built, retry=clients.RETRY), build)
            published = clients.find_table(self.client, mart.published)
            self._require_closed(mart, published, is_of_present_code)
            job_id = None
            if published is None or not _is_copy(published, built):
                job_id = self._replace(mart, built, published)
                published = self.client.get_table(mart.published, retry=clients.RETRY)
            table = self._settle(mart, built, published)
        return {
            "dagster/row_count": table.num_rows or 0,
            "bytes": table.num_bytes or 0,
            "seconds": round(time.monotonic() - began, 3),
            "job_id": job_id or "not copied again: unchanged since it was published",
        }

    def _require(self, mart: Mart, built: bigquery.Table, build: Build) -> bigquery.Table:
        """The built table with the tags that are declared now. Terminal unless it is the one that passed."""
        if built.modified != build.modified:
            raise Terminal(f"{mart.built} was modified after it had been tested; build it again")
        tagged = policy_tags.put_in_order(self.client, built, mart.tags, self.environment)
        if difference := policy_tags.difference(mart.tags, policy_tags.live(tagged, self.environment)):
            raise Terminal(f"{mart.built}: {difference}; build it again")
        if tagged.modified != built.modified:
            evidence.append(self.client, [carried] if (carried := evidence.carried(build, built, tagged)) else [])
        return tagged

    def _require_closed(self, mart: Mart, published: bigquery.Table | None, is_of_present_code: bool) -> None:
        """Raise Terminal where a column would be opened of which the declaration need not be true."""
        if published is None or is_of_present_code:
            return
        if opens := policy_tags.opened(policy_tags.live(published, self.environment), mart.tags):
            raise Terminal(
                f"{mart.published}: {', '.join(opens)} would be opened, and rows were made by other code than the "
                "present; build it and all it is made from in whole, with dbt's --full-refresh, and remove before what "
                "reads itself"
            )

    def _replace(self, mart: Mart, built: bigquery.Table, published: bigquery.Table | None) -> str:
        """Copy the built table over the published one; the job's id."""
        if published and layout(built) != layout(published):
            raise Terminal(
                f"{mart.published} is partitioned otherwise than {mart.built} is now, which no copy can change; "
                f"remove it with `kura unpublish {mart.name}`, and publish it again"
            )
        if published and published.clustering_fields != built.clustering_fields:
            # A copy needs the same clustering on both sides, and unlike partitioning it can be changed.
            published.clustering_fields = built.clustering_fields
            published = self.client.update_table(published, ["clustering_fields"], retry=clients.RETRY)
        if published is None or self._columns(built) != self._columns(published):
            self._rehearse(mart, published)
        if published:
            before = policy_tags.live(published, self.environment)
            policy_tags.put_in_order(self.client, published, policy_tags.tightened(before, mart.tags), self.environment)
        job = self._copy(mart.built, mart.published)
        self._require_tags(mart)
        after = self.client.get_table(mart.built, retry=clients.RETRY)
        if after.modified != built.modified and after.modified <= job.ended:
            raise Terminal(
                f"{mart.built} was modified while it was copied (job {job.job_id}), so that what is published may be "
                "untested; build and publish it again"
            )
        return str(job.job_id)

    def _rehearse(self, mart: Mart, published: bigquery.Table | None) -> None:
        """Copy to a candidate, new and then again. Terminal when its tags are not the declared ones."""
        self.client.delete_table(mart.candidate, not_found_ok=True, retry=clients.RETRY)
        try:
            for source in (mart.published if published else mart.built, mart.built):
                self._copy(source, mart.candidate)
            live = policy_tags.live(self.client.get_table(mart.candidate, retry=clients.RETRY), self.environment)
        finally:
            self.client.delete_table(mart.candidate, not_found_ok=True, retry=clients.RETRY)
        if lost := policy_tags.opened(mart.tags, live):
            raise Terminal(
                f"{mart.published} is left as it was: a copy of {mart.built} loses the tags of {', '.join(lost)}; "
                "find out what has changed in BigQuery's copies"
            )

    def _require_tags(self, mart: Mart) -> None:
        """Remove a published table that has lost a tag, and raise Terminal."""
        table = self.client.get_table(mart.published, retry=clients.RETRY)
        if lost := policy_tags.opened(mart.tags, policy_tags.live(table, self.environment)):
            self.client.delete_table(table, retry=clients.RETRY)
            raise Terminal(
                f"{mart.published} was removed: {', '.join(lost)} had lost their tags; find out who changed them, "
                "run again"
            )

    def _settle(self, mart: Mart, built: bigquery.Table, table: bigquery.Table) -> bigquery.Table:
        """Give a published table its tags, descriptions, labels and settings, and compare what it has then."""
        if table.num_rows != built.num_rows:
            raise Terminal(
                f"{mart.published} has {table.num_rows} rows and {mart.built} has {built.num_rows}; find out what "
                "wrote to either, run again"
            )
        wanted = self._wanted(mart, built, table)
        if changed := [name for name, value in wanted.items() if _plain(getattr(table, name)) != _plain(value)]:
            for name in changed:
                setattr(table, name, wanted[name])
            table = self.client.update_table(table, changed, retry=clients.RETRY)
        if difference := policy_tags.difference(mart.tags, policy_tags.live(table, self.environment)):
            raise Terminal(f"{mart.published}: {difference}; find out who changed tags, run again")
        return table

    def _wanted(self, mart: Mart, built: bigquery.Table, table: bigquery.Table) -> dict[str, Any]:
        """What a published table's settings must be. Expiration and filter are those that dbt gave the built table."""
        labels = {**mart.node["config"].get("labels", {}), WINDOW: self.partition_id, BUILT: version(built.modified)}
        descriptions = {name: column["description"] for name, column in mart.node["columns"].items()}
        tagged = policy_tags.with_tags(table.schema, mart.tags, self.environment)
        return {
            "schema": [_described(field, descriptions) for field in tagged],
            "description": mart.node["description"].strip(),
            # A label goes only when it is set to nothing.
            "labels": {**dict.fromkeys(table.labels.keys() - labels.keys()), **labels},
            "expires": built.expires,
            "require_partition_filter": bool(built.require_partition_filter),
            "time_partitioning": built.time_partitioning,
        }

    def _columns(self, table: bigquery.Table) -> Any:
        """What must be equal in two tables for a copy between them to need no rehearsal."""
        return _shape(table.schema), policy_tags.live(table, self.environment)

    def _copy(self, source: str, destination: str) -> Any:
        config = bigquery.CopyJobConfig(write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE)
        job = self.client.copy_table(
            source, destination, job_id_prefix=leftovers.COPY_PREFIX, job_config=config, retry=clients.RETRY
        )
        for _ in ticks(LIMIT):
            if job.done(retry=clients.RETRY):
                job.result()
                return job
        raise Transient(f"copy job {job.job_id} does not end; run again later")


def version(modified: datetime.datetime) -> str:
    """How the label says which version of the built table was published."""
    return str(round(modified.timestamp() * 1000))


def layout(table: bigquery.Table) -> Any:
    """How a table is partitioned. A copy cannot change it: BigQuery calls the specifications incompatible."""
    days, ranges = table.time_partitioning, table.range_partitioning
    return days and (days.type_, days.field), ranges and ranges.field


def _is_copy(published: bigquery.Table, built: bigquery.Table) -> bool:
    return bool(published.labels.get(BUILT) == version(built.modified) and published.num_rows == built.num_rows)


def _shape(schema: list[bigquery.SchemaField]) -> list[Any]:
    return [(field.name, field.field_type, field.mode, _shape(list(field.fields))) for field in schema]


def _plain(value: Any) -> Any:
    """A setting in a form in which nothing, an empty value and false are the same."""
    if isinstance(value, bigquery.SchemaField):
        return _plain(value.to_api_repr())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value] or None
    if isinstance(value, dict):
        return {key: plain for key, one in value.items() if (plain := _plain(one))} or None
    return value or None


def _described(field: bigquery.SchemaField, descriptions: Mapping[str, str], path: str = "") -> bigquery.SchemaField:
    name = f"{path}{field.name}"
    content = {**field.to_api_repr(), "description": descriptions.get(name, "")}
    if field.fields:
        content["fields"] = [_described(child, descriptions, f"{name}.").to_api_repr() for child in field.fields]
    return bigquery.SchemaField.from_api_repr(content)
