"""Before dbt: a table is brought forward only from a version that has passed; any other is built in whole.

A table that is brought forward keeps its rows, and its tests read only those that the run has written. What was never
tested because a run was killed, what an audit refused and what somebody changed by hand would stay in it unseen. Its
labels say what it may be brought forward from (`macros/state.sql` of the dbt project); without them it is built in
whole.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from google.cloud import bigquery

from extract.outside import google_cloud
from orchestration import clients
from orchestration.publication import evidence
from orchestration.publication.project import Project

AT_ONCE: Final = 8
BROUGHT_FORWARD: Final = ("changes", "days")
"""The materializations that go on from a table's state."""
STATE: Final = "state"


def forget_unsound(client: bigquery.Client, project: Project, report: Callable[[str], None]) -> None:
    """Take their states from the tables whose present version has no evidence of having passed; reports each."""
    builds = evidence.newest(client)

    def forget(model: str) -> str | None:
        name = project.table(model)
        table = clients.find_table(client, name)
        if table is None or STATE not in table.labels or not (doubt := evidence.doubt(builds.get(name), table)):
            return None
        # A label goes only when it is set to nothing.
        table.labels = {**dict.fromkeys(table.labels), **project.models[model]["config"].get("labels", {})}
        with google_cloud(f"taking its state from {name}"):
            client.update_table(table, ["labels"], retry=clients.RETRY)
        return f"{name} is built in whole: it {doubt}"

    models = [name for name, node in project.models.items() if node["config"]["materialized"] in BROUGHT_FORWARD]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in filter(None, pool.map(forget, models)):
            report(line)
