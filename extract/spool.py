"""Rows that an API gave, as one landed file of gzipped newline-delimited JSON."""

import base64
import gzip
import hashlib
import json
import os
import tempfile
from types import TracebackType
from typing import IO, Any, Self

from extract.delivery import File
from extract.errors import Transient
from extract.landing import Landing


class Spool:
    """A temporary file that rows are written to before it is known whether they need to land; a context manager."""

    def __init__(self) -> None:
        self.rows = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed on exit)
        # Without a time in its header, equal rows make equal bytes.
        self._gzip = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=3, mtime=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._gzip.close()
        self._file.close()

    def write(self, row: dict[str, Any]) -> int:
        """Append one row; returns its bytes, uncompressed."""
        self.rows += 1
        return self._gzip.write(compact(row) + b"\n")

    def land(self, landing: Landing, name: str) -> File:
        """Write all rows to the landing bucket; nothing can be appended afterwards."""
        self._gzip.close()
        return land_file(landing, name, self._file, self.rows)


def land_file(landing: Landing, name: str, file: IO[bytes], rows: int) -> File:
    """Write a temporary file of so many rows to the landing bucket. Transient when it arrives altered."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    md5 = base64.b64encode(hashlib.file_digest(file, "md5").digest()).decode()  # type: ignore[arg-type]
    file.seek(0)
    landed = landing.put(name, file, size)
    if landed != md5:
        raise Transient(f"{landing.uri(name)}: arrived altered, its MD5 is {landed} and not {md5}; run again")
    return File(name, size, md5, rows)


def compact(value: Any) -> bytes:
    """JSON as short as it gets, in UTF-8; the order of keys is kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
