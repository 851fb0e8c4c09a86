"""`kura tags`: live policy tags of all tables beside the declared ones, in raw, staging, build and marts."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from google.cloud import bigquery

from extract import contract_file
from extract.contract import Table
from extract.schema import declared_tags
from orchestration import clients, manifest, policy_tags, reachability
from orchestration.environment import Environment, load
from orchestration.publication import evidence
from orchestration.publication.copier import BUILT, version
from orchestration.publication.evidence import Build
from orchestration.publication.project import MARTS, Project

AT_ONCE: Final = 8


@dataclass(frozen=True)
class Declared:
    """A table and where its tags are declared: in a contract or in a model. `is_published` tells a mart's copy."""

    name: str
    contract: Table | None = None
    model: str = ""
    is_published: bool = False


def tags(apply: bool) -> int:
    """Print where live tags differ and, with `apply`, put them in order without building anything.

    Returns 1 when a difference remains. A column of a published table is not opened where other code than the present
    has made its rows: what the declaration says of the column need not be true of them.
    """
    environment = load()
    reachability.require_warehouse(environment)
    project = Project(manifest.load())
    client = clients.bigquery_client(environment)
    everything = list(_declared(project))
    builds = evidence.newest(client)

    def look(declared: Declared) -> tuple[str, bool, Build | None]:
        return _look(client, environment, project, builds, declared, apply)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(look, everything))
    evidence.append(client, [build for _, _, build in found if build])
    lines = [line for line, _, _ in found if line]
    print("\n".join(lines) or f"the tags of all {len(found)} tables are as declared")
    return int(any(remains for _, remains, _ in found))


def _declared(project: Project) -> Iterator[Declared]:
    for table in contract_file.read(manifest.MODELS):
        yield Declared(f"{table.dataset}.{table.name}", contract=table)
    for model in project.models:
        yield Declared(project.table(model), model=model)
    for model in project.marts():
        yield Declared(f"{MARTS}.{project.models[model]['alias']}", model=model, is_published=True)


def _look(
    client: bigquery.Client,
    environment: Environment,
    project: Project,
    builds: Mapping[str, Build],
    declared: Declared,
    apply: bool,
) -> tuple[str, bool, Build | None]:
    """What to say of a table, whether a difference remains, and its evidence where its tags were changed."""
    table = clients.find_table(client, declared.name)
    if table is None or table.table_type != "TABLE":
        return "", False, None
    wanted = _wanted(environment, project, declared, table)
    live = policy_tags.live(table, environment)
    difference = policy_tags.difference(wanted, live)
    if not difference or not apply:
        return f"{declared.name}: {difference}" if difference else "", bool(difference), None
    safe = wanted
    if declared.is_published and not _is_of_present_code(project, builds, declared.model, table):
        safe = policy_tags.tightened(live, wanted)
    after = policy_tags.put_in_order(client, table, safe, environment)
    now = policy_tags.live(after, environment)
    line = f"{declared.name}: put in order ({difference})"
    if remaining := policy_tags.difference(wanted, now):
        advice = "its rows were made by other code" if safe != wanted else "it is not as declared; build it"
        line = f"{declared.name}: {remaining}; {advice}"
    return line, bool(remaining), evidence.carried(builds.get(declared.name), table, after)


def _wanted(environment: Environment, project: Project, declared: Declared, table: bigquery.Table) -> dict[str, str]:
    if declared.contract:
        return declared_tags(declared.contract, [column.name for column in table.schema])
    return policy_tags.declared_by_model(project.models[declared.model], environment)


def _is_of_present_code(project: Project, builds: Mapping[str, Build], model: str, table: bigquery.Table) -> bool:
    """Whether a published table is the newest build, made by the present code."""
    build = builds.get(project.table(model))
    if build is None or build.modified is None or table.labels.get(BUILT) != version(build.modified):
        return False
    return build.code == project.expected_code(model)
