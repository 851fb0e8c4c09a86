"""Writes what other services deliver into moto's S3, whose objects live in files below the server's folder."""

import hashlib
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey, S3Backend, s3_backends
from moto.utilities.utils import get_partition


class NoSuchBucket(Exception):
    """There is no bucket of this name."""


class Bucket:
    """A bucket as a service sees it that may write into it."""

    def __init__(self, account_id: str, region: str, name: str):
        """Raises NoSuchBucket."""
        self._backend: S3Backend = s3_backends[account_id][get_partition(region)]
        self.name = name
        if name not in self._backend.buckets:
            raise NoSuchBucket(name)

    def put(self, key: str, content: bytes, encryption: dict[str, Any] | None = None) -> str:
        """Writes an object and returns its ETag, which has the form of a multipart upload's, as exports have it."""
        etag = multipart_etag(hashlib.md5(content).digest())
        self._backend.put_object(self.name, key, content, etag=etag, **(encryption or {}))
        return etag

    def put_file(self, key: str, path: Path, encryption: dict[str, Any] | None = None) -> str:
        """As `put`, and the file is gone afterwards."""
        etag = self.put(key, path.read_bytes(), encryption)
        path.unlink()
        return etag

    def objects(self, prefix: str) -> list[FakeKey]:
        """The objects whose keys begin with the prefix, in the order of their keys."""
        keys = self._backend.buckets[self.name].keys
        return [keys[name] for name in sorted(keys) if name.startswith(prefix)]


def multipart_etag(digest: bytes) -> str:
    """The ETag of an object that was uploaded in one part with this MD5."""
    return f"{hashlib.md5(digest).hexdigest()}-1"
