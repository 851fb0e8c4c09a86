"""The `kura sandbox` command."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated

import typer
from rich.console import Console

from sandbox import environment, lifecycle, paths, processes
from sandbox import state as states
from sandbox.errors import SandboxError

app = typer.Typer(no_args_is_help=True, help="The cloud on this machine: local servers, seeded with a sample business.")
console = Console(stderr=True, highlight=False)


def report(line: str) -> None:
    console.print(f"  {line}")


def _command[**P](function: Callable[P, None]) -> Callable[P, None]:
    """Turns what a user can mend into one line and exit code 2."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except SandboxError as error:
            console.print(f"kura: {error}", style="red", soft_wrap=True)
            raise typer.Exit(2) from None

    return wrapped


Scale = Annotated[
    float | None,
    typer.Option(min=0.001, max=100, help="Size of the sample business; 1 is 5,000 users. By default as it is, or 1."),
]


Days = Annotated[
    int | None,
    typer.Option(min=60, max=3650, help="Length of its history in days. By default as it is, or 60."),
]


@app.command()
@_command
def up(scale: Scale = None, days: Days = None) -> None:
    """Start the servers and, the first time, seed the stores."""
    lifecycle.up(paths.home(), scale, report, days)
    console.print('The sandbox is up. To use it in this shell: eval "$(kura sandbox env)"')


@app.command()
@_command
def down() -> None:
    """End the servers; the data stays."""
    ended = lifecycle.down(paths.home())
    console.print(f"ended: {', '.join(ended)}" if ended else "nothing was running")


@app.command()
@_command
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Tell which servers run, and where. Exits 1 when one does not."""
    state = states.load(paths.home())
    conditions = processes.status(state)
    rows = [
        {
            "server": name,
            "status": condition,
            "pid": state.servers[name].pid if name in state.servers else None,
            "address": f"127.0.0.1:{state.servers[name].port}" if name in state.servers else None,
        }
        for name, condition in conditions.items()
    ]
    if as_json:
        print(json.dumps({"home": str(paths.home()), "seed": state.seed, "servers": rows}, indent=2))
    else:
        for row in rows:
            print(f"{row['server']:<10} {row['status']:<8} {row['address'] or ''}")
    if any(condition != "running" for condition in conditions.values()):
        raise typer.Exit(1)


@app.command()
@_command
def env() -> None:
    """Print the variables that make any client in any shell use the sandbox."""
    print(environment.exports(paths.home(), lifecycle.running(paths.home())))


@app.command()
@_command
def reset() -> None:
    """End the servers and delete everything that the sandbox made."""
    lifecycle.reset(paths.home())
    console.print("the sandbox is gone; the next `kura sandbox up` seeds it anew")


@app.command()
@_command
def demo(scale: Scale = None, days: Days = None) -> None:
    """Seed the stores, run the day, and show what an analyst may read."""
    from sandbox.demo import run

    sys.exit(run(paths.home(), scale, days, console, report))


@app.command()
@_command
def dev(
    scale: Scale = None,
    days: Days = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Dagster UI.")] = 3000,
) -> None:
    """The sandbox and the Dagster UI, until Ctrl-C."""
    from sandbox.dev import run

    sys.exit(run(paths.home(), scale, days, port, console, report))
