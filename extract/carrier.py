"""S3 to the landing bucket: files carried as bytes, concurrently, verified on the way, never parsed."""

import base64
import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from extract.delivery import File
from extract.errors import Terminal, Transient
from extract.landing import Landed, Landing
from extract.outside import aws, aws_code

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

AT_ONCE: Final = 8
_ATTEMPTS: Final = 3


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
    s3: "S3Client", bucket: str, files: Sequence[Exported], landing: Landing, folder: str, names: Sequence[str]
) -> tuple[File, ...]:
    """Carry files from an S3 bucket into a landing folder under the given names, relative to it, in the same order.

    A file that lies there already with the stated MD5, or else with the same size and entity tag, is left alone.
    Terminal when the content is not what the source states; Transient when a server fails repeatedly.
    """
    lying = landing.lying(folder)

    def one(file: Exported, name: str) -> File:
        landed = lying.get(name)
        if landed is None or not _same(file, landed):
            return File(name, file.bytes, _with_patience(s3, bucket, file, landing, name), file.rows)
        return File(name, landed.bytes, landed.md5, file.rows)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(one, files, [folder + name for name in names]))


def left(files: Sequence[Exported]) -> tuple[File, ...]:
    """Files that stay where they are in S3, as those of a delivery."""
    return tuple(File(file.key, file.bytes, file.etag, file.rows) for file in files)


def _same(file: Exported, landed: Landed) -> bool:
    if file.md5 is not None:
        return landed.md5 == file.md5
    return (landed.bytes, landed.etag) == (file.bytes, file.etag)


def _with_patience(s3: "S3Client", bucket: str, file: Exported, landing: Landing, name: str) -> str:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _carry(s3, bucket, file, landing, name)
        except Transient:
            # The clients wait and retry within a request; what is retried here is a stream that broke off.
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _carry(s3: "S3Client", bucket: str, file: Exported, landing: Landing, name: str) -> str:
    source = f"s3://{bucket}/{file.key}"
    with aws(f"reading {source}"):
        answer = _open(s3, bucket, file, source)
        if answer["ContentLength"] != file.bytes:
            raise _altered(source, f"it has {answer['ContentLength']} bytes and not {file.bytes}")
        body = _Hashing(answer["Body"], source)
        landed = landing.put(name, body, file.bytes, file.etag)
    expected = file.md5 or _md5_of_etag(answer)
    if body.md5 != landed:
        landing.remove(name)
        raise Transient(f"{landing.uri(name)}: arrived altered, its MD5 is {landed} and not {body.md5}; run again")
    if expected not in (None, body.md5):
        landing.remove(name)
        raise _altered(source, f"its MD5 is {body.md5} and not {expected}")
    return landed


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


class _Hashing:
    """A stream from S3 that is read once, forward, and knows the MD5 of what has been read."""

    def __init__(self, body: "StreamingBody", source: str) -> None:
        self._body = body
        self._source = source
        self._hash = hashlib.md5(usedforsecurity=False)
        self._position = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        parts = []
        # Here, because below the upload an error of S3 would be taken for one of the bucket.
        with aws(f"reading {self._source}"):
            while size > 0 and (part := self._body.read(size)):
                parts.append(part)
                size -= len(part)
                self._hash.update(part)
                self._position += len(part)
        return b"".join(parts)

    def tell(self) -> int:
        """How many bytes have been read."""
        return self._position

    @property
    def md5(self) -> str:
        """The base64 MD5 of what has been read."""
        return base64.b64encode(self._hash.digest()).decode()
