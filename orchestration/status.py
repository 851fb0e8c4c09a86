"""`kura status`: the newest receipt of every raw table."""

import dataclasses
import datetime
import json
import sys
from typing import Any, Final

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from rich.console import Console
from rich.table import Table

from extract.delivery import Receipt
from extract.errors import Terminal, one_line
from orchestration import clients, reachability
from orchestration.environment import load

WIDE: Final = 200


def status(as_json: bool) -> None:
    """Print what was loaded last. Terminal when the warehouse can't be asked."""
    environment = load()
    reachability.require_warehouse(environment)
    try:
        receipts = clients.receipts(environment).newest()
    except (GoogleAPICallError, GoogleAuthError, OSError) as error:
        raise Terminal(f"the warehouse cannot be reached ({one_line(str(error))[:160]}); check the network") from None
    receipts.sort(key=lambda receipt: (receipt.source, receipt.table_name))
    if as_json:
        print(json.dumps([dataclasses.asdict(receipt) for receipt in receipts], default=_text, indent=2))
    elif receipts:
        # In a file or a pipe nothing bounds a line.
        console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
        console.print(_table(receipts))
    else:
        print("nothing has been loaded yet; `kura run` loads the last day")


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a receipt")


def _table(receipts: list[Receipt]) -> Table:
    table = Table("table", "window")
    for column in ("delivered", "loaded", "bytes"):
        table.add_column(column, justify="right")
    table.add_column("job id", overflow="fold", min_width=20)
    for receipt in receipts:
        table.add_row(
            f"{receipt.source}.{receipt.table_name}",
            receipt.partition_id,
            f"{receipt.rows_delivered:,}",
            f"{receipt.rows_loaded:,}",
            f"{receipt.bytes:,}",
            receipt.job_id,
        )
    return table
