"""The gate: whether a mart may be published for a window, and if not, why."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from google.cloud import bigquery

from orchestration import clients
from orchestration.environment import Environment
from orchestration.publication import evidence
from orchestration.publication.evidence import Build
from orchestration.publication.project import Project

AT_ONCE: Final = 8
TOLD: Final = 3
"""How many reasons are told of one mart."""


@dataclass(frozen=True)
class Gate:
    """What is known of the tables that marts are made from, at one moment."""

    project: Project
    partition_id: str
    builds: Mapping[str, Build]
    tables: Mapping[str, bigquery.Table | None]
    loaded: set[tuple[str, str]]

    @classmethod
    def of(
        cls,
        client: bigquery.Client,
        environment: Environment,
        project: Project,
        partition_id: str,
        marts: Iterable[str],
    ) -> Self:
        """The gate for some marts, by their unique ids."""
        names = {project.table(model) for mart in marts for model in (*project.above(mart), mart)}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tables = dict(zip(names, pool.map(partial(clients.find_table, client), names), strict=True))
        loaded = clients.receipts(environment).loaded(partition_id)
        return cls(project, partition_id, evidence.newest(client), tables, loaded)

    def build(self, mart: str) -> Build:
        """The evidence of a mart that nothing is against."""
        return self.builds[self.project.table(mart)]

    def objection(self, mart: str) -> str | None:
        """Why a mart may not be published, in one line, with what lies deepest first; None when it may.

        The mart holds this very window. What it is made from may have been built for a later one since: it had passed
        when the mart was built, or the mart would not have.
        """
        reasons: dict[str, None] = {}
        for model in (*self.project.above(mart), mart):
            for source, name in self.project.raw_tables(model):
                if (source, name) not in self.loaded:
                    reasons[f"raw_{source}.{name} is not loaded for {self.partition_id}"] = None
            table, last = self.project.table(model), self.partition_id if model == mart else evidence.LAST
            if doubt := evidence.doubt(self.builds.get(table), self.tables[table], self.partition_id, last):
                reasons[f"{table} {doubt}"] = None
        told = list(reasons)[:TOLD]
        more = f" (and {len(reasons) - TOLD} more)" if len(reasons) > TOLD else ""
        return f"{'; '.join(told)}{more}" if reasons else None

    def is_of_present_code(self, mart: str) -> bool:
        """Whether every row of a mart was made by the present code, its own and that of all it is made from."""
        return self.build(mart).code == self.project.expected_code(mart)
