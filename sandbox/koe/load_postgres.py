"""The relational tables: one transaction of `psql`, so that a failure leaves what was there."""

import subprocess
from pathlib import Path

from sandbox import postgres
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
        [postgres.binaries() / "psql", dsn, *options],
        input="\n".join(script),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise SandboxError(f"PostgreSQL refused the seed: {' '.join(done.stderr.split())}")


def _quoted(path: Path) -> str:
    """A path as psql's commands take it."""
    return "'" + str(path.resolve()).replace("\\", "\\\\").replace("'", "\\'") + "'"
