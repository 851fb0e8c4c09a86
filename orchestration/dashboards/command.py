"""`kura dashboards`: draw them to a page, or apply them to Metabase."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from orchestration import manifest

app = typer.Typer(no_args_is_help=True, help="Dashboards as code: dbt_project/dashboards.")
PAGE: Final = manifest.TARGET / "dashboards.html"


@app.command()
def render(
    output: Annotated[Path, typer.Option(help="Where to write the page.")] = PAGE,
) -> None:
    """Draw all dashboards to one page, reading what is published with an analyst's rights."""
    from orchestration import environment as environments  # a slow import, for every command of `kura`
    from orchestration.clients import analyst_client
    from orchestration.dashboards import definition, page, reading

    environment = environments.load()
    console = Console(highlight=False, soft_wrap=True)
    dashboards = definition.load()
    reads = reading.read(analyst_client(environment), dashboards, _published(), console.print)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page.page(dashboards, reads, environment.name), encoding="utf-8")
    console.print(f"{len(dashboards)} dashboards with {len(reads)} charts: {output.resolve()}")


@app.command()
def push(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
) -> None:
    """Create and update the same dashboards in Metabase; those that it made and that are gone are archived."""
    from orchestration import environment as environments
    from orchestration.dashboards import definition
    from orchestration.dashboards.metabase import Metabase
    from orchestration.dashboards.push import push

    environment = environments.load()
    console = Console(highlight=False, soft_wrap=True)
    metabase = Metabase(
        environment.metabase_url,
        environments.METABASE_KEY,
        environment.metabase_database,
        environment.metabase_iap_audience,
    )
    push(metabase, definition.load(), environment.project, _published(), console.print, dry_run=dry_run)


def _published() -> list[str]:
    from orchestration.publication.project import Project

    project = Project(manifest.load())
    return [project.models[model]["name"] for model in project.marts()]
