"""moto's S3 with buckets that outlive the process. Objects do not: an export is made again, a seed uploaded again."""

from pathlib import Path
from typing import Any

import moto.s3.urls
from moto.s3.models import FakeBucket, S3Backend, s3_backends

from sandbox.aws import journal


class NamedBuckets(S3Backend):
    """Writes down which buckets there are, in `file`: [account, partition, name, region] of each."""

    file: Path

    @property
    def _url_module(self) -> Any:
        """moto looks for a backend's addresses beside its module; these are moto's own."""
        return moto.s3.urls

    def create_bucket(self, bucket_name: str, region_name: str, *rest: Any, **named: Any) -> FakeBucket:
        """As moto's."""
        bucket = super().create_bucket(bucket_name, region_name, *rest, **named)
        self._save()
        return bucket

    def delete_bucket(self, bucket_name: str) -> FakeBucket | None:
        """As moto's."""
        bucket = super().delete_bucket(bucket_name)
        self._save()
        return bucket

    def _save(self) -> None:
        found = [
            [account, partition, bucket.name, bucket.region_name]
            for account, partition, backend in s3_backends.iter_backends()
            if isinstance(backend, S3Backend)
            for bucket in backend.buckets.values()
        ]
        journal.write(self.file, found)


def install(file: Path) -> None:
    """Makes moto remember buckets in `file`, and brings back those that it names."""
    NamedBuckets.file = file
    s3_backends.backend = NamedBuckets
    for account, partition, name, region in journal.read(file, []):
        s3_backends[account][partition].create_bucket(name, region)
