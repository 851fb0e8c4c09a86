"""`kura published` and `kura unpublish`: what analysts can read, and what has been left there."""

import datetime
import sys
from typing import Final

from google.cloud import bigquery
from rich.console import Console
from rich.table import Table

from extract.errors import Terminal, Transient
from extract.outside import google_cloud
from extract.progress import size
from orchestration import clients, manifest, reachability
from orchestration.environment import Environment, load
from orchestration.publication.copier import WINDOW, layout
from orchestration.publication.project import BUILD, MARTS, Project

WIDE: Final = 200
UNKNOWN: Final = "not in the project"


def published() -> None:
    """Print what is published. Terminal when the warehouse can't be asked."""
    environment = load()
    reachability.require_warehouse(environment)
    client, known = clients.bigquery_client(environment), _known()
    with google_cloud(f"listing {MARTS}"):
        tables = [client.get_table(item.reference, retry=clients.RETRY) for item in _listed(client)]
    if not tables:
        print("nothing has been published yet; `kura run` publishes the last day")
        return
    # In a file or a pipe nothing bounds a line.
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(_table(tables, known))


def unpublish(name: str) -> None:
    """Remove a published table and say so.

    Terminal when it is not there, or when the project would publish it again: it must have left the project, or be
    partitioned otherwise than the project builds it now, so that no copy can replace it.
    """
    environment = load()
    reachability.require_warehouse(environment)
    table_id = name.replace("/", ".").removeprefix(f"{MARTS}.")
    client = clients.bigquery_client(environment)
    with google_cloud(f"removing {MARTS}.{table_id}"):
        found = [item for item in _listed(client) if item.table_id == table_id]
        if not found:
            raise Terminal(f"there is no table {MARTS}.{table_id}; `kura published` lists those that are there")
        table = client.get_table(found[0].reference, retry=clients.RETRY)
        if table_id in _known():
            built = client.get_table(f"{client.project}.{BUILD}.{table_id}", retry=clients.RETRY)
            if layout(built) == layout(table):
                advice = "remove its model first"
                raise Terminal(f"{MARTS}.{table_id} is in the project, which would publish it again; {advice}")
        client.delete_table(table, retry=clients.RETRY)
    print(f"removed {MARTS}.{table_id}, which had {table.num_rows or 0:,} rows; BigQuery keeps it for seven days")


def leftover_lines(environment: Environment) -> list[str]:
    """A line for each published table that is no longer in the project; none where the warehouse can't be asked."""
    try:
        with google_cloud(f"listing {MARTS}"):
            found = {item.table_id for item in _listed(clients.bigquery_client(environment))}
    except (Terminal, Transient):
        return []  # what cannot be reached was told by the run itself
    return [
        f"{MARTS}.{name} is published but {UNKNOWN}; `kura unpublish {name}` removes it"
        for name in sorted(found - _known())
    ]


def windows(environment: Environment) -> list[str]:
    """The partition ids of the windows that published tables of the project hold.

    Terminal or Transient when the warehouse can't be asked.
    """
    known = _known()
    with google_cloud(f"listing {MARTS}"):
        tables = _listed(clients.bigquery_client(environment))
    return [table.labels[WINDOW] for table in tables if table.table_id in known and WINDOW in table.labels]


def _known() -> set[str]:
    """The tables that the project publishes."""
    project = Project(manifest.load())
    return {str(project.models[model]["alias"]) for model in project.marts()}


def _listed(client: bigquery.Client) -> list[bigquery.table.TableListItem]:
    return list(client.list_tables(f"{client.project}.{MARTS}", retry=clients.RETRY))


def _table(tables: list[bigquery.Table], known: set[str]) -> Table:
    now = datetime.datetime.now(datetime.UTC)
    shown = Table("table", "window")
    for column in ("rows", "bytes", "published"):
        shown.add_column(column, justify="right")
    shown.add_column("")
    for table in sorted(tables, key=lambda table: str(table.table_id)):
        hours = (now - table.modified).total_seconds() / 3600
        shown.add_row(
            f"{MARTS}.{table.table_id}",
            table.labels.get(WINDOW, "-"),
            f"{table.num_rows or 0:,}",
            size(table.num_bytes or 0),
            f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} d ago",
            "" if table.table_id in known else UNKNOWN,
            style="" if table.table_id in known else "yellow",
        )
    return shown
