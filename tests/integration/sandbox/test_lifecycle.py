"""The sandbox comes up beside others, survives crashes of its parts, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox import lifecycle, processes
from sandbox import state as states
from sandbox.errors import SandboxError
from sandbox.state import Server, State
from tests.support import KURA, Sandbox, without_settings


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = without_settings() | {"KURA_SANDBOX_DIR": str(home)}
    return subprocess.run([str(KURA), "sandbox", *arguments], env=variables, capture_output=True, text=True)


def test_status_tells_where_each_server_runs(sandbox: Sandbox) -> None:
    finished = run(sandbox.home, "status", "--json")
    assert finished.returncode == 0, finished.stderr
    servers = json.loads(finished.stdout)["servers"]
    assert {server["server"] for server in servers} == set(processes.ORDER)
    assert all(server["status"] == "running" and server["address"].startswith("127.0.0.1:") for server in servers)


def test_every_server_listens_on_the_loopback_address_only(sandbox: Sandbox) -> None:
    for server in states.load(sandbox.home).servers.values():
        assert server.pid is not None
        process = psutil.Process(server.pid)
        listening = [
            c for p in [process, *process.children()] for c in p.net_connections("inet") if c.status == "LISTEN"
        ]
        assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


def test_without_a_scale_the_seed_that_is_there_is_used(sandbox: Sandbox) -> None:
    finished = run(sandbox.home, "up")
    assert finished.returncode == 0, finished.stderr


def test_a_folder_that_is_no_sandbox_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    finished = run(tmp_path, "reset")
    assert (finished.returncode, finished.stderr.count("\n")) == (2, 1)
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize("command", ["up", "down", "status", "env", "reset"])
def test_a_folder_that_cannot_be_used_is_told_in_a_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    for unusable in (tmp_path / "file", Path("/proc/nothing")):
        finished = run(unusable, command)
        if command == "reset" and not unusable.exists():
            continue
        assert (finished.returncode, "Traceback" in finished.stderr) in ((2, False), (1, False)), finished.stderr
        assert len(finished.stderr.splitlines()) <= 1


def test_env_prints_lines_that_a_shell_takes_over(sandbox: Sandbox) -> None:
    lines = run(sandbox.home, "env").stdout
    shell = subprocess.run(
        ["sh", "-c", f"{lines}\nprintenv"], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    printed = dict(line.split("=", 1) for line in shell.stdout.splitlines())
    assert sandbox.variables.items() <= printed.items()


def test_a_server_that_crashed_is_started_again_with_its_data(sandbox: Sandbox) -> None:
    before = states.load(sandbox.home)
    tables = sorted(dataset.dataset_id for dataset in sandbox.client().list_datasets())
    for name in ("bigquery", "services"):
        pid = before.servers[name].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=5)
    assert run(sandbox.home, "status").returncode == 1
    assert lifecycle.up(sandbox.home, float(before.seed["scale"]), print) if before.seed else False
    after = states.load(sandbox.home)
    assert {name: server.port for name, server in after.servers.items()} == {
        name: server.port for name, server in before.servers.items()
    }
    assert sorted(dataset.dataset_id for dataset in sandbox.client().list_datasets()) == tables


def test_another_scale_than_the_seeded_one_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="kura sandbox reset"):
        lifecycle.up(sandbox.home, 3.0, print)


@pytest.mark.parametrize("command", ["env", "status"])
def test_a_sandbox_that_was_never_started_is_told_in_one_line(tmp_path: Path, command: str) -> None:
    finished = run(tmp_path / "none", command)
    assert finished.returncode != 0
    assert "Traceback" not in finished.stderr
    assert len(finished.stderr.splitlines()) <= 1


def test_reset_removes_everything_and_down_is_content_with_nothing(tmp_path: Path) -> None:
    home = tmp_path / "other"
    with states.locked(home):
        states.save(home, states.State())
    (home / "bigquery").mkdir()
    assert run(home, "down").returncode == 0
    assert run(home, "reset").returncode == 0
    assert [path.name for path in home.iterdir()] == ["lock"]


def test_a_port_that_one_sandbox_has_chosen_is_not_chosen_by_another() -> None:
    port = processes.free_port()
    other = "import sys; from sandbox import processes; print(processes.free_port(int(sys.argv[1])))"
    chosen = subprocess.run([sys.executable, "-c", other, str(port)], capture_output=True, text=True, check=True)
    assert int(chosen.stdout) != port
    assert processes.free_port(port) == port


def test_a_server_whose_parent_does_not_notice_its_end_is_ended_all_the_same(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # nobody waits for it
    server = Server(port=0, pid=child.pid, started=psutil.Process(child.pid).create_time())
    assert processes.stop(tmp_path, State(servers={"services": server})) == ["services"]
    assert child.wait() != 0
