"""`make dev`: the sandbox and the Dagster UI, with the history of earlier runs."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from orchestration import instance
from sandbox import environment, lifecycle, paths
from sandbox import state as states
from sandbox.errors import SandboxError


def run(
    home: Path, scale: float | None, days: int | None, port: int, console: Console, report: Callable[[str], None]
) -> int:
    """Serves until interrupted and stops what it started. Returns the exit code."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SandboxError(
                f"port {port} is in use: end the program that listens there, or choose with `kura sandbox dev --port`"
            ) from None
    started = lifecycle.up(home, scale, report, days)
    try:
        return _serve(home, port, console)
    finally:
        if started:
            lifecycle.down(home)


def _serve(home: Path, port: int, console: Console) -> int:
    variables = os.environ | environment.variables(home, states.load(home))
    instance.prepare(Path(variables["DAGSTER_HOME"]))
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--module-name", "orchestration.definitions"]
    console.print(f"The Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job is started with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    server = subprocess.Popen(command, env=variables, cwd=paths.PROJECT_ROOT, start_new_session=True)
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
