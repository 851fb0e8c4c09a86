"""Items between moto's objects and the JSON that is stored, imported and exported, value for value."""

import base64
import json
from collections.abc import Callable
from typing import Any, cast

import orjson
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from sandbox.aws.dynamodb import keys
from sandbox.aws.dynamodb.store import ItemStore, Key


def dump(item: Item) -> bytes:
    """The attributes as DynamoDB JSON; binary as base64."""
    return json.dumps(item.attrs, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    if isinstance(value, DynamoType):
        return {value.type: value.value}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be stored in an item")


def parse(data: bytes) -> dict[str, DynamoType]:
    """The attributes of DynamoDB JSON as moto has them after a request: binary as bytes."""
    return {name: DynamoType(_binary(value)) for name, value in orjson.loads(data).items()}


def _binary(value: dict[str, Any]) -> dict[str, Any]:
    [(kind, content)] = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content)}
    if kind == "BS":
        return {kind: [base64.b64decode(member) for member in content]}
    if kind == "L":
        return {kind: [_binary(member) for member in content]}
    if kind == "M":
        return {kind: {name: _binary(member) for name, member in content.items()}}
    return value


class Items:
    """Stands in for the dict in which moto's Table keeps its items: by hash key, then by range key if there is one."""

    def __init__(self, store: ItemStore, hash_key: tuple[str, str], range_key: tuple[str, str] | None):
        """The keys are given as (name, type)."""
        self.store = store
        self._hash_key, self._range_key = hash_key, range_key

    def __getitem__(self, hash_key: DynamoType) -> "Item | Partition":
        if self._range_key:
            return Partition(self, hash_key)
        return self.get(hash_key, None)

    def __setitem__(self, hash_key: DynamoType, item: Item) -> None:
        self.put(item)

    def __contains__(self, hash_key: DynamoType) -> bool:
        return self.store.get(self.key(hash_key, None)) is not None

    def pop(self, hash_key: DynamoType) -> Item:
        """Deletes and returns the item of a table without range key. Raises KeyError when there is none."""
        return self.remove(hash_key, None)

    def key(self, hash_key: DynamoType, range_key: DynamoType | None) -> Key:
        """The stored form of a key. Raises KeyError when its type is not the table's: no such item can exist."""
        parts = ((hash_key, self._hash_key), (range_key, self._range_key))
        encoded = [b"" if value is None else _encode(value, declared) for value, declared in parts]
        return encoded[0], encoded[1]

    def item(self, data: bytes) -> Item:
        """An Item of moto's. It was measured when it was written, so that moto's own slow check is left out."""
        attributes = parse(data)
        item = cast(Item, Item.__new__(Item))
        item.hash_key = attributes[self._hash_key[0]]
        item.range_key = attributes[self._range_key[0]] if self._range_key else None
        item.attrs = LimitedSizeDict()
        dict.update(item.attrs, attributes)
        return item

    def get(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item:
        """Raises KeyError when there is none."""
        return self._found(self.store.get, hash_key, range_key)

    def remove(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item:
        """Deletes and returns. Raises KeyError when there is none."""
        return self._found(self.store.delete, hash_key, range_key)

    def put(self, item: Item) -> None:
        """Writes the item in the place that its key names."""
        self.store.put(self.key(item.hash_key, item.range_key), dump(item))

    def _found(self, look: Callable[[Key], bytes | None], hash_key: DynamoType, range_key: DynamoType | None) -> Item:
        data = look(self.key(hash_key, range_key))
        if data is None:
            raise KeyError(hash_key)
        return self.item(data)


class Partition:
    """The items of one hash key by range key, as moto's Table uses them."""

    def __init__(self, items: Items, hash_key: DynamoType):
        self._items, self._hash_key = items, hash_key

    def __getitem__(self, range_key: DynamoType) -> Item:
        return self._items.get(self._hash_key, range_key)

    def __setitem__(self, range_key: DynamoType, item: Item) -> None:
        self._items.put(item)

    def pop(self, range_key: DynamoType) -> Item:
        """Deletes and returns the item. Raises KeyError when there is none."""
        return self._items.remove(self._hash_key, range_key)


def _encode(value: DynamoType, declared: tuple[str, str] | None) -> bytes:
    if declared is None or value.type != declared[1]:
        raise KeyError(value)
    return keys.encode(value.type, value.value)
