"""Faults that a test asks for. Each strikes one export, the next one that it fits, and is gone."""

import threading
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["truncate", "alter", "fail", "empty"]
Source = Literal["dynamodb", "rds"]


@dataclass(frozen=True)
class Fault:
    """What strikes; `table` is the table that it is meant for, or None for any."""

    source: Source
    kind: Kind
    table: str | None


@dataclass
class Faults:
    """The faults to come, and the tables that RDS exports leave out without a word (schema.table), until changed."""

    skipped_tables: set[str] = field(default_factory=set)
    _coming: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, source: Any, kind: Any, table: str | None = None) -> None:
        """Plans a fault for the next export of the source, or of one table of it. Raises ValueError."""
        if source not in get_args(Source) or kind not in get_args(Kind):
            raise ValueError(f"source is one of {get_args(Source)}, kind one of {get_args(Kind)}")
        with self._lock:
            self._coming.append(Fault(source, kind, table))

    def take(self, source: Source, tables: set[str]) -> Fault | None:
        """The fault that strikes an export of these tables now."""
        with self._lock:
            for fault in self._coming:
                if fault.source == source and (fault.table is None or fault.table in tables):
                    self._coming.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Forgets all faults and skipped tables."""
        with self._lock:
            self._coming.clear()
            self.skipped_tables = set()

    def describe(self) -> dict[str, Any]:
        """What is planned."""
        with self._lock:
            return {"faults": [asdict(fault) for fault in self._coming], "skip": sorted(self.skipped_tables)}


def damage(kind: Kind | None, content: bytes) -> bytes:
    """What a fault makes of a file: cut in half, or one bit in its middle turned over."""
    if kind == "truncate":
        return content[: len(content) // 2]
    if kind == "alter":
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return content
