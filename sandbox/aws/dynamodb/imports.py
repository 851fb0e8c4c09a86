"""ImportTable: makes a table from DynamoDB JSON in S3, in bulk."""

import gzip
import io
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from moto.core.utils import utcnow
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.utilities import bytesize

from sandbox.aws.dynamodb import keys, store
from sandbox.aws.dynamodb.table import DiskTable
from sandbox.aws.objects import Bucket, NoSuchBucket

PREFIX = b'{"Item":'
MAX_ITEM_BYTES = 400 * 1024


class TableImport:
    """One import. It runs in the background; `describe` says how far it is."""

    def __init__(self, request: dict[str, Any], table: DiskTable, done: Callable[[bool], None]):
        """`done` is called at the end, with whether the table exists; it has to make the table usable."""
        self._request, self._table, self._done = request, table, done
        self._source = request["S3BucketSource"]
        self.arn = f"{table.table_arn}/import/{time.time_ns() // 1_000_000:014d}-{uuid.uuid4().hex[:8]}"
        self.status = "IN_PROGRESS"
        self._started = utcnow()
        self._ended: Any = None
        self._failure: tuple[str, str] | None = None
        self._items = self._errors = self._bytes = 0

    def start(self) -> None:
        """Imports in the background; a failure is told by `describe`."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        loaded = False
        try:
            bucket = Bucket(self._table.account_id, self._table.region_name, self._source["S3Bucket"])
            self._table.folder.mkdir(parents=True)
            store.load(self._table.folder / "items.sqlite", self._rows(bucket))
            loaded = True
            if self._errors:
                self._failure = ("ItemValidationError", "Some of the items failed validation checks.")
        except NoSuchBucket:
            self._failure = ("S3NoSuchBucket", "The specified bucket does not exist")
        except Exception as error:
            self._failure = ("InternalServerError", f"{type(error).__name__}: {error}")
        self._done(loaded)
        self._ended = utcnow()
        self.status = "FAILED" if self._failure else "COMPLETED"

    def _rows(self, bucket: Bucket) -> Iterator[tuple[bytes, bytes, bytes]]:
        table = self._table
        hash_name, hash_type = table.hash_key_attr, table.hash_key_type
        range_name, range_type = table.range_key_attr, table.range_key_type
        for line in self._lines(bucket):
            self._bytes += len(line)
            self._items += 1
            try:
                item = orjson.loads(line)["Item"]
                if len(line) > MAX_ITEM_BYTES and _size(item) > MAX_ITEM_BYTES:
                    raise ValueError("an item has at most 400 KB")
                hash_key = keys.encode(hash_type, item[hash_name][hash_type])
                range_key = keys.encode(range_type, item[range_name][range_type]) if range_name and range_type else b""
            except (ValueError, KeyError, TypeError):
                self._errors += 1
                continue
            if line.startswith(PREFIX) and line.endswith(b"}}"):
                yield hash_key, range_key, line[len(PREFIX) : -1]
            else:
                yield hash_key, range_key, orjson.dumps(item)

    def _lines(self, bucket: Bucket) -> Iterator[bytes]:
        compressed = self._request.get("InputCompressionType") == "GZIP"
        for stored in bucket.objects(self._source.get("S3KeyPrefix", "")):
            content = io.BytesIO(stored.value)
            with gzip.GzipFile(fileobj=content) if compressed else content as lines:
                for line in lines:
                    if line := line.strip():
                        yield line

    def describe(self) -> dict[str, Any]:
        """An ImportTableDescription."""
        code, message = self._failure or (None, None)
        return {
            "ImportArn": self.arn,
            "ImportStatus": self.status,
            "TableArn": self._table.table_arn,
            "TableId": self._table.table_id,
            "ClientToken": self._request.get("ClientToken"),
            "S3BucketSource": self._source,
            "InputFormat": self._request["InputFormat"],
            "InputCompressionType": self._request.get("InputCompressionType", "NONE"),
            "TableCreationParameters": self._request["TableCreationParameters"],
            "StartTime": self._started,
            "EndTime": self._ended,
            "ProcessedSizeBytes": self._bytes,
            "ProcessedItemCount": self._items,
            "ImportedItemCount": self._items - self._errors,
            "ErrorCount": self._errors,
            "FailureCode": code,
            "FailureMessage": message,
        }


def _size(item: dict[str, Any]) -> int:
    return sum(bytesize(name) + DynamoType(value).size() for name, value in item.items())
