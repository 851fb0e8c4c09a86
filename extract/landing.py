"""The landing bucket: where deliveries lie, unchanged, for replay.

    gs://<bucket>/<source>/<table>/<YYYYMMDD>/<delivery id>/<files...>
    gs://<bucket>/<source>/<table>/<YYYYMMDD>/<delivery id>/delivery.json

`delivery.json` is written last: a folder that has it holds a complete and verified delivery, and a folder without it
is what a run that was cut off left behind; the next run completes it.
"""

import dataclasses
import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from google.cloud.storage import Client
from google.cloud.storage.retry import DEFAULT_RETRY

from extract.contract import Table
from extract.delivery import Delivery, File, Format, Kind, RawColumn, Transfer
from extract.errors import Transient
from extract.outside import google_cloud
from extract.upload import upload, widen
from extract.window import Window

RECORD: Final = "delivery.json"
_CHUNK: Final = 8 * 1024 * 1024  # bytes; a multiple of 256 KiB, as resumable uploads require
_ETAG: Final = "source-etag"


class Stream(Protocol):
    """What an object is written from: a stream at its beginning, read once and forward."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, fewer only at the end."""

    def tell(self) -> int:
        """The position from the beginning, in bytes."""


@dataclass(frozen=True)
class Landed:
    """An object that lies in the bucket: `bytes` its size, `md5` base64; `etag` is the source's, where it was noted."""

    bytes: int
    md5: str
    etag: str | None


class Landing:
    """A bucket of Google Cloud Storage. `patience` bounds the retries of one request, in seconds.

    Every method raises Terminal when Google refuses or the bucket is missing, and Transient when it cannot be reached.
    """

    def __init__(self, bucket: str, client: Client, patience: float = 30) -> None:
        self.bucket = bucket
        self._bucket = client.bucket(bucket)
        self._client = client
        self._retry = DEFAULT_RETRY.with_timeout(patience)
        widen(client)

    def folder(self, table: Table, window: Window, delivery_id: str = "") -> str:
        """The folder of a window's deliveries, or of one of them; it ends with a slash."""
        folder = f"{table.source}/{table.name}/{window.partition_id}/"
        return f"{folder}{delivery_id}/" if delivery_id else folder

    def uri(self, name: str) -> str:
        """The `gs://` address of an object of this bucket."""
        return f"gs://{self.bucket}/{name}"

    def find(self, table: Table, window: Window) -> list[Delivery]:
        """The complete deliveries of a table and window, newest first.

        One of another relation, or whose files are gone or altered since, is left out.
        """
        return self._complete(table, prefix=self.folder(table, window))[::-1]

    def history(self, table: Table, first: datetime.date, end: datetime.date) -> list[Delivery]:
        """The complete deliveries of a table for all days from `first` to before `end`, oldest first by their writing.

        One of another relation, or whose files are gone or altered since, is left out.
        """
        folder = f"{table.source}/{table.name}/"
        bounds = {"start_offset": f"{folder}{first:%Y%m%d}/", "end_offset": f"{folder}{end:%Y%m%d}/"}
        return self._complete(table, prefix=folder, **bounds)

    def _complete(self, table: Table, prefix: str, **bounds: str) -> list[Delivery]:
        with google_cloud(f"listing {self.uri(prefix)}"):
            blobs = list(self._client.list_blobs(self._bucket, prefix=prefix, retry=self._retry, **bounds))
            lying = {blob.name: blob.md5_hash for blob in blobs}
            records = [blob for blob in blobs if blob.name.endswith(f"/{RECORD}")]
            records.sort(key=lambda blob: blob.updated)
            texts = [blob.download_as_bytes(retry=self._retry) for blob in records]
        return [
            delivery
            for delivery in map(_read, texts)
            if delivery.relation == table.relation
            and (delivery.transfer or all(lying.get(file.name) == file.md5 for file in delivery.files))
        ]

    def lying(self, folder: str) -> dict[str, Landed]:
        """What lies below a folder, by object name."""
        with google_cloud(f"listing {self.uri(folder)}"):
            return {
                blob.name: Landed(int(blob.size), str(blob.md5_hash), (blob.metadata or {}).get(_ETAG))
                for blob in self._client.list_blobs(self._bucket, prefix=folder, retry=self._retry)
            }

    def upload(self, name: str, parts: Iterable[bytes], size: int, etag: str) -> str:
        """Write an object from parts of `size` bytes in all, which are read once; returns its base64 MD5.

        `etag` notes the state of the source's object. An object of that name is replaced. What the parts raise is
        raised; nothing is retried.
        """
        return upload(self._client, self.bucket, name, parts, size, {_ETAG: etag})

    def put(self, name: str, content: Stream, size: int) -> str:
        """Write an object from a stream of `size` bytes, in memory bounded by one chunk; returns its base64 MD5.

        An object of that name is replaced.
        """
        blob = self._bucket.blob(name, chunk_size=_CHUNK)
        with google_cloud(f"writing {self.uri(name)}"):
            blob.upload_from_file(content, size=size, content_type="application/octet-stream", retry=self._retry)
        if blob.md5_hash is None:
            raise Transient(f"{self.uri(name)}: the bucket states no MD5 for the written object; run again")
        return str(blob.md5_hash)

    def remove(self, name: str) -> None:
        """Delete an object of the bucket."""
        with google_cloud(f"deleting {self.uri(name)}"):
            self._bucket.blob(name).delete(retry=self._retry)

    def commit(self, table: Table, window: Window, delivery: Delivery) -> None:
        """Declare a delivery complete: write its `delivery.json`."""
        name = f"{self.folder(table, window, delivery.id)}{RECORD}"
        text = json.dumps(dataclasses.asdict(delivery), indent=1)
        with google_cloud(f"writing {self.uri(name)}"):
            self._bucket.blob(name).upload_from_string(text, content_type="application/json", retry=self._retry)


def _read(text: bytes) -> Delivery:
    record: dict[str, Any] = json.loads(text)
    record["format"] = Format(record["format"])
    record["kind"] = Kind(record["kind"])
    record["files"] = tuple(File(**file) for file in record["files"])
    record["columns"] = tuple(RawColumn(**column) for column in record["columns"])
    record["transfer"] = Transfer(**record["transfer"]) if record.get("transfer") else None
    record["warnings"] = tuple(record.get("warnings", ()))
    return Delivery(**record)
