"""S3 to the landing bucket: files carried as bytes, concurrently, verified on the way, never parsed."""

import base64
import random
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from extract.delivery import File
from extract.errors import Terminal, Transient
from extract.landing import Landed, Landing
from extract.outside import aws, aws_code
from extract.progress import Progress

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

AT_ONCE: Final = 8
_PAUSES: Final = (0.5, 2.0, 8.0)
"""Seconds at most before a file is begun anew whose stream broke off."""

_PART: Final = 256 * 1024
"""Bytes of a file that are in memory at a time."""


@dataclass(frozen=True)
class Exported:
    """A file of an export in S3, with what the source states of it.

    `bytes` is its size, `etag` S3's entity tag without quotes, `md5` the base64 MD5 where a manifest states one,
    `rows` how many rows it holds.
    """

    key: str
    bytes: int
    etag: str
    rows: int
    md5: str | None = None


def listed(s3: "S3Client", bucket: str, prefix: str) -> dict[str, Exported]:
    """Every object below a prefix, by key; its `rows` are not known yet and 0."""
    found = {}
    with aws(f"listing s3://{bucket}/{prefix}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                found[item["Key"]] = Exported(item["Key"], item["Size"], item["ETag"].strip('"'), 0)
    return found


def carry(
    s3: "S3Client",
    bucket: str,
    files: Sequence[Exported],
    landing: Landing,
    folder: str,
    names: Sequence[str],
    progress: Progress,
) -> tuple[File, ...]:
    """Carry files from an S3 bucket into a landing folder under the given names, relative to it, in the same order.

    A file that lies there already with the stated MD5, or else with the same size and entity tag, is left alone.
    Terminal when the content is not what the source states; Transient when a server fails repeatedly.
    """
    lying = landing.lying(folder)

    def one(file: Exported, name: str) -> File:
        landed = lying.get(name)
        if landed is None or not _same(file, landed):
            done = File(name, file.bytes, _with_patience(s3, bucket, file, landing, name, progress), file.rows)
        else:
            done = File(name, landed.bytes, landed.md5, file.rows)
        progress.add(files=1, rows=file.rows)
        return done

    # The largest first: begun last, they would keep a few threads at work while the others have nothing left to do.
    order = sorted(range(len(files)), key=lambda number: -files[number].bytes)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {pool.submit(one, files[number], folder + names[number]): number for number in order}
        try:
            carried = {futures[future]: future.result() for future in as_completed(futures)}
        finally:
            pool.shutdown(cancel_futures=True)
    return tuple(carried[number] for number in range(len(files)))


def left(files: Sequence[Exported]) -> tuple[File, ...]:
    """Files that stay where they are in S3, as those of a delivery."""
    return tuple(File(file.key, file.bytes, file.etag, file.rows) for file in files)


def _same(file: Exported, landed: Landed) -> bool:
    if file.md5 is not None:
        return landed.md5 == file.md5
    return (landed.bytes, landed.etag) == (file.bytes, file.etag)


def _with_patience(s3: "S3Client", bucket: str, file: Exported, landing: Landing, name: str, progress: Progress) -> str:
    for pause in (*_PAUSES, None):
        try:
            return _carry(s3, bucket, file, landing, name, progress)
        except Transient:
            if pause is None:
                raise
            time.sleep(pause * random.uniform(0.5, 1))
    raise AssertionError("unreachable")


def _carry(s3: "S3Client", bucket: str, file: Exported, landing: Landing, name: str, progress: Progress) -> str:
    source = f"s3://{bucket}/{file.key}"
    with aws(f"reading {source}"):
        answer = _open(s3, bucket, file, source)
    with closing(answer["Body"]) as body:
        if answer["ContentLength"] != file.bytes:
            raise _altered(source, f"it has {answer['ContentLength']} bytes and not {file.bytes}")
        landed = landing.upload(name, _parts(body, file.bytes, source, progress), file.bytes, file.etag)
    # What the bucket says of what it holds, beside what the source says of what it wrote: nothing between is trusted.
    expected = file.md5 or _md5_of_etag(answer)
    if expected not in (None, landed):
        landing.remove(name)
        raise _altered(source, f"its MD5 is {landed} and not {expected}")
    return landed


def _parts(body: "StreamingBody", size: int, source: str, progress: Progress) -> Iterator[bytes]:
    """The content as it arrives. Errors of S3 are told here: below the upload they would be taken for the bucket's."""
    while size:
        with aws(f"reading {source}"):
            part = body.read(min(_PART, size))
            size -= len(part)
            # The end is where the client compares length and checksum, so it is read before the last part goes on.
            if not part or (not size and body.read(1)):
                raise Transient(f"{source}: it does not end where it says; run again")
        progress.add(bytes=len(part))
        yield part


def _open(s3: "S3Client", bucket: str, file: Exported, source: str) -> "GetObjectOutputTypeDef":
    try:
        return s3.get_object(Bucket=bucket, Key=file.key, IfMatch=file.etag)
    except ClientError as error:
        if aws_code(error) in ("PreconditionFailed", "412"):
            raise _altered(source, f"its entity tag is no longer {file.etag}") from error
        if aws_code(error) in ("NoSuchKey", "404"):
            raise _altered(source, "it is gone") from error
        raise


def _altered(source: str, how: str) -> Terminal:
    advice = "find out who changed it, then delete that export's folder and run again to export anew"
    return Terminal(f"{source}: not the file that the export wrote: {how}; {advice}")


def _md5_of_etag(answer: "GetObjectOutputTypeDef") -> str | None:
    """The MD5 that an entity tag states: only that of a single upload which no customer key encrypts.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html (ETag)
    """
    etag = answer["ETag"].strip('"')
    if "aws:kms" in answer.get("ServerSideEncryption", "") or answer.get("SSECustomerAlgorithm"):
        return None
    return base64.b64encode(bytes.fromhex(etag)).decode() if re.fullmatch("[0-9a-f]{32}", etag) else None
