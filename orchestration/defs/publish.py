"""Publication: each mart is copied whole from the private dataset `build` to `marts`, once its tests have passed.

What is published never goes back in time: a table that holds a later window, by its label, is left as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from extract.errors import Terminal, Transient
from orchestration import clients, leftovers, lifeline, policy_tags, retries
from orchestration.defs import checks, columns
from orchestration.environment import Environment
from orchestration.partitions import ONE_DAY_A_RUN, window_of
from orchestration.publication.copier import Copier, Mart
from orchestration.publication.gate import Gate
from orchestration.publication.project import BUILD, MARTS, Project

STEP: Final = "publish"
AT_ONCE: Final = 8


@dataclass(frozen=True)
class Published:
    """A mart as an asset: its model's unique id, and what is copied."""

    model: str
    mart: Mart

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey([MARTS, self.mart.name])


def build(
    environment: Environment, manifest: Mapping[str, Any], partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """The published tables as assets, each with a check of its live policy tags."""
    project = Project(manifest)
    marts = [Published(model, of_model(environment, project, model)) for model in project.marts()]

    @dg.multi_asset(
        name=STEP,
        specs=[_spec(mart, environment, partitions) for mart in marts],
        check_specs=[checks.tags_spec(mart.key) for mart in marts],
        backfill_policy=ONE_DAY_A_RUN,
        can_subset=True,
    )
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        with lifeline.step(environment.dagster_home), retries.told(context), ThreadPoolExecutor(AT_ONCE) as pool:
            window = window_of(context, environment.timezone)
            copier = Copier(clients.bigquery_client(environment), environment, window.partition_id)
            selected = [mart for mart in marts if mart.key in context.selected_asset_keys]
            wanted = []
            for mart, later in zip(
                selected, pool.map(lambda one: copier.published_later(one.mart), selected), strict=True
            ):
                if later:
                    context.log.warning(
                        f"{mart.mart.published} holds {later} already, so {window.date} is not published"
                    )
                else:
                    wanted.append(mart)
            errors = []
            for mart, outcome in _publish(copier, project, wanted, pool, context):
                if isinstance(outcome, Terminal | Transient):
                    errors.append(outcome)
                else:
                    yield dg.MaterializeResult(mart.key, metadata=outcome)
            checked = [mart for mart in marts if checks.tags_key(mart.key) in context.selected_asset_check_keys]
            for mart, live in zip(checked, pool.map(lambda one: copier.published_tags(one.mart), checked), strict=True):
                if live is not None:
                    yield checks.compare(mart.key, mart.mart.tags, live)
            if errors:
                raise _error(errors)

    return publish


def of_model(environment: Environment, project: Project, model: str) -> Mart:
    """What is published of a model."""
    node = project.models[model]
    return Mart(node["alias"], node, policy_tags.declared_by_model(node, environment))


def _publish(
    copier: Copier,
    project: Project,
    wanted: Sequence[Published],
    pool: ThreadPoolExecutor,
    context: dg.AssetExecutionContext,
) -> Iterator[tuple[Published, dict[str, Any] | Terminal | Transient]]:
    """Publish those marts that the gate lets out; what became of each."""
    if not wanted:
        return
    leftovers.wait(copier.client, context.log.info)
    gate = Gate.of(copier.client, copier.environment, project, copier.partition_id, [mart.model for mart in wanted])

    def publish(mart: Published) -> dict[str, Any] | Terminal | Transient:
        if objection := gate.objection(mart.model):
            return Terminal(f"{mart.mart.published} is held back: {objection}")
        try:
            return copier.publish(mart.mart, gate.build(mart.model), gate.is_of_present_code(mart.model))
        except (Terminal, Transient) as error:
            return error

    for mart, outcome in zip(wanted, pool.map(publish, wanted), strict=True):
        if isinstance(outcome, Terminal | Transient):
            context.log.error(str(outcome))
        yield mart, outcome


def _error(errors: Sequence[Terminal | Transient]) -> Terminal | Transient:
    """What ends the step: Transient when every failure may pass by itself."""
    reasons = "; ".join(map(str, errors))
    return Terminal(reasons) if any(isinstance(error, Terminal) for error in errors) else Transient(reasons)


def _spec(mart: Published, environment: Environment, partitions: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    node = mart.mart.node
    return dg.AssetSpec(
        mart.key,
        deps=[dg.AssetKey([BUILD, node["name"]])],
        description=node["description"],
        group_name=MARTS,
        kinds={"bigquery"},
        skippable=True,
        partitions_def=partitions,
        metadata={
            "dagster/column_schema": columns.of_model(node, environment),
            "dagster/table_name": f"{environment.project}.{mart.mart.published}",
        },
    )
