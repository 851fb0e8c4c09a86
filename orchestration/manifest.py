"""dbt's manifest: what dbt knows of its project, which Dagster's assets are made from.

`dbt parse` needs no connection but takes seconds, so its result is kept in the project's `target` folder and made anew
only when a file of the project, a variable that the project reads, or dbt itself has changed.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from extract.errors import Terminal, one_line

PROJECT: Final = Path(__file__).resolve().parent.parent / "dbt_project"
MODELS: Final = PROJECT / "models"
TARGET: Final = PROJECT / "target"

_SUFFIXES: Final = frozenset({".csv", ".md", ".sql", ".yaml", ".yml"})
_NOT_SOURCES: Final = frozenset({"logs", "target"})
_ENV_VAR: Final = re.compile(r"""env_var\(\s*['"](\w+)['"]""")


def load() -> dict[str, Any]:
    """The fresh manifest as a dictionary. Terminal when the project does not parse."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (TARGET / "manifest.lock").open("a") as lock:
        # Two processes that start at once would write the same files.
        fcntl.flock(lock, fcntl.LOCK_EX)
        made_from, wanted = TARGET / "manifest.made_from", _fingerprint()
        manifest = TARGET / "manifest.json"
        if not (manifest.exists() and made_from.exists() and made_from.read_text() == wanted):
            made_from.unlink(missing_ok=True)
            _parse()
            made_from.write_text(wanted)
        content: dict[str, Any] = json.loads(manifest.read_bytes())
        return content


def _files() -> Iterator[Path]:
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCES and not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix in _SUFFIXES:
                yield Path(folder, name)


def _fingerprint() -> str:
    """Changes with every file of the project, every variable that it reads, and dbt's versions."""
    digest = hashlib.sha256()
    variables: set[str] = set()
    for file in _files():
        content = file.read_bytes()
        digest.update(f"{file.relative_to(PROJECT)}\0{len(content)}\0".encode())
        digest.update(content)
        variables.update(_ENV_VAR.findall(content.decode(errors="replace")))
    for name in sorted(variables):
        digest.update(f"{name}={os.environ.get(name)}\0".encode())
    digest.update(f"{version('dbt-core')} {version('dbt-bigquery')}".encode())
    return digest.hexdigest()


def _parse() -> None:
    # Imported here: dbt is slow to import, and a fresh manifest needs none of it.
    from dbt.cli.main import dbtRunner

    result = dbtRunner().invoke(
        [
            "parse",
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(TARGET), "--log-path", str(TARGET), "--log-level", "none", "--quiet"),
        ]
    )
    if not result.success:
        reason = one_line(str(result.exception)) if result.exception else f"see {TARGET / 'dbt.log'}"
        raise Terminal(f"the dbt project does not parse: {reason}")
