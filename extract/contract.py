"""Contracts: what a raw table holds and how it is extracted, as frozen and validated values.

`extract.contract_file` reads them from dbt's own `_<source>__sources.yml` files.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from extract.errors import ContractError
from extract.freshness import DEFAULT, Freshness

MODES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "dynamodb": {"full": frozenset({"carrier"}), "incremental": frozenset({"full_every", "carrier"})},
    "aurora": {"snapshot": frozenset({"carrier"}), "query": frozenset({"cursor", "lookback", "full_every"})},
    "stripe": {"list": frozenset(), "incremental": frozenset({"lookback", "full_every"})},
    "sheets": {"sheet": frozenset({"header_row"})},
}
"""The kinds of source, the modes that each can be extracted in, and the options that only that mode has."""

TRANSFER: Final = "transfer"
"""The carrier of tables whose exports BigQuery Data Transfer Service loads straight from S3."""

TAGS: Final = frozenset({"restricted", "pii", "financial"})
"""The logical policy tags."""

TYPES: Final = frozenset(
    {
        *("INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "BOOL", "STRING", "BYTES"),
        *("DATE", "DATETIME", "TIME", "TIMESTAMP", "JSON"),
    }
)
"""The scalar types a column can declare; `ARRAY<...>` of each but JSON is a type as well."""

INSTANTS: Final = ("TIMESTAMP", "DATETIME", "DATE")
"""The types that a cursor can have."""

DAY: Final = datetime.timedelta(days=1)

FULL_EVERY: Final = 7 * DAY
"""How often a table with a cursor is read whole, which is when its deleted rows go, unless its contract says."""

_NAME_RULE: Final = "a name has only letters, digits and _, 300 at most, and no leading digit"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}")
_RELATIONS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "dynamodb": (re.compile(r"[A-Za-z0-9_.-]+"), "the table's name without prefix"),
    "aurora": (re.compile(r"[A-Za-z0-9_$]+\.[A-Za-z0-9_$]+"), "schema.table"),
    "stripe": (re.compile(r"[a-z_]+"), "the name of a Stripe list, such as customers"),
    "sheets": (re.compile(r"[^/]+/.+"), "spreadsheet/worksheet or spreadsheet/named range"),
}


@dataclass(frozen=True)
class Column:
    """A declared column. `path` is where its value lies in the source, one key a level; `(name,)` when it says nothing.

    An invalid value is a ContractError.
    """

    name: str
    data_type: str
    description: str
    path: tuple[str, ...] = ()
    policy_tag: str | None = None

    def __post_init__(self) -> None:
        where = f"column {self.name}: "
        if not _NAME.fullmatch(self.name):
            raise ContractError(f"column {self.name!r}: {_NAME_RULE}")
        array = re.fullmatch(r"ARRAY<(\w+)>", self.data_type)
        scalar = array[1] if array else self.data_type
        if scalar not in TYPES or (array and scalar == "JSON"):
            known = ", ".join(sorted(TYPES))
            raise ContractError(f"{where}unknown type {self.data_type!r}; use {known}, or ARRAY<one of these but JSON>")
        if not self.description.strip():
            raise ContractError(f"{where}missing description")
        if self.policy_tag is not None and self.policy_tag not in TAGS:
            raise ContractError(f"{where}unknown policy_tag {self.policy_tag!r}; use {', '.join(sorted(TAGS))}")
        if not all(self.path):
            raise ContractError(f"{where}path has an empty key")
        if not self.path:
            object.__setattr__(self, "path", (self.name,))


@dataclass(frozen=True)
class Table:
    """A raw table: which source, what is extracted and how, and the columns that staging yields.

    `source` is one of MODES. `relation` names the thing in the source: a DynamoDB table without prefix,
    `schema.table`, a Stripe list, `spreadsheet/worksheet` or `spreadsheet/named range`. `key` are declared columns,
    together unique. `shrink_limit`, 0 to 1, is the share of the newest earlier full delivery's rows that may be gone
    before a full delivery is refused; `allow_empty` lets a full delivery have no rows at all.

    `full_every` is how old the full delivery may be that deliveries of changes build on; with a cursor it is 7 days
    unless set. `cursor` is a declared column that rises with every change of a row, and `lookback` how far before the
    window changes are read again; unless set, the source decides. `header_row` counts from 1. `carrier` is
    TRANSFER where another than this platform carries the exported files. `freshness` is None where nobody asks how old
    the table is.

    An invalid value is a ContractError, and so is an option that the mode does not have.
    """

    source: str
    name: str
    description: str
    relation: str
    mode: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    shrink_limit: float = 0.5
    allow_empty: bool = False
    full_every: datetime.timedelta | None = None
    cursor: str | None = None
    lookback: datetime.timedelta | None = None
    header_row: int | None = None
    carrier: str | None = None
    freshness: Freshness | None = DEFAULT

    def __post_init__(self) -> None:
        if self.source not in MODES:
            raise ContractError(f"unknown source {self.source!r}; use {', '.join(sorted(MODES))}")
        if not _NAME.fullmatch(self.name):
            raise ContractError(f"table {self.name!r}: {_NAME_RULE}")
        if not self.description.strip():
            raise ContractError("missing description")
        if self.mode not in MODES[self.source]:
            known = ", ".join(sorted(MODES[self.source]))
            raise ContractError(f"extract: unknown mode {self.mode!r} for {self.source}; use {known}")
        check_relation(self.source, self.relation)
        if not 0 <= self.shrink_limit <= 1:
            raise ContractError(f"extract: shrink_limit must be from 0 to 1, not {self.shrink_limit}")
        self._check_options()
        if self.cursor is not None and self.full_every is None:
            object.__setattr__(self, "full_every", FULL_EVERY)
        self._check_columns()
        self._check_key()

    @property
    def dataset(self) -> str:
        """The dataset of the raw table."""
        return f"raw_{self.source}"

    def __str__(self) -> str:
        return f"{self.source}.{self.name}"

    def _check_options(self) -> None:
        for option in sorted({name for modes in MODES.values() for names in modes.values() for name in names}):
            if getattr(self, option) is not None and option not in MODES[self.source][self.mode]:
                raise ContractError(f"extract: {option} has no meaning in mode {self.mode} of {self.source}")
        if self.full_every is not None and self.full_every < DAY:
            raise ContractError(f"extract: full_every is too short: {self.full_every}; it is 1d at least")
        if self.mode == "query" and self.cursor is None and (self.lookback, self.full_every) != (None, None):
            raise ContractError("extract: lookback and full_every need a cursor; without one the whole table is read")
        if self.cursor is not None:
            self._check_cursor(self.cursor)
        if self.header_row is not None and self.header_row < 1:
            raise ContractError(f"extract: header_row counts from 1, not {self.header_row}")
        if self.carrier not in (None, TRANSFER):
            raise ContractError(f"extract: unknown carrier {self.carrier!r}; use {TRANSFER}, or leave it out")
        if self.mode == "incremental" and self.full_every is None:
            raise ContractError("extract: missing full_every, the time from one full delivery to the next, such as 7d")

    def _check_cursor(self, name: str) -> None:
        types = {column.name: column.data_type for column in self.columns}
        if name not in types:
            raise ContractError(f"extract: cursor {name!r} is not among the columns")
        if types[name] not in INSTANTS:
            raise ContractError(f"extract: cursor {name!r} is {types[name]}; it must be one of {', '.join(INSTANTS)}")

    def _check_columns(self) -> None:
        if not self.columns:
            raise ContractError("missing columns")
        seen: set[str] = set()
        for column in self.columns:
            if column.name.casefold() in seen:
                raise ContractError(f"column {column.name}: duplicate; to BigQuery, case makes no difference")
            seen.add(column.name.casefold())
            if self.source in ("aurora", "sheets") and len(column.path) > 1:
                raise ContractError(f"column {column.name}: {self.source} has no nested values; path is one key")

    def _check_key(self) -> None:
        if not self.key:
            raise ContractError("extract: missing key")
        names = {column.name for column in self.columns}
        for name in self.key:
            if name not in names:
                raise ContractError(f"extract: key {name!r} is not among the columns")
        if len(set(self.key)) < len(self.key):
            raise ContractError(f"extract: key names a column twice: {', '.join(self.key)}")


def check_relation(source: str, relation: str) -> None:
    """Raise ContractError when a kind of source, one of MODES, cannot have anything of that name."""
    pattern, meaning = _RELATIONS[source]
    if not pattern.fullmatch(relation):
        raise ContractError(f"extract: relation {relation!r} is not {meaning}")
