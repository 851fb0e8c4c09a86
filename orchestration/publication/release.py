"""Publishes marts side by side: each goes out, or is held back for a reason of its own."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from extract.errors import Terminal, Transient
from orchestration import leftovers
from orchestration.publication.copier import Copier, Mart
from orchestration.publication.gate import Gate
from orchestration.publication.project import Project

AT_ONCE: Final = 8

Outcome = dict[str, Any] | Terminal | Transient
"""The metadata of a mart that was published, or why it was not."""


def release(
    copier: Copier, project: Project, models: Sequence[str], log: logging.Logger
) -> Iterator[tuple[str, Outcome]]:
    """Publish those of the models, by their unique ids, that the gate lets out; yields what became of each."""
    if not models:
        return
    leftovers.wait(copier.client, log.info)
    copier.remove_candidates()
    gate = Gate.of(copier.client, copier.environment, project, copier.partition_id, models)

    def publish(model: str) -> Outcome:
        mart = Mart.of(copier.environment, project, model)
        if objection := gate.objection(model):
            return Terminal(f"{mart.published} is held back: {objection}")
        try:
            return copier.publish(mart, gate.build(model), gate.is_of_present_code(model))
        except (Terminal, Transient) as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for model, outcome in zip(models, pool.map(publish, models), strict=True):
            if isinstance(outcome, Terminal | Transient):
                log.error(str(outcome))
            yield model, outcome
