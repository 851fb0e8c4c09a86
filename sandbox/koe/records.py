"""Reading the seed files back as plain records: the sample business's own account of itself."""

import csv
import gzip
from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from sandbox.koe.attributes import Attribute
from sandbox.koe.planning import Cell


class Records:
    """The records of the seed files below `directory`, in the order of the files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def rows(self, table: str) -> Iterator[dict[str, str | None]]:
        """Rows of a relational table as PostgreSQL reads them: text, None for NULL."""
        with (self._directory / "postgres" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, quoting=csv.QUOTE_NOTNULL)

    def items(self, table: str) -> Iterator[dict[str, Any]]:
        """Items of a DynamoDB table as Python values; numbers are Decimal, sets are sets, NULL is None."""
        for path in sorted((self._directory / "dynamodb" / table).iterdir()):
            for line in _lines(path):
                yield {name: _value(attribute) for name, attribute in orjson.loads(line)["Item"].items()}

    def objects(self, kind: str) -> Iterator[dict[str, Any]]:
        """Stripe objects; a deleted one has `deleted: True`."""
        for line in _lines(self._directory / "stripe" / f"{kind}.json.gz"):
            yield orjson.loads(line)

    def cells(self, worksheet: str) -> list[list[Cell]]:
        """A worksheet of the planning spreadsheet with its header, rows without their trailing empty cells."""
        spreadsheet = orjson.loads((self._directory / "sheets" / "planning.json").read_bytes())
        found: list[list[Cell]] = next(
            sheet["values"] for sheet in spreadsheet["sheets"] if sheet["title"] == worksheet
        )
        return found


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        yield from file


def _value(attribute: Attribute) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return Decimal(value)
        case "B":
            return b64decode(value)
        case "NULL":
            return None
        case "NS":
            return {Decimal(one) for one in value}
        case "SS":
            return set(value)
        case "BS":
            return {b64decode(one) for one in value}
        case "L":
            return [_value(one) for one in value]
        case "M":
            return {name: _value(one) for name, one in value.items()}
        case _:
            return value
