"""`make demo`: seed, run the day, read as an analyst. It uses the `kura run` command that everybody else uses."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from google.api_core.exceptions import Forbidden
from google.cloud import bigquery
from rich.console import Console
from rich.table import Table

from sandbox import environment, lifecycle, paths, provision
from sandbox import state as states

ALLOWED = "select user_id, plan from marts.dim_users order by user_id limit 3"
REFUSED = (
    "select email from marts.dim_users limit 3",
    "select * from marts.dim_users limit 3",
    "select count(*) from build.dim_users",
)


def run(home: Path, scale: float | None, days: int | None, console: Console, report: Callable[[str], None]) -> int:
    """Returns the exit code: 0 when the run succeeded and the analyst saw what he may and nothing else."""
    began = time.monotonic()
    console.rule("[bold]1 of 3: the stores", align="left")
    started = lifecycle.up(home, scale, report, days)
    try:
        console.rule("[bold]2 of 3: the daily run", align="left")
        state = states.load(home)
        variables = os.environ | environment.variables(home, state)
        kura = Path(sys.executable).with_name("kura")
        finished = subprocess.run([str(kura), "run"], env=variables, cwd=paths.PROJECT_ROOT, check=False)
        if finished.returncode:
            return finished.returncode
        console.rule("[bold]3 of 3: what an analyst sees", align="left")
        as_expected = _read_as_analyst(provision.bigquery_client(home, state, "analyst"), console)
        page = home / "dashboards.html"
        drawn = subprocess.run(
            [str(kura), "dashboards", "render", "--output", str(page)],
            env=variables,
            cwd=paths.PROJECT_ROOT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        if drawn.returncode:
            return drawn.returncode
    finally:
        if started:
            lifecycle.down(home)
    if not as_expected:
        return 1
    console.print(f"\nDashboards of the marts, as an analyst sees them: {page}", soft_wrap=True)
    console.print(
        f"Done in {time.monotonic() - began:.0f} s. Next: `make dev` shows this run on http://127.0.0.1:3000"
        + ("; the servers have ended and keep their data, `kura sandbox up` starts them" if started else "")
    )
    return 0


def _read_as_analyst(client: bigquery.Client, console: Console) -> bool:
    """Runs the queries with the analyst's own key and prints what comes; returns whether each went as it must."""
    console.print(f"[bold]{ALLOWED}")
    table = Table("user_id", "plan")
    for row in client.query_and_wait(ALLOWED):
        table.add_row(str(row["user_id"]), str(row["plan"]))
    console.print(table)
    as_expected = table.row_count > 0
    for query in REFUSED:
        console.print(f"[bold]{query}")
        try:
            client.query_and_wait(query)
        except Forbidden as refusal:
            reason = refusal.errors[0]["message"] if refusal.errors else refusal.message
            console.print(f"  refused (403): {reason}", style="yellow", soft_wrap=True)
        else:
            console.print("  answered, but it must be refused", style="red")
            as_expected = False
    return as_expected
