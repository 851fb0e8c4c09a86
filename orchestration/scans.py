"""`kura scans`: who scanned how much in the last days, what cost most, and what models use of their budgets."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.cloud import bigquery
from rich.console import Console
from rich.table import Table

from extract.errors import Terminal, one_line
from extract.outside import google_cloud
from governance.scans import budgets, sizes
from orchestration import clients, manifest, reachability
from orchestration.environment import load

JOBS: Final = "ops.jobs"
TOP: Final = 10
SHOWN: Final = 80
"""Characters of a query's text."""
COMMENT: Final = re.compile(r"\A/\*.*?\*/", re.DOTALL)
"""What dbt writes before a statement."""
WIDE: Final = 200
BY_USER: Final = f"""
    SELECT user_email, purpose, COUNT(*) AS queries, SUM(bytes_billed) AS bytes_billed, SUM(cost) AS cost, currency
    FROM {JOBS} WHERE created_at > @since GROUP BY user_email, purpose, currency ORDER BY cost DESC, queries DESC
"""
MOST: Final = f"""
    SELECT user_email, purpose, name, bytes_billed, cost, currency, query
    FROM {JOBS} WHERE created_at > @since AND bytes_billed > 0 ORDER BY cost DESC, created_at DESC LIMIT {TOP}
"""
BY_MODEL: Final = f"""
    SELECT name, MAX(bytes_processed) AS bytes_processed
    FROM {JOBS} WHERE created_at > @since AND purpose = 'model' AND error IS NULL GROUP BY name
"""


def scans(days: int) -> None:
    """Print the last days' scans, until now. Terminal when the warehouse can't be asked."""
    environment = load()
    reachability.require_warehouse(environment)
    models = manifest.load()["nodes"].values()
    # In a file or a pipe nothing bounds a line.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    for table in tables(clients.bigquery_client(environment), models, days):
        console.print(table)


def tables(client: bigquery.Client, nodes: Any, days: int) -> Iterator[Table]:
    """The three tables, from the view that dbt keeps and the models' nodes in dbt's manifest."""
    yield _table(
        f"the last {days} days, by user",
        ("user", "for", "queries", "billed", "cost"),
        [
            (row["user_email"], row["purpose"], f"{row['queries']:,}", sizes.readable(row["bytes_billed"]), _cost(row))
            for row in _rows(client, BY_USER, days)
        ],
        numbers=3,
    )
    yield _table(
        "the most expensive queries",
        ("user", "for", "query", "billed", "cost"),
        [
            (
                row["user_email"],
                f"{row['purpose']} {row['name']}".strip(),
                one_line(COMMENT.sub("", row["query"] or ""))[:SHOWN],
                sizes.readable(row["bytes_billed"]),
                _cost(row),
            )
            for row in _rows(client, MOST, days)
        ],
        numbers=2,
    )
    scanned = {row["name"]: int(row["bytes_processed"]) for row in _rows(client, BY_MODEL, days)}
    yield _table(
        "models and their budgets",
        ("model", "largest scan", "budget", "used"),
        [
            (name, sizes.readable(used), sizes.readable(budget), f"{used / budget:.1%}")
            for name, used, budget in sorted(_uses(nodes, scanned), key=lambda use: -use[1] / use[2])
        ],
        numbers=3,
    )


def _uses(nodes: Any, scanned: Mapping[str, int]) -> Iterator[tuple[str, int, int]]:
    """Name, largest scan and budget, in bytes, of every model that has run."""
    for node in nodes:
        if node["resource_type"] == "model" and node["name"] in scanned:
            yield node["name"], scanned[node["name"]], budgets.budget_of(node["name"], node["config"]["meta"])


def _rows(client: bigquery.Client, query: str, days: int) -> list[Any]:
    sql = query.replace("@since", f"TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {days} DAY)")
    try:
        with google_cloud(f"reading {JOBS}"):
            return list(client.query_and_wait(sql, retry=clients.RETRY))
    except Terminal as error:
        raise Terminal(f"{error}; `kura run` makes {JOBS}") from None


def _cost(row: Any) -> str:
    return f"{row['cost']:.4f} {row['currency']}"


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]], numbers: int) -> Table:
    """A table whose last columns, as many as `numbers`, are numbers."""
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position >= len(columns) - numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
