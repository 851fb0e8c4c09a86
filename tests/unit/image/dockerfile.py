"""The Dockerfile as instructions, and what its COPY takes from the context."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Instruction:
    name: str
    value: str


def instructions() -> list[Instruction]:
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def stages() -> list[list[Instruction]]:
    """The instructions of each stage, which begins with its FROM."""
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction.name == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def command(name: str) -> list[str]:
    """The arguments of the last CMD, or of the HEALTHCHECK's."""
    value = [one.value for one in stages()[-1] if one.name == name][-1]
    arguments: list[str] = json.loads(value[value.index("[") :])
    return arguments


def copies() -> list[tuple[list[str], str]]:
    """Sources in the context and the destination, of every COPY that takes from it."""
    found = []
    for instruction in instructions():
        if instruction.name == "COPY" and not instruction.value.startswith("--from="):
            *sources, destination = instruction.value.split()
            found.append((sources, destination))
    return found


def copy_into(folder: Path) -> None:
    """Do what the COPY instructions do with absolute destinations, below `folder`."""
    for sources, destination in copies():
        if destination.startswith("/"):
            [source] = sources
            target = folder / destination.removeprefix("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
            else:
                shutil.copy(ROOT / source, target)


def ignored(path: str) -> bool:
    """Whether .dockerignore leaves a path out: the last line that matches it or a folder above it decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if any(_matches(pattern, parent) for parent in (path, *_above(path))):
                out = not line.startswith("!")
    return out


def _above(path: str) -> list[str]:
    return [str(parent) for parent in Path(path).parents if str(parent) != "."]


def _matches(pattern: str, path: str) -> bool:
    expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(expression, path) is not None
