"""dbt's manifest: what dbt knows of its project, which Dagster's assets are made from.

`dbt parse` needs no connection but takes seconds, so its result is kept in the project's `target` folder, under a
fingerprint of all it was made from: the project's files, the variables that they read, and dbt's own version.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from extract.errors import Terminal, one_line

PROJECT: Final = Path(__file__).resolve().parent.parent / "dbt_project"
MODELS: Final = PROJECT / "models"
TARGET: Final = PROJECT / "target"

KEPT: Final = 4
"""How many older manifests stay, for other environments and for going back and forth between two states."""
_SUFFIXES: Final = frozenset({".csv", ".md", ".sql", ".yaml", ".yml"})
_NOT_SOURCES: Final = frozenset({"logs", "target"})
_ENV_VAR: Final = re.compile(r"""env_var\(\s*['"](\w+)['"]""")


def load() -> dict[str, Any]:
    """The fresh manifest as a dictionary. Terminal when the project does not parse."""
    content: dict[str, Any] = json.loads((_kept() / "manifest.json").read_bytes())
    return content


def parsed() -> Any:
    """The fresh manifest as dbt's own `Manifest`, with which dbt need not parse. Terminal when it does not parse.

    Every call gives another one, for dbt keeps in it what it compiles. Variables that come with a command are read when
    models are compiled: no configuration of a model may depend on them.
    """
    return unpacked((_kept() / "partial_parse.msgpack").read_bytes())


def unpacked(content: bytes) -> Any:
    """dbt's `Manifest` from what dbt keeps of it for the next parsing."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    found: Any = Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
    found.build_parent_and_child_maps()
    found.build_flat_graph()
    return found


def _kept() -> Path:
    """The folder with the fresh manifest."""
    kept = TARGET / "manifests" / _fingerprint()
    if not kept.exists():
        _parse_into(kept)
    return kept


def _files() -> Iterator[Path]:
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCES and not name.startswith("."))
        for name in sorted(names):
            if Path(name).suffix in _SUFFIXES and not name.startswith("."):
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


def _parse_into(kept: Path) -> None:
    """Parse in a folder aside and move the result into place at once: others may do the same at this moment."""
    # Imported here: dbt is slow to import, and a fresh manifest needs none of it.
    from dbt.cli.main import dbtRunner

    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(kept.parent.iterdir(), key=lambda folder: folder.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, ignore_cleanup_errors=True) as aside:
        result = dbtRunner().invoke(
            [
                "parse",
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", aside, "--log-path", aside, "--log-level", "none", "--quiet"),
            ]
        )
        if not result.success:
            raise Terminal(f"the dbt project does not parse: {one_line(str(result.exception))}")
        with contextlib.suppress(OSError):
            os.rename(aside, kept)
