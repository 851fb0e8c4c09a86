"""After dbt: policy tags are put in order, and each table that was to be built gets its row of evidence."""

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from google.cloud import bigquery

from extract.errors import one_line
from orchestration import clients, policy_tags
from orchestration.environment import Environment
from orchestration.publication import evidence
from orchestration.publication.evidence import Build
from orchestration.publication.project import Project, fingerprint

AT_ONCE: Final = 8
FAILED: Final = frozenset({"error", "fail", "runtime error", "partial success"})
"""The states in which dbt says that something went wrong."""
MESSAGE: Final = 200
"""How much of a message of dbt's is kept, which may hold a whole statement."""


@dataclass(frozen=True)
class Audit:
    """One invocation of dbt: in which run, and for which window."""

    client: bigquery.Client
    environment: Environment
    project: Project
    partition_id: str
    run_id: str

    def record(self, results: Iterable[Any], findings: Mapping[str, str]) -> list[str]:
        """Put tags in order and write the evidence of every model among dbt's results.

        `findings` say what a guard found wrong with models, by their unique ids. Returns the problems that dbt does not
        know of: these findings, and tags that could not be put in order.
        """
        outcomes = {result.node.unique_id: result for result in results}
        models = [model for model in self._in_order() if model in outcomes and str(outcomes[model].status) != "skipped"]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tables = dict(zip(models, pool.map(self._put_in_order, models), strict=True))
        stored = evidence.newest(self.client)
        loaded = clients.receipts(self.environment).loaded(self.partition_id)
        builds: dict[str, Build] = {}
        problems: list[str] = []
        for model in models:
            table = tables[model]
            wrong = [findings[model]] if model in findings else []
            if table and (difference := self._difference(model, table)):
                wrong.append(difference)
            problems += [f"{self.project.table(model)}: {problem}" for problem in wrong]
            reasons = [
                *_failures(model, outcomes, self.project),
                *wrong,
                *self._doubts(model, builds, stored),
                *(f"raw_{source}.{name} is not loaded" for source, name in self.project.raw_tables(model)
                  if (source, name) not in loaded),
            ]  # fmt: skip
            builds[model] = self._build(model, outcomes[model], table, "; ".join(reasons), builds, stored)
        evidence.append(self.client, list(builds.values()))
        return problems

    def _in_order(self) -> list[str]:
        """All models, each after those that it is made from."""
        found: dict[str, None] = {}
        for model in self.project.models:
            found |= dict.fromkeys((*self.project.above(model), model))
        return list(found)

    def _put_in_order(self, model: str) -> bigquery.Table | None:
        """A model's table, with the tags that it declares; None when there is no such table."""
        table = clients.find_table(self.client, self.project.table(model))
        if table is None or table.table_type != "TABLE":
            return table
        declared = policy_tags.declared_by_model(self.project.models[model], self.environment)
        return policy_tags.put_in_order(self.client, table, declared, self.environment)

    def _difference(self, model: str, table: bigquery.Table) -> str:
        if table.table_type != "TABLE":  # a view shows the tags of the tables under it
            return ""
        declared = policy_tags.declared_by_model(self.project.models[model], self.environment)
        return policy_tags.difference(declared, policy_tags.live(table, self.environment))

    def _doubts(self, model: str, builds: Mapping[str, Build], stored: Mapping[str, Build]) -> Iterator[str]:
        """Why a model was built on something unsound."""
        for parent in self.project.parents(model):
            name = self.project.table(parent)
            if parent in builds:
                doubt = None if builds[parent].passed else "did not pass"
            else:
                doubt = evidence.doubt(
                    stored.get(name), clients.find_table(self.client, name), self.partition_id, self.partition_id
                )
            if doubt:
                yield f"{name}, which it is made from, {doubt}"

    def _build(
        self,
        model: str,
        outcome: Any,
        table: bigquery.Table | None,
        reason: str,
        builds: Mapping[str, Build],
        stored: Mapping[str, Build],
    ) -> Build:
        node, now = self.project.models[model], datetime.datetime.now(datetime.UTC)
        compiled = getattr(outcome.node, "compiled_code", None) or ""
        return Build(
            dataset=node["schema"],
            table_name=node["alias"],
            partition_id=self.partition_id,
            run_id=self.run_id,
            passed=not reason,
            reason=reason,
            built_at=outcome.timing[-1].completed_at if outcome.timing else now,
            created=table.created if table else None,
            modified=table.modified if table else None,
            row_count=table.num_rows if table else None,
            bytes=table.num_bytes if table else None,
            compiled=hashlib.sha256(compiled.encode()).hexdigest()[:16],
            code=self._code(model, outcome, table, builds, stored),
            recorded_at=now,
        )

    def _code(
        self,
        model: str,
        outcome: Any,
        table: bigquery.Table | None,
        builds: Mapping[str, Build],
        stored: Mapping[str, Build],
    ) -> str:
        """The fingerprint of the code that made all rows of a table, or nothing where older rows are of other code."""
        before = stored.get(self.project.table(model))
        if str(outcome.status) in FAILED:
            return before.code if before else ""
        known = {**stored, **{build.table: build for build in builds.values()}}
        parents = [known.get(self.project.table(parent)) for parent in self.project.parents(model)]
        codes = [parent.code if parent else "" for parent in parents]
        code = fingerprint(self.project.code(model), codes) if all(codes) else ""
        has_older_rows = table and before and before.code != code and _goes_on(outcome, table, before)
        return "" if has_older_rows else code


def _goes_on(outcome: Any, table: bigquery.Table, before: Build) -> bool:
    """Whether a table still has rows of its version before: it was not made anew, or it was read to be made."""
    if table.table_type != "TABLE":
        return False
    return bool(before.created == table.created or outcome.node.relation_name in (outcome.node.compiled_code or ""))


def _failures(model: str, outcomes: Mapping[str, Any], project: Project) -> Iterator[str]:
    """What dbt says of a model and of its own tests."""
    outcome = outcomes[model]
    if str(outcome.status) in FAILED:
        yield _said(outcome)
        return
    for test in sorted(project.tests(model)):
        name = test.split(".")[2]
        if test not in outcomes or str(outcomes[test].status) == "skipped":
            yield f"test {name} was not run"
        elif str(outcomes[test].status) in FAILED:
            yield f"test {name} failed: {_said(outcomes[test])}"


def _said(outcome: Any) -> str:
    return one_line(outcome.message or str(outcome.status))[:MESSAGE]
