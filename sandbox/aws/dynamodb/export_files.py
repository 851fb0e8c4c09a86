"""The objects of an export, in AWS's layout:

    <prefix>/AWSDynamoDB/<export id>/_started                          empty
    <prefix>/AWSDynamoDB/<export id>/data/<random name>.json.gz        a full export's data
    <prefix>/AWSDynamoDB/data/<random name>.json.gz                    incremental exports' data, in one folder
    <prefix>/AWSDynamoDB/<export id>/manifest-files.json  manifest-files.md5
    <prefix>/AWSDynamoDB/<export id>/manifest-summary.json  manifest-summary.md5

The developer guide ("DynamoDB table export output format") calls the checksum files `.checksum`; real exports name them
`.md5`. They hold the base64 of the MD5, as `md5Checksum` does. All items of a hash key are in one file, and there is a
file for each partition even if it is empty: here one always is.
"""

import base64
import hashlib
import json
import math
import shutil
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.aws.faults import Kind, damage
from sandbox.aws.objects import Bucket, multipart_etag

PARTITION_BYTES = 64 * 2**20
BUFFER_BYTES = 2**18
COMPRESSION_LEVEL = 1


class Partition:
    """One data file in the making. Equal lines give equal bytes: the gzip header has no time."""

    def __init__(self, path: Path):
        self.path = path
        self.items = 0
        self._file = path.open("wb")
        self._gzip = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, 31)
        self._buffer: list[bytes] = []
        self._buffered = 0

    def add(self, line: bytes) -> None:
        """Adds one line, which has to end with a newline."""
        self.items += 1
        self._buffer.append(line)
        self._buffered += len(line)
        if self._buffered >= BUFFER_BYTES:
            self._flush()

    def close(self) -> None:
        """Ends the file."""
        self._flush()
        self._file.write(self._gzip.flush())
        self._file.close()

    def _flush(self) -> None:
        self._file.write(self._gzip.compress(b"".join(self._buffer)))
        self._buffer, self._buffered = [], 0


@dataclass
class Layout:
    """Where the objects of one export go."""

    bucket: Bucket
    prefix: str
    export_id: str
    incremental: bool
    encryption: dict[str, Any]

    def key(self, *parts: str) -> str:
        """The object key of a file of this export."""
        return "/".join(filter(None, (self.prefix, "AWSDynamoDB", *parts)))

    @property
    def summary_key(self) -> str:
        """The key of the manifest that tells what the export holds."""
        return self.key(self.export_id, "manifest-summary.json")

    def start(self) -> None:
        """Shows that the bucket can be written."""
        self.bucket.put(self.key(self.export_id, "_started"), b"", self.encryption)

    def write_data(self, lines: Iterable[tuple[bytes, bytes]], size: int, fault: Kind | None) -> list[dict[str, Any]]:
        """Writes (hash key, line) pairs of about `size` bytes into data files; returns the files manifest.

        A fault damages the first file after its checksum was taken.
        """
        count = max(2, math.ceil(size / PARTITION_BYTES))
        folder = Path(tempfile.mkdtemp(prefix="export-"))
        try:
            # One more than are filled: the last partition stays empty.
            partitions = [Partition(folder / f"{number:05d}") for number in range(count + 1)]
            for hash_key, line in lines:
                partitions[zlib.crc32(hash_key) % count].add(line)
            return [self._put(number, partition, fault) for number, partition in enumerate(partitions)]
        finally:
            shutil.rmtree(folder)

    def _put(self, number: int, partition: Partition, fault: Kind | None) -> dict[str, Any]:
        partition.close()
        content = partition.path.read_bytes()
        partition.path.unlink()
        name = hashlib.sha256(f"{self.export_id}/{number}".encode()).digest()[:16]
        file = base64.b32encode(name).decode().rstrip("=").lower() + ".json.gz"
        key = self.key("data", file) if self.incremental else self.key(self.export_id, "data", file)
        digest = hashlib.md5(content).digest()
        self.bucket.put(key, damage(fault, content) if number == 0 else content, self.encryption)
        return {
            "itemCount": partition.items,
            "md5Checksum": base64.b64encode(digest).decode(),
            "etag": multipart_etag(digest),
            "dataFileS3Key": key,
        }

    def write_manifests(self, files: list[dict[str, Any]], summary: dict[str, Any]) -> None:
        """Writes both manifests with their checksums; the summary last, as it says that the export is complete."""
        listing = "".join(json.dumps(file, separators=(",", ":")) + "\n" for file in files)
        manifest_key = self.key(self.export_id, "manifest-files.json")
        self._put_checked(manifest_key, listing)
        self._put_checked(self.summary_key, json.dumps(summary | {"manifestFilesS3Key": manifest_key}))

    def _put_checked(self, key: str, text: str) -> None:
        content = text.encode()
        digest = base64.b64encode(hashlib.md5(content).digest())
        self.bucket.put(key.removesuffix(".json") + ".md5", digest, self.encryption)
        self.bucket.put(key, content, self.encryption)
