"""Query mode on 2 million rows of 12 columns of the embedded PostgreSQL, beside dlt and beside a bare COPY.

    make benchmark

Three things read the same table, each timed from its first statement to its last byte and after its imports:

- query mode, from the snapshot to verified Parquet files in a local folder, and once more for comparison as a run uses
  it, into the sandbox's bucket, whose server works on the same cores;
- dlt's `sql_table` with `backend="pyarrow"`, all else as it is by default, on psycopg2, to its filesystem destination,
  which is Parquet in a local folder as well;
- `COPY (SELECT * FROM ...) TO STDOUT (FORMAT binary)`, which psql drains to nothing: what one connection can reach.

Query mode and COPY take turns, and the best of each are compared: other work on the machine only ever adds. dlt runs
once. Memory is the peak resident size of the extracting process.
The targets: at least 8 times dlt, at least 0.42 of COPY, at most 300 MB. It exits with 1 when one is missed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgresql

from sandbox import postgres
from sandbox.state import State
from tests.support import servers

ROWS = int(os.environ.get("BENCHMARK_ROWS", "2000000"))
ROUNDS = 5
TIMES_DLT, OF_COPY, MEGABYTES = 8, 0.42, 300
TABLE = f"""
CREATE TABLE orders AS SELECT
    n AS id,
    n * 7919 % 100000 AS user_id,
    (n % 500)::integer AS quantity,
    (ARRAY['open', 'paid', 'sent', 'returned'])[n % 4 + 1]::varchar(20) AS status,
    'item ' || md5(n::text) AS title,
    (n % 1000000 / 100.0)::numeric(12, 2) AS price,
    timestamptz '2026-01-01' + n * interval '1.234567 s' AS created_at,
    date '2020-01-01' + (n % 2000)::integer AS due,
    n % 3 = 0 AS is_gift,
    md5((-n)::text)::uuid AS reference,
    jsonb_build_object('n', n, 'note', 'text ' || n) AS details,
    n / 7.0::float8 AS weight
FROM generate_series(1, {ROWS}::bigint) AS n
"""


def main() -> int:
    """Measure, print, and say whether the targets are met."""
    with tempfile.TemporaryDirectory(prefix="kura-benchmark-") as folder:
        home = Path(folder)
        with servers(home) as state:
            return _compare(home, state)


def _compare(home: Path, state: State) -> int:
    dsn = postgres.dsn(state.servers["postgres"].port)
    with postgresql.connect(dsn) as connection, connection.cursor() as cursor:
        for statement in (TABLE, "ALTER TABLE orders ADD PRIMARY KEY (id)"):
            cursor.execute(statement)
        connection.commit()
    with postgresql.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders")
    print(f"{ROWS} rows of 12 columns, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    copies, ours = [], []
    for number in range(ROUNDS):
        copies.append(_drained(dsn))
        print(f"  COPY drained  {copies[-1]:6.2f} s")
        ours.append(_child("extract_kura", home, state, "folder", str(number)))
        print(f"  query mode    {ours[-1]['seconds']:6.2f} s  {ours[-1]['megabytes']:4.0f} MB")
    uploaded = _child("extract_kura", home, state, "bucket", str(ROUNDS))
    print(f"  and uploaded  {uploaded['seconds']:6.2f} s  {uploaded['megabytes']:4.0f} MB")
    dlt = _child("extract_dlt", home, state, dsn.replace("postgresql:", "postgresql+psycopg2:"))
    print(f"  dlt, pyarrow  {dlt['seconds']:6.2f} s  {dlt['megabytes']:4.0f} MB")
    copy, mine = min(copies), min(run["seconds"] for run in ours)
    memory = max(run["megabytes"] for run in [*ours, uploaded])
    results = (
        (dlt["seconds"] / mine >= TIMES_DLT, f"{dlt['seconds'] / mine:.1f} times dlt, target {TIMES_DLT}"),
        (copy / mine >= OF_COPY, f"{copy / mine:.2f} of COPY drained to nothing, target {OF_COPY}"),
        (memory <= MEGABYTES, f"{memory:.0f} MB at most, target {MEGABYTES}"),
    )
    for met, text in results:
        print(f"{'met   ' if met else 'MISSED'}  {text}")
    return 0 if all(met for met, _ in results) else 1


def _drained(dsn: str) -> float:
    command = [str(postgres.binaries() / "psql"), dsn, "-qXc", "COPY (SELECT * FROM orders) TO STDOUT (FORMAT binary)"]
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def _child(what: str, home: Path, state: State, *arguments: str) -> dict[str, float]:
    """Run a module of this folder in a process of its own, so that its memory is nobody else's."""
    ports = json.dumps({name: server.port for name, server in state.servers.items()})
    command = [sys.executable, "-m", f"tests.benchmarks.{what}", str(home), ports, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    assert result.pop("rows") == ROWS
    return result


if __name__ == "__main__":
    sys.exit(main())
