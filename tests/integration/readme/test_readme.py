"""The README is true: its commands are run, in its order, in a fresh copy of the project."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.paths import PROJECT_ROOT
from tests.support import Sandbox, without_settings

FENCE = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = FENCE.findall((PROJECT_ROOT / "README.md").read_text())
SCALE = "0.02"
UI_SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git knows of this project, as a clone of it would have it, uncommitted changes included."""
    place = tmp_path_factory.mktemp("clone") / "kura"
    known = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(known, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT_ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_ROOT / name, place / name)
    return place


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return without_settings() | {"SCALE": SCALE, "PORT": str(free_port())}


@pytest.fixture(scope="module")
def ui(clone: Path, settings: dict[str, str]) -> Iterator[str]:
    """The Dagster UI as `make dev` serves it; ended as Ctrl-C ends it."""
    assert BLOCKS[0] == "make dev\n"
    log = clone.parent / "dev.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            ["sh", "-euc", BLOCKS[0]], cwd=clone, env=settings, stdout=output, stderr=output, start_new_session=True
        )
    address = f"http://127.0.0.1:{settings['PORT']}"
    deadline = time.monotonic() + UI_SECONDS
    while True:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                break
        except OSError:
            time.sleep(0.5)
    yield address
    os.killpg(server.pid, signal.SIGINT)
    server.wait(60)


@pytest.fixture(scope="module")
def walked(clone: Path, settings: dict[str, str], ui: str) -> Sandbox:
    """The clone after all of the README's commands but `make dev`, which serves beside them."""
    done = subprocess.run(
        ["sh", "-eu"], input="\n".join(BLOCKS[1:]), cwd=clone, env=settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Sandbox(clone / ".sandbox")


def test_the_commands_change_a_model_as_the_readme_says(walked: Sandbox) -> None:
    columns = {field.name for field in walked.client().get_table("marts.dim_voices").schema}
    assert "tag_count" in columns


def test_the_commands_add_a_table_whose_protected_column_is_tagged(walked: Sandbox) -> None:
    client = walked.client()
    for name in ("raw_aurora.invitations", "staging.stg_aurora__invitations"):
        table = client.get_table(name)
        assert table.num_rows
        [email] = [field for field in table.schema if field.name == "email"]
        assert email.policy_tags.names == (walked.variables["KURA_POLICY_TAG_PII"],)


def test_every_target_and_file_that_the_readme_names_exists() -> None:
    text = (PROJECT_ROOT / "README.md").read_text()
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    targets = set(re.findall(r"`make ([a-z]+)", text))
    assert {"demo", "help", "clean"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\(([^):#]+)\)", text):
        assert (PROJECT_ROOT / link).exists(), link
