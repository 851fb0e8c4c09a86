"""Publication: each mart is copied whole from the private dataset `build` to `marts`, once its tests have passed.

What is published never goes back in time: a table that holds a later window, by its label, is left as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

from extract.errors import Terminal, Transient
from orchestration import clients, lifeline, retries
from orchestration.defs import checks, columns
from orchestration.environment import Environment
from orchestration.partitions import ONE_DAY_A_RUN, window_of
from orchestration.publication.copier import Copier, Mart
from orchestration.publication.project import BUILD, MARTS, Project
from orchestration.publication.release import release

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
    marts = [Published(model, Mart.of(environment, project, model)) for model in project.marts()]

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
            by_model = {mart.model: mart for mart in wanted}
            for model, outcome in release(copier, project, list(by_model), context.log):
                if isinstance(outcome, Terminal | Transient):
                    errors.append(outcome)
                else:
                    yield dg.MaterializeResult(by_model[model].key, metadata=outcome)
            checked = [mart for mart in marts if checks.tags_key(mart.key) in context.selected_asset_check_keys]
            for mart, live in zip(checked, pool.map(lambda one: copier.published_tags(one.mart), checked), strict=True):
                if live is not None:
                    yield checks.compare(mart.key, mart.mart.tags, live)
            if errors:
                raise _error(errors)

    return publish


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
