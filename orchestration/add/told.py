"""What `kura add` says at the end: what it proposes for each column and why, and what is left for a person to do."""

from collections.abc import Sequence
from typing import Final, TextIO

from rich.console import Console
from rich.table import Column, Table

from extract import contract
from extract.inspection.found import Found
from orchestration.add.files import Change, shown
from orchestration.add.proposal import NOT_DESCRIBED

_WIDE: Final = 200


def tell(table: contract.Table, found: Found, changes: Sequence[Change], dry_run: bool, stream: TextIO) -> None:
    """Print it. No value of a row is part of it."""
    # In a file or a pipe nothing bounds a line.
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDE)

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, markup=False)

    looked_at = "" if found.rows is None else f", {found.rows} rows looked at"
    say(f"{table.relation}: key {', '.join(table.key)}{looked_at}")
    console.print(_columns(table, found))
    for column in found.columns:
        if column.remark:
            say(f"{column.name}: {column.remark}")
    for remark in found.remarks:
        say(remark)
    if table.cursor:
        say(f"cursor {table.cursor}: it must rise whenever a row changes; deleted rows go with the next full read")
    personal = sum(column.policy_tag == "pii" for column in table.columns)
    proposal = f"{personal} of {len(table.columns)} columns proposed as pii, all others restricted"
    say(f"{proposal}, until a person decides in contract and model")
    descriptions = [table.description, *(column.description for column in table.columns)]
    undescribed = [one for one in descriptions if NOT_DESCRIBED in one.lower()]
    if undescribed:
        folder = shown(changes[0].path.parent)
        say(f"{len(undescribed)} descriptions left to write: grep -rni '{NOT_DESCRIBED}' {folder}")
    if dry_run:
        say("nothing was written")
        return
    for change in changes:
        say(f"{'wrote' if change.before is None else 'added to'} {shown(change.path)}")
    say(f"next: kura run --select 'key:\"{table.dataset}/{table.name}\"+'")


def _columns(table: contract.Table, found: Found) -> Table:
    columns = Table(Column("column", no_wrap=True), "type", "tag", "why")
    for column, seen in zip(table.columns, found.columns, strict=True):
        columns.add_row(column.name, column.data_type, column.policy_tag, "; ".join(seen.personal))
    return columns
