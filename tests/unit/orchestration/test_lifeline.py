"""Two runs never work at once, and what a killed run leaves behind ends by itself."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from extract.errors import Terminal
from orchestration import lifeline

WAIT = 20.0


def test_a_second_run_is_refused_while_the_first_holds_the_lock(tmp_path: Path) -> None:
    mine = f"another `kura run` \\(process {os.getpid()}\\) is in progress"
    with lifeline.only_run(tmp_path), pytest.raises(Terminal, match=mine), lifeline.only_run(tmp_path):
        pass
    with lifeline.only_run(tmp_path):
        pass


def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    holder = _start(
        tmp_path,
        """
        with lifeline.only_run(home):
            print("ready", flush=True)
            sys.stdin.read()
        """,
    )
    with pytest.raises(Terminal, match=str(holder.pid)), lifeline.only_run(tmp_path):
        pass
    holder.kill()
    holder.wait(WAIT)
    with lifeline.only_run(tmp_path):
        pass


def test_a_run_waits_for_the_steps_of_an_earlier_one(tmp_path: Path) -> None:
    with lifeline.step(tmp_path), pytest.raises(Terminal, match="steps of another run are still working"):
        lifeline.wait_for_steps(tmp_path, seconds=0.2)
    lifeline.wait_for_steps(tmp_path, seconds=0.2)


def test_steps_do_not_shut_each_other_out(tmp_path: Path) -> None:
    with lifeline.step(tmp_path), lifeline.step(tmp_path):
        assert (tmp_path / "steps.lock").exists()


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_a_step_ends_when_the_run_that_started_it_is_killed(tmp_path: Path, method: str) -> None:
    run = _start(
        tmp_path,
        f"""
        import multiprocessing, threading

        def work(home):
            with lifeline.step(home):
                print("ready", flush=True)
                threading.Event().wait()

        if __name__ == "__main__":
            step = multiprocessing.get_context({method!r}).Process(target=work, args=(home,))
            step.start()
            step.join()
        """,
    )
    run.send_signal(signal.SIGKILL)
    run.wait(WAIT)
    # Held by the step as long as it lives.
    lifeline.wait_for_steps(tmp_path, seconds=WAIT)


def test_a_step_that_no_other_process_started_follows_nobody(tmp_path: Path) -> None:
    assert multiprocessing.parent_process() is None
    with lifeline.step(tmp_path):
        pass


def _start(home: Path, body: str) -> subprocess.Popen[str]:
    """Runs a script that has `home` and `lifeline`, up to the line `ready`."""
    script = home / "script.py"
    head = f"import sys\nfrom pathlib import Path\nfrom orchestration import lifeline\nhome = Path({str(home)!r})\n"
    script.write_text(head + textwrap.dedent(body))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(lifeline.__file__).parents[1])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process
