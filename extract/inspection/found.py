"""What a look at a table of a live source yields."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ROWS: Final = 1000
"""How many rows a look reads at most."""

Report = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True)
class FoundColumn:
    """A column as it can be declared: its name, the type that its values fit, and where they lie in the source.

    `comment` is what the source itself says of it, `remark` what its values seem to be and no type can say. `personal`
    are reasons in words why it looks personal, none where it does not. No value of a row is part of any of them.
    """

    name: str
    data_type: str
    path: tuple[str, ...]
    comment: str = ""
    personal: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Found:
    """A table of a live source: `relation` as a contract names it, the number of `rows` read, None where none could be.

    `key` are names of its columns, none where the source states no key and the sample shows none. `cursor` is a column
    that seems to rise with every change of a row. `is_exported` is false where exports of snapshots leave it out.
    `remarks` concern the table as a whole.
    """

    relation: str
    columns: tuple[FoundColumn, ...]
    key: tuple[str, ...]
    rows: int | None
    comment: str = ""
    cursor: str | None = None
    is_exported: bool = True
    remarks: tuple[str, ...] = ()
