"""`kura docs`: dbt's own documentation site, as one page that needs no server."""

from pathlib import Path

from dbt.cli.main import dbtRunner

from extract.errors import Terminal, one_line
from orchestration import environment, manifest


def build() -> Path:
    """Write the site and return its path. Terminal when dbt cannot: it asks the warehouse for the tables' columns."""
    environment.load()
    target = manifest.TARGET / "docs"
    result = dbtRunner().invoke(
        [
            *("docs", "generate", "--static", "--no-compile"),
            *("--project-dir", str(manifest.PROJECT), "--profiles-dir", str(manifest.PROJECT)),
            *("--target-path", str(target), "--log-path", str(target), "--log-level", "none", "--quiet"),
        ]
    )
    if not result.success:
        raise Terminal(f"dbt cannot make its documentation: {one_line(str(result.exception))}")
    return target / "static_index.html"
