"""Up, down and reset of the whole sandbox."""

import datetime
import shutil
import time
import zoneinfo
from collections.abc import Callable
from pathlib import Path

from extract import contract_file
from extract.errors import ContractError
from sandbox import environment, names, paths, postgres, processes
from sandbox import state as states
from sandbox.errors import SandboxError
from sandbox.koe.history import USUAL_DAYS

SEED = 20260101
TIMEZONE = zoneinfo.ZoneInfo("Asia/Tokyo")
Report = Callable[[str], None]


def last_closed_day() -> datetime.date:
    """Yesterday in the business's time zone: the last day of which nothing more will come."""
    return datetime.datetime.now(TIMEZONE).date() - datetime.timedelta(days=1)


def up(home: Path, scale: float | None, report: Report, days: int | None = None) -> bool:
    """Starts what is not running and seeds what is not seeded. Returns whether any server was started.

    Without a scale and days the seed that is there will do, or one of scale 1 and 60 days is made. Raises SandboxError
    when a server does not start, or when the sandbox holds a seed of another scale or length.
    """
    from sandbox import provision  # a slow import, which the other commands need not wait for

    with states.locked(home):
        state = states.load(home)
        if seeded := state.seed:
            there = seeded.get("days", USUAL_DAYS)
            if scale not in (None, seeded["scale"]) or days not in (None, there):
                raise SandboxError(
                    f"the sandbox is seeded at scale {seeded['scale']:g} with {there} days: leave both out to use it, "
                    "or run `kura sandbox reset`, which deletes it, to seed it anew"
                )
        began = time.monotonic()
        report("starting the servers")
        services = state.servers.setdefault("services", states.Server(port=processes.free_port()))
        if processes.process(services) is None:
            services.port = processes.free_port(services.port)
        provision.identities(home, f"http://127.0.0.1:{services.port}/oauth/token")
        provision.access(home)
        started = processes.start(home, state, lambda: states.save(home, state))
        provision.datasets(provision.bigquery_client(home, state, "platform"))
        provision.buckets(home, state)
        _configure_transfers(home, state)
        if started:
            report(f"{len(started)} servers answer ({time.monotonic() - began:.1f} s)")
        if not state.seed:
            _seed(home, state, scale or 1.0, days or USUAL_DAYS, report)
        return bool(started)


def _configure_transfers(home: Path, state: states.State) -> None:
    """Makes the transfer configurations that contracts ask for, which most often none does."""
    try:
        tables = contract_file.read(paths.PROJECT_ROOT / "dbt_project" / "models")
    except ContractError:
        return  # the platform says what is wrong with it
    if carried := [table for table in tables if table.carrier]:
        from sandbox import transfers  # a slow import

        transfers.configure(transfers.client(home, state), carried)


def _seed(home: Path, state: states.State, scale: float, days: int, report: Report) -> None:
    """Writes the sample business's records and loads them into the stores; only a whole seed counts."""
    from sandbox import provision
    from sandbox.koe import seed

    began = time.monotonic()
    directory = home / "seed"
    end = last_closed_day()
    shutil.rmtree(directory, ignore_errors=True)
    report(f"making {days} days of the sample business up to {end} at scale {scale:g}")
    seed.write(directory, seed=SEED, scale=scale, end_date=end, progress=report, days=days)
    seed.load(
        directory,
        postgres_dsn=postgres.dsn(state.servers["postgres"].port),
        session=provision.aws_session(),
        endpoint_url=environment.url(state, "aws"),
        seed_bucket=names.SEED_BUCKET,
        services_url=environment.url(state, "services"),
        progress=report,
    )
    state.seed = {"scale": scale, "days": days, "end_date": end.isoformat()}
    states.save(home, state)
    report(f"the stores are seeded ({time.monotonic() - began:.1f} s)")


def down(home: Path) -> list[str]:
    """Ends the servers; their data stays. Returns the names of those that ran."""
    with states.locked(home):
        state = states.load(home)
        ended = processes.stop(home, state)
        states.save(home, state)
        return ended


def reset(home: Path) -> None:
    """Ends the servers and deletes all that the sandbox made, the history of runs included."""
    if not home.exists():
        return
    if home.is_dir() and any(home.iterdir()) and not (home / states.LOCK).exists():
        raise SandboxError(f"{home} is not a folder of the sandbox: nothing was deleted; look at KURA_SANDBOX_DIR")
    with states.locked(home):
        try:
            state = states.load(home)
        except SandboxError:
            state = states.State()
        processes.stop(home, state)
        processes.end_leftovers(home)
        for path in home.iterdir():
            if path.name == states.LOCK:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def running(home: Path) -> states.State:
    """The state of a sandbox of which every server runs; SandboxError when one does not."""
    state = states.load(home)
    down = [name for name, condition in processes.status(state).items() if condition != "running"]
    if down:
        raise SandboxError(f"the sandbox is not up ({', '.join(down)} not running): run `kura sandbox up`")
    return state
