"""What runs, and what has been seeded: `.sandbox/state.json`, written atomically under a lock."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox.errors import SandboxError

LOCK = "lock"
"""A file in every sandbox's folder: it tells the folder from any other, too."""


@dataclass
class Server:
    """A server of the sandbox: its process and the port on 127.0.0.1 that it listens on.

    `started` is the process's start time (seconds since the epoch), which tells it from another with the same id.
    """

    port: int
    pid: int | None = None
    started: float | None = None


@dataclass
class State:
    servers: dict[str, Server] = field(default_factory=dict)
    seed: dict[str, str | float] | None = None


def unusable(home: Path, error: OSError) -> SandboxError:
    return SandboxError(
        f"{home} cannot be the sandbox's folder ({(error.strerror or '').lower()}): see KURA_SANDBOX_DIR"
    )


def load(home: Path) -> State:
    try:
        document = json.loads((home / "state.json").read_text())
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise unusable(home, error) from None
    except ValueError:
        raise SandboxError(f"{home / 'state.json'} is damaged: run `kura sandbox reset`") from None
    servers = {name: Server(**server) for name, server in document["servers"].items()}
    return State(servers=servers, seed=document["seed"])


def save(home: Path, state: State) -> None:
    temporary = home / "state.json.new"
    temporary.write_text(json.dumps(asdict(state), indent=2))
    os.replace(temporary, home / "state.json")


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Keeps two commands from changing the same sandbox at once; the lock ends with its process."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / LOCK).open("w")
    except OSError as error:
        raise unusable(home, error) from None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SandboxError(
                f"another `kura sandbox` command is at work in {home}: wait until it has ended"
            ) from None
        yield
