"""What the integration tests share: a running sandbox and the `kura` command in it."""

import datetime
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from google.cloud import bigquery

from sandbox import environment, names, processes, provision
from sandbox import state as states
from sandbox.state import Server, State

KURA = Path(sys.executable).with_name("kura")
SETTINGS = (
    "AWS_", "GOOGLE_", "KURA_", "STRIPE_", "BIGQUERY_", "STORAGE_", "DAGSTER_", "SHEETS_", "SLACK_", "METABASE_",
)  # fmt: skip
WAREHOUSE = (*names.RAW_DATASETS, "staging", "build", "marts")


@contextmanager
def servers(home: Path) -> Iterator[State]:
    """All servers, with identities and buckets, and without the sample business."""
    home.chmod(0o755)  # PostgreSQL is another user where this one is root
    state = State()
    state.servers["services"] = Server(port=processes.free_port())
    provision.identities(home, f"http://127.0.0.1:{state.servers['services'].port}/oauth/token")
    provision.access(home)
    processes.start(home, state, lambda: None)
    try:
        provision.buckets(home, state)
        yield state
    finally:
        processes.stop(home, state)


def without_settings() -> dict[str, str]:
    """This process's environment without anything that a client or the platform reads."""
    return {key: value for key, value in os.environ.items() if not key.startswith(SETTINGS)}


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that is up: where it lives, and its settings."""

    home: Path

    @property
    def variables(self) -> dict[str, str]:
        return environment.variables(self.home, states.load(self.home))

    @property
    def day(self) -> datetime.date:
        """The last day of the sample business's history."""
        seed = states.load(self.home).seed
        assert seed is not None
        return datetime.date.fromisoformat(str(seed["end_date"]))

    def client(self, name: str = "platform") -> bigquery.Client:
        return provision.bigquery_client(self.home, states.load(self.home), name)

    def start_kura(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Starts the `kura` command with this sandbox's variables and some of them changed; "" removes one."""
        variables = without_settings() | self.variables | {"KURA_SANDBOX_DIR": str(self.home)} | changes
        return subprocess.Popen(
            [str(KURA), *arguments],
            env={name: value for name, value in variables.items() if value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def kura(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs the `kura` command to its end; stdout holds what it printed on either stream."""
        process = self.start_kura(*arguments, **changes)
        output, _ = process.communicate(timeout=900)
        return subprocess.CompletedProcess(arguments, process.returncode, output)

    def contents(self, *datasets: str) -> dict[str, tuple[int, str]]:
        """For every table of the datasets: the number of its rows and a hash that does not know their order."""
        client = self.client()
        result = {}
        for dataset in datasets:
            for table in client.list_tables(dataset):
                if table.table_type != "TABLE":
                    continue
                digests = sorted(
                    hashlib.sha256(repr(row.values()).encode()).hexdigest() for row in client.list_rows(table)
                )
                summary = hashlib.sha256("".join(digests).encode()).hexdigest()
                result[f"{dataset}.{table.table_id}"] = (len(digests), summary)
        return result


def kill_run(sandbox: Sandbox, moment: str) -> None:
    """Starts the run of the sandbox's day and kills it with -9 as soon as it prints a line with `moment` in it."""
    process = sandbox.start_kura("run", "--date", sandbox.day.isoformat())
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if moment in line:
            os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "".join(printed)
