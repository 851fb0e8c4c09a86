"""Writing DynamoDB items into files, the generations in processes of their own."""

import gc
import gzip
from collections.abc import Iterable
from pathlib import Path

import orjson

from sandbox.koe.attributes import Item
from sandbox.koe.generations import generations
from sandbox.koe.history import History
from sandbox.koe.usage import Usage

COMPRESSION = 1
"""The files are read once, from the same disk: speed is worth more than size."""

_worker: tuple[Path, int, Usage, History] | None = None


def prepare_worker(folder: Path, seed: int, usage: Usage, history: History) -> None:
    """Keep what every part needs, so that it travels to each process once."""
    gc.disable()  # items hold no cycles; looking for some takes a quarter of the time
    global _worker
    _worker = folder, seed, usage, history


def write_part(chunk: int, count: int) -> int:
    """Write one chunk of generations as one file; returns `count`."""
    if _worker is None:
        raise RuntimeError("a part was asked for before the worker was prepared")
    folder, seed, usage, history = _worker
    write_items(folder / f"part-{chunk:05d}.json.gz", generations(seed, chunk, count, usage, history))
    return count


def write_items(path: Path, items: Iterable[Item]) -> None:
    """One item a line, in the form that ImportTable reads and exports write."""
    lines = b"".join([orjson.dumps({"Item": item}, option=orjson.OPT_APPEND_NEWLINE) for item in items])
    path.write_bytes(gzip.compress(lines, COMPRESSION, mtime=0))
