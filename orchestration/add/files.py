"""Changing several files, all or none."""

import difflib
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from extract.errors import Terminal


@dataclass(frozen=True)
class Change:
    """What a file holds, None where it is not there yet, and what it will hold."""

    path: Path
    before: str | None
    after: str


def read(path: Path) -> str | None:
    """A file's text, line ends as they are; None where there is none. Terminal when it cannot be read."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Terminal(f"{shown(path)}: cannot be read: {error}") from error


def write(changes: Sequence[Change]) -> None:
    """Make all changes. Terminal when one cannot be made, or a file has changed meanwhile; then all is as it was."""
    aside = {change.path: change.path.with_name(f".{change.path.name}.{os.getpid()}") for change in changes}
    done: list[Change] = []
    try:
        for change in changes:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            aside[change.path].write_bytes(change.after.encode())
            if change.before is not None:
                shutil.copymode(change.path, aside[change.path])
        for change in changes:
            if read(change.path) != change.before:
                raise Terminal(f"{shown(change.path)} has changed meanwhile; nothing was written, so run it again")
            os.replace(aside[change.path], change.path)
            done.append(change)
    except OSError as error:
        _restore(done)
        raise Terminal(f"{error.filename}: cannot be written ({error.strerror}); nothing was changed") from error
    except BaseException:
        _restore(done)
        raise
    finally:
        for path in aside.values():
            with suppress(OSError):
                path.unlink()


def diff(changes: Sequence[Change], root: Path) -> str:
    """The changes as a patch that `git apply` takes in the folder `root`."""
    lines: list[str] = []
    for change in changes:
        name = change.path.relative_to(root)
        before, after = f"a/{name}" if change.before is not None else "/dev/null", f"b/{name}"
        old, new = (text.splitlines(keepends=True) for text in (change.before or "", change.after))
        lines += difflib.unified_diff(old, new, before, after)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def shown(path: Path) -> str:
    """A path as it is shorter: from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _restore(done: Sequence[Change]) -> None:
    for change in done:
        if change.before is None:
            change.path.unlink()
        else:
            change.path.write_bytes(change.before.encode())
