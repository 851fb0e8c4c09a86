"""The daily run over a history of 600 days, beside that over the usual 60.

    make benchmark

Two sandboxes hold as many users, and as much work on their last days. Each runs a window in full first, which takes as
long as there is history, and then the windows after it, of which each has what a day brings: new generations, as many
as the sample business made on that day, some that change and some that go, however old, and what Stripe's events tell.
These are timed, in turns, from the command's start to its end. The target: the median over the long history is at most
1.2 times that over the usual one. It exits with 1 when it is missed.

BENCHMARK_SCALE is the size of the business, 1 unless set.
"""

import datetime
import gzip
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import requests

from sandbox import environment, lifecycle, names, provision
from sandbox import state as states
from sandbox.koe.history import TIMEZONE, USUAL_DAYS
from tests.support import Sandbox

SCALE = float(os.environ.get("BENCHMARK_SCALE", "1"))
TIMES = 10
WINDOWS = 3
CHANGED, DELETED = 50, 10
"""Of the items of any age, at scale 1."""
TARGET = 1.2
TABLE = f"{names.DYNAMODB_PREFIX}generations"

Item = dict[str, Any]


@dataclass
class Side:
    """A sandbox under measure: seconds of each timed run, and of each of its steps."""

    days: int
    sandbox: Sandbox
    seconds: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=dict)

    def run(self, day: datetime.date) -> float:
        """Seconds that `kura run` took for a day."""
        began = time.monotonic()
        process = self.sandbox.start_kura("run", "--date", day.isoformat())
        output, _ = process.communicate()  # the first window takes as long as there is history
        if process.returncode:
            raise SystemExit(output)
        return time.monotonic() - began

    def measure(self, day: datetime.date) -> None:
        """Run a day and keep how long it took."""
        self.seconds.append(self.run(day))
        with _variables(self.sandbox), dg.DagsterInstance.get() as instance:
            [newest] = instance.get_runs(limit=1)
            for step in instance.get_run_step_stats(newest.run_id):
                if step.start_time and step.end_time:
                    self.steps.setdefault(step.step_key, []).append(step.end_time - step.start_time)


def main() -> int:
    """Measure, print, and say whether the target is met."""
    with ExitStack() as stack:
        sides = [stack.enter_context(_seeded(days)) for days in (USUAL_DAYS, TIMES * USUAL_DAYS)]
        first = sides[0].sandbox.day - datetime.timedelta(days=WINDOWS)
        for side in sides:
            print(f"  {side.days} days, the first window {side.run(first):6.1f} s", flush=True)
        for number in range(1, WINDOWS + 1):
            day = first + datetime.timedelta(days=number)
            for side in sides:
                written = _a_day(side.sandbox, day)
                side.measure(day)
                print(f"  {side.days} days, {day} {side.seconds[-1]:6.1f} s  {written} generations written", flush=True)
    return _tell(*sides)


def _tell(usual: Side, long: Side) -> int:
    print(f"  {'step':<10} {usual.days:>4} days {long.days:>4} days")
    for step in usual.steps:
        medians = [statistics.median(side.steps[step]) for side in (usual, long)]
        print(f"  {step:<10} {medians[0]:7.1f} s {medians[1]:7.1f} s")
    ratio = statistics.median(long.seconds) / statistics.median(usual.seconds)
    print(f"{'met   ' if ratio <= TARGET else 'MISSED'}  {ratio:.2f} times the usual history's run, target {TARGET}")
    return 0 if ratio <= TARGET else 1


@contextmanager
def _seeded(days: int) -> Iterator[Side]:
    with tempfile.TemporaryDirectory(prefix="kura-benchmark-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # PostgreSQL is another user where this one is root
        began = time.monotonic()
        lifecycle.up(home, SCALE, lambda line: None, days)
        print(f"  {days} days seeded at scale {SCALE:g} in {time.monotonic() - began:.0f} s", flush=True)
        try:
            yield Side(days, Sandbox(home))
        finally:
            lifecycle.down(home)


def _a_day(sandbox: Sandbox, day: datetime.date) -> int:
    """Write to DynamoDB what a day brings, at noon of it; how many items that were."""
    start = datetime.datetime.combine(day, datetime.time(), TIMEZONE)
    bounds = (start, start + datetime.timedelta(days=1))
    first, last = (f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M}" for at in bounds)
    older: list[Item] = []
    writes: list[dict[str, Any]] = []
    parts = sorted((sandbox.home / "seed" / "dynamodb" / TABLE).iterdir())
    for part in parts:
        with gzip.open(part) as file:
            items = [orjson.loads(line)["Item"] for line in file]
        for item in items:
            if first <= item["createdAt"]["S"] < last:
                identifier = item["generationId"]["S"]
                again = item | {"generationId": {"S": identifier[:-2] + identifier[:-3:-1] + "0"}}
                writes.append({"PutRequest": {"Item": again}})
        older += items[day.day :: 997]
    chosen = itertools.islice(itertools.cycle(older), 0, round((CHANGED + DELETED) * SCALE * 7), 7)
    for number, item in enumerate({item["generationId"]["S"]: item for item in chosen}.values()):
        key = {name: item[name] for name in ("userId", "generationId")}
        changed = {"PutRequest": {"Item": item | {"note": {"S": f"changed on {day}"}}}}
        writes.append({"DeleteRequest": {"Key": key}} if number % 6 == 0 else changed)
    state = states.load(sandbox.home)
    clock = f"{environment.url(state, 'aws')}/_kura/clock"
    client = provision.aws_session().client("dynamodb", endpoint_url=environment.url(state, "aws"))
    requests.post(clock, json={"now": start.timestamp() + 43_200}, timeout=30).raise_for_status()
    for number in range(0, len(writes), 25):
        client.batch_write_item(RequestItems={TABLE: writes[number : number + 25]})
    requests.post(clock, json={"now": None}, timeout=30).raise_for_status()
    return len(writes)


@contextmanager
def _variables(sandbox: Sandbox) -> Iterator[None]:
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = sandbox.variables["DAGSTER_HOME"]
    try:
        yield
    finally:
        os.environ.pop("DAGSTER_HOME")
        if before is not None:
            os.environ["DAGSTER_HOME"] = before


if __name__ == "__main__":
    sys.exit(main())
