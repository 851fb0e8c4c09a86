"""Carrying an export's files from S3 to the landing bucket, beside a plain concurrent copy of the same bytes.

    make benchmark

Both read the same few hundred files, some large and some empty, from the sandbox's S3 and write them to the sandbox's
Cloud Storage, as many at a time. The plain copy reads an object whole and posts it: it hashes, compares, notes and
retries nothing. They take turns, and the best of each is compared: the servers work on the same cores, and a pause of
theirs says nothing of either. The target: at least 0.7 of the plain copy. It exits with 1 when it is missed.
"""

import base64
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from google.cloud import storage
from requests.adapters import HTTPAdapter

from extract.carrier import AT_ONCE, Exported, carry, listed
from extract.landing import Landing
from extract.outside import AWS_CONFIG
from extract.progress import Progress
from sandbox import environment, names, provision
from sandbox.state import State
from tests.support import servers

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SIZES = (*[0] * 30, *[4 * 1024] * 60, *[700_000] * 150, *[3_000_000] * 50, *[20_000_000] * 10)
"""Bytes of each file: an export has at least one file a partition, most of them small."""
ROUNDS = 3
TARGET = 0.7


def main() -> int:
    """Measure, print, and say whether the target is met."""
    with tempfile.TemporaryDirectory(prefix="kura-benchmark-") as folder:
        home = Path(folder)
        with servers(home) as state:
            return _compare(home, state)


def _compare(home: Path, state: State) -> int:
    s3 = provision.aws_session().client("s3", endpoint_url=environment.url(state, "aws"), config=AWS_CONFIG)
    client = storage.Client(
        names.PROJECT,
        provision.credentials(home, "platform"),
        client_options={"api_endpoint": environment.url(state, "storage")},
    )
    landing = Landing(names.LANDING_BUCKET, client)
    files = _export(s3)
    total = sum(SIZES)
    print(f"{len(files)} files, {total / 1e6:.0f} MB, {AT_ONCE} at a time, {os.cpu_count()} cores")
    plain, ours = [], []
    for number in range(ROUNDS):
        plain.append(_plain(s3, files, environment.url(state, "storage"), f"plain-{number}/"))
        print(f"  plain copy  {plain[-1]:6.2f} s  {total / plain[-1] / 1e6:5.0f} MB/s")
        began = time.monotonic()
        paths = [file.key for file in files]
        progress = Progress("carried", print, len(files))
        carried = carry(s3, names.EXPORT_BUCKET, files, landing, f"carried-{number}/", paths, progress)
        ours.append(time.monotonic() - began)
        assert [file.md5 for file in carried] == [file.md5 for file in files]
        print(f"  carried     {ours[-1]:6.2f} s  {total / ours[-1] / 1e6:5.0f} MB/s")
    ratio = min(plain) / min(ours)
    print(f"{'met   ' if ratio >= TARGET else 'MISSED'}  {ratio:.2f} of a plain copy, target {TARGET}")
    return 0 if ratio >= TARGET else 1


def _export(s3: "S3Client") -> list[Exported]:
    """Files in S3 with what a manifest says of them."""
    stated = {}
    for number, size in enumerate(SIZES):
        content = os.urandom(size)
        stated[f"export/{number:05d}"] = base64.b64encode(hashlib.md5(content).digest()).decode()
        s3.put_object(Bucket=names.EXPORT_BUCKET, Key=f"export/{number:05d}", Body=content)
    found = listed(s3, names.EXPORT_BUCKET, "export/")
    return [Exported(key, file.bytes, file.etag, 1, stated[key]) for key, file in found.items()]


def _plain(s3: "S3Client", files: Sequence[Exported], address: str, folder: str) -> float:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_connections=AT_ONCE, pool_maxsize=AT_ONCE))
    upload = f"{address}/upload/storage/v1/b/{names.LANDING_BUCKET}/o"

    def copy(file: Exported) -> None:
        content = s3.get_object(Bucket=names.EXPORT_BUCKET, Key=file.key)["Body"].read()
        name = {"uploadType": "media", "name": folder + file.key}
        session.post(upload, content, params=name).raise_for_status()

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(copy, files))
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
