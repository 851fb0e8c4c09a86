"""The `kura` command. What a command needs is imported when it is called: the imports take seconds."""

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Stores to BigQuery, every day, as contracts declare.",
)


@app.command()
def run(
    date: Annotated[
        str | None, typer.Option(help="The day, as YYYY-MM-DD; by default the last that has ended.")
    ] = None,
    select: Annotated[str | None, typer.Option(help="Which assets, as in the UI's search box.")] = None,
) -> None:
    """Run the daily job: extract, load, model, test, publish."""
    from orchestration.run import run

    raise typer.Exit(run(date, select))


@app.command()
def replay(
    table: Annotated[str, typer.Argument(help="Which table, such as aurora.users.")],
    date: Annotated[str, typer.Option(help="The day, as YYYY-MM-DD.")],
    to: Annotated[str | None, typer.Option(help="The last day of a range that begins with --date.")] = None,
) -> None:
    """Load what has landed of a table again, without touching its source; `kura run` builds what follows."""
    from orchestration.replay import replay

    raise typer.Exit(replay(table, date, to))


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="aurora, dynamodb, stripe or sheets.")],
    relation: Annotated[
        str, typer.Argument(help="The table there: schema.table, a table's name, a list's, or spreadsheet/worksheet.")
    ],
    name: Annotated[str | None, typer.Option(help="Its name in the warehouse; by default made from its own.")] = None,
    mode: Annotated[str | None, typer.Option(help="How it is extracted; by default in full, every day.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The columns of its key, joined by commas, where the source states none.")
    ] = None,
    header_row: Annotated[int | None, typer.Option(min=1, help="The row of a sheet that has the header.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the changes as a patch; write nothing.")] = False,
) -> None:
    """Look at a table of a live source; write its contract, staging model and docs."""
    from orchestration.add.command import add

    raise typer.Exit(add(source, relation, name, mode, key, header_row, dry_run))


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the newest receipt of every raw table."""
    from orchestration.status import status

    status(as_json)


@app.command()
def lineage(
    what: Annotated[str, typer.Argument(help="check, for every leak; or a model, or model.column, to see its way.")],
    manifest: Annotated[
        Path | None, typer.Option(help="A compiled manifest of dbt; by default the project is compiled now.")
    ] = None,
) -> None:
    """Show which columns a model's columns are made of, or which hold more than their policy tags protect."""
    from orchestration.lineage import lineage

    raise typer.Exit(lineage(what, manifest))


@app.command()
def tags(apply: Annotated[bool, typer.Option("--apply", help="Put them in order; nothing is built.")] = False) -> None:
    """Show where the policy tags of live tables differ from the declared ones."""
    from orchestration.tags import tags

    raise typer.Exit(tags(apply))


@app.command()
def published() -> None:
    """Show the published tables, and those among them that are no longer in the project."""
    from orchestration.published import published

    published()


@app.command()
def unpublish(table: Annotated[str, typer.Argument(help="Which table of marts, such as dim_users.")]) -> None:
    """Remove a published table that is no longer in the project."""
    from orchestration.published import unpublish

    unpublish(table)


@app.command()
def scans(days: Annotated[int, typer.Option(min=1, max=180, help="How many days back.")] = 7) -> None:
    """Show who scanned how much, the most expensive queries, and the models' budgets."""
    from orchestration.scans import scans

    scans(days)


@app.command()
def env(
    from_terraform: Annotated[Path, typer.Option(help="What `terraform output -json` prints: a file, or - for stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print the variables of an environment, as Terraform's outputs say them, for a shell's eval."""
    from orchestration.terraform_outputs import env

    env(from_terraform, as_json)


@app.command()
def docs() -> None:
    """Build dbt's documentation site: models, columns, tags, tests, lineage."""
    from orchestration.docs import build

    print(build())


def _add_subcommands() -> None:
    from orchestration.dashboards.command import app as dashboards

    app.add_typer(dashboards, name="dashboards")


def main() -> None:
    """Run the command. What a person can mend is one line on stderr and exit code 2."""
    from extract.errors import Terminal, Transient
    from orchestration import output

    output.quiet()
    _add_subcommands()
    wanted = sys.argv[1:2]
    for point in entry_points(group="kura.commands"):
        # An installed package's command is loaded only when it is called, or for the list of commands.
        if point.name in wanted or not wanted or wanted[0].startswith("-"):
            app.add_typer(point.load(), name=point.name)
    try:
        app()
    except (Terminal, Transient) as error:
        print(f"kura: {error}", file=sys.stderr)
        sys.exit(2)
