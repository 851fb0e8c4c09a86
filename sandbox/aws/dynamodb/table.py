"""moto's Table with its items in an ItemStore. Moto's code answers all requests; only where it would read every item
of the table does it get those that can be in the answer.
"""

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from sandbox.aws.dynamodb.items import Items
from sandbox.aws.dynamodb.store import ItemStore, Key


class DiskTable(Table):
    """A table whose folder holds its items. `imported` says that its items existed before the sandbox did."""

    items: Items  # type: ignore[assignment]
    store: ItemStore

    def __init__(self, *arguments: Any, table_id: str, folder: Path, imported: bool = False, **named: Any):
        super().__init__(*arguments, **named)
        self.table_id = table_id
        self.folder = folder
        self.imported = imported
        self.status = "CREATING"
        self.recovery_since: float | None = None
        """Since when point-in-time recovery is on (seconds since 1970); None: it is off."""
        self._partition: DynamoType | None = None
        self._start: Key | None = None

    def open(self) -> None:
        """Makes the items of the folder those of the table, which is ready for use from then on."""
        range_key = (self.range_key_attr, self.range_key_type) if self.range_key_attr and self.range_key_type else None
        self.store = ItemStore(self.folder / "items.sqlite")
        self.items = Items(self.store, (self.hash_key_attr, self.hash_key_type), range_key)
        self.status = "ACTIVE"

    @property
    def earliest(self) -> float:
        """The earliest time that can be exported, in seconds since 1970.

        AWS goes back at most 35 days. Here an imported table goes back without end, so that past windows of the sample
        business can be exported; another table goes back to when point-in-time recovery was switched on.
        """
        return 0.0 if self.imported else (self.recovery_since or time.time())

    def describe(self, base_key: str = "TableDescription") -> dict[str, Any]:
        """As moto's, with what AWS states besides."""
        description = super().describe(base_key)
        size = self.folder / "items.sqlite"
        description[base_key] |= {
            "TableId": self.table_id,
            "TableStatus": self.status,
            "TableSizeBytes": size.stat().st_size if size.exists() else 0,
        }
        return description

    def put_item(self, *arguments: Any, **named: Any) -> Item:
        """As moto's: reading, checking and writing are one transaction."""
        with self.store.transaction():
            return super().put_item(*arguments, **named)

    def query(
        self,
        hash_key: DynamoType | None,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        limit: int,
        exclusive_start_key: dict[str, Any] | None,
        scan_index_forward: bool,
        projection_expressions: list[list[str]] | None,
        index_name: str | None = None,
        *rest: Any,
        **named: Any,
    ) -> tuple[list[Item], int, dict[str, Any] | None]:
        """As moto's; without an index it reads only the items of the hash key, from the start key on."""
        table = self
        if index_name is None:
            table = self._part(hash_key, exclusive_start_key if scan_index_forward else None)
        return Table.query(
            table,
            hash_key,
            range_comparison,
            range_objs,
            limit,
            exclusive_start_key,  # type: ignore[arg-type]
            scan_index_forward,
            projection_expressions,
            index_name,
            *rest,
            **named,
        )

    def scan(
        self,
        filters: dict[str, Any],
        limit: int,
        exclusive_start_key: dict[str, Any] | None,
        filter_expression: Any = None,
        index_name: str | None = None,
        *rest: Any,
        **named: Any,
    ) -> tuple[list[Item], int, dict[str, Any] | None]:
        """As moto's; without an index it reads from the start key on, and only as far as the page goes."""
        table = self if index_name else self._part(None, exclusive_start_key)
        return Table.scan(
            table,
            filters,
            limit,
            exclusive_start_key,  # type: ignore[arg-type]
            filter_expression,
            index_name,
            *rest,
            **named,
        )

    def all_items(self) -> Iterator[Item]:  # type: ignore[override]
        """The items in the order of their keys, read as they are asked for."""
        hash_key = None if self._partition is None else self.items.key(self._partition, None)[0]
        for data in self.store.scan(hash_key, self._start):
            yield self.items.item(data)

    def has_idx_items(self, index_name: str) -> list[Item]:
        """The items that an index holds: those that have all of its key attributes."""
        names = {key["AttributeName"] for key in self.get_index(index_name).schema}
        return [item for item in self.all_items() if names <= item.attrs.keys()]

    def __len__(self) -> int:
        return len(self.store) if self.status == "ACTIVE" else 0

    def __deepcopy__(self, memo: dict[int, Any]) -> "DiskTable":
        """moto copies tables to undo a transaction with; the store undoes its transactions itself."""
        return self

    def _part(self, hash_key: DynamoType | None, start: dict[str, Any] | None) -> "DiskTable":
        """This table, but seen through all_items it has only one hash key's items, or those after a key."""
        part = copy.copy(self)
        part._partition = hash_key
        if start is not None:
            range_key = DynamoType(start[self.range_key_attr]) if self.range_key_attr else None
            part._start = self.items.key(DynamoType(start[self.hash_key_attr]), range_key)
        return part
