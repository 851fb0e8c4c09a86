"""What was found in a live source as a contract: columns that look personal are `pii`, all others `restricted`."""

from dataclasses import dataclass
from typing import Any, Final

from extract.contract import DAY, Column, Table
from extract.inspection.found import Found, FoundColumn
from orchestration.add.yaml_text import prose

NOT_DESCRIBED: Final = "not described yet"
"""What stands in every description that a person has yet to write, whether it begins with it or not."""

_FULL_EVERY: Final = 7 * DAY
_LOOKBACK: Final = DAY


@dataclass(frozen=True)
class Options:
    """What a person chose: the table's `name` in the warehouse, its `mode`, its `key`, the row of a sheet's header."""

    name: str
    mode: str
    key: tuple[str, ...] = ()
    header_row: int | None = None


def proposed(source: str, found: Found, options: Options) -> Table:
    """The contract of a table that was found. ContractError where the options do not fit the source."""
    more: dict[str, Any] = {"header_row": options.header_row, "allow_empty": found.rows == 0}
    if options.mode == "incremental":
        more["full_every"] = _FULL_EVERY
    if options.mode == "query" and found.cursor:
        more |= {"cursor": found.cursor, "lookback": _LOOKBACK}
    description = prose(found.comment) or f"Rows of {prose(found.relation)}; {NOT_DESCRIBED}."
    columns = tuple(_column(column) for column in found.columns)
    return Table(source, options.name, description, found.relation, options.mode, found.key, columns, **more)


def _column(found: FoundColumn) -> Column:
    said = f"{prose(found.remark)}; {NOT_DESCRIBED}." if found.remark else f"{NOT_DESCRIBED}."
    description = prose(found.comment) or said[0].upper() + said[1:]
    tag = "pii" if found.personal else "restricted"
    return Column(found.name, found.data_type, description, found.path, tag)
