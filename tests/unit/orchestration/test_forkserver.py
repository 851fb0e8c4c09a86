"""The server of a run's steps is a fork of the command, and keeps nothing of it that others wait for."""

import fcntl
import subprocess
import sys
from pathlib import Path

COMMAND = """
import fcntl, multiprocessing, sys, time
from orchestration import forkserver

def work(sent):
    sent.put("imported" if "wave" in sys.modules else "not imported")

with open(sys.argv[1], "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    forkserver.PRELOAD = ("wave",)
    forkserver.start()
    context = multiprocessing.get_context("forkserver")
    sent = context.SimpleQueue()
    for _ in range(2):
        context.Process(target=work, args=(sent,)).start()
        print(sent.get(), flush=True)
    time.sleep(600)
"""


def test_steps_start_with_everything_imported_and_a_killed_command_leaves_no_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = subprocess.Popen([sys.executable, "-c", COMMAND, str(lock)], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    with command, lock.open("a") as file:
        assert [command.stdout.readline() for _ in range(2)] == ["imported\n"] * 2
        command.kill()
        command.wait()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert command.stdout.read() == ""  # which ends when the server does, who has the command's own stdout
