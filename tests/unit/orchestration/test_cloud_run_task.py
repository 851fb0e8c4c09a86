"""A task's first process gives its command's exit code, passes signals on, and ends the proxy whatever happens."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = "import sys; from orchestration.cloud_run import task; sys.exit(task.main(sys.argv[2:], sys.argv[1]))"


class Proxy(HTTPServer):
    """An admin server of the proxy, which keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Admin)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/quitquitquit"


class Admin(BaseHTTPRequestHandler):
    server: Proxy

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def start(url: str, command: str, program: str = sys.executable) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, url, program, "-c", command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("code", [0, 3])
def test_the_task_ends_as_its_command_does_and_the_proxy_with_it(proxy: Proxy, code: int) -> None:
    task = start(proxy.url, f"raise SystemExit({code})")
    task.communicate(timeout=30)
    assert (task.returncode, proxy.asked) == (code, ["/quitquitquit"])


def test_a_command_that_is_killed_ends_the_proxy_as_well(proxy: Proxy) -> None:
    task = start(proxy.url, "import os; os.kill(os.getpid(), 9)")
    task.communicate(timeout=30)
    assert (task.returncode, proxy.asked) == (137, ["/quitquitquit"])


def test_a_command_that_does_not_exist_fails_and_ends_the_proxy(proxy: Proxy) -> None:
    task = start(proxy.url, "", program="no-such-program")
    task.communicate(timeout=30)
    assert (task.returncode, proxy.asked) == (1, ["/quitquitquit"])


def test_the_end_that_cloud_run_announces_reaches_the_command(proxy: Proxy) -> None:
    command = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(21))
print("ready", flush=True)
signal.pause()
"""
    task = start(proxy.url, command)
    assert task.stdout and task.stdout.readline() == "ready\n"
    task.send_signal(signal.SIGTERM)
    task.communicate(timeout=30)
    assert (task.returncode, proxy.asked) == (21, ["/quitquitquit"])


def test_a_proxy_that_does_not_answer_changes_nothing_but_one_line() -> None:
    task = start("http://127.0.0.1:9/quitquitquit", "print('done')")
    out, err = task.communicate(timeout=30)
    assert (task.returncode, out) == (0, "done\n")
    assert err.startswith("the database's proxy could not be told to end: ") and err.count("\n") == 1
