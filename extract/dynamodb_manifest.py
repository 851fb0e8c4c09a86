"""The manifests of a DynamoDB export: which files it has, how many items are in each, and what their checksums are.

    manifest-summary.json     one object: `itemCount`, `manifestFilesS3Key`, `exportTime`, ...
    manifest-files.json       one object a line: `itemCount`, `md5Checksum`, `etag`, `dataFileS3Key`
    manifest-summary.md5, manifest-files.md5     the base64 MD5 of each

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html; the names of the checksum
files, which that page calls `.checksum`, are those of real exports.
"""

import base64
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from extract.carrier import Exported, listed
from extract.errors import Terminal
from extract.outside import aws

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_manifest(s3: "S3Client", bucket: str, summary_key: str) -> tuple[Exported, ...] | None:
    """The data files of a completed export, each with its rows and MD5; None when files of it are gone.

    `summary_key` is the key of `manifest-summary.json`. Terminal when a manifest is not what its checksum says, when
    the counts of the two manifests differ, or when a data file was altered after the export.
    """
    folder = summary_key.rsplit("/", 1)[0] + "/"
    lying = listed(s3, bucket, folder)
    files_key = f"{folder}manifest-files.json"
    if summary_key not in lying or files_key not in lying:
        return None
    summary = json.loads(_verified(s3, bucket, summary_key, lying))
    entries = [json.loads(line) for line in _verified(s3, bucket, files_key, lying).splitlines()]
    counted = sum(entry["itemCount"] for entry in entries)
    if counted != summary["itemCount"]:
        raise _wrong(bucket, files_key, f"its files have {counted} items, the summary says {summary['itemCount']}")
    files = []
    # An incremental export's data lie beside its folder, together with those of others of the same prefix.
    for other in {entry["dataFileS3Key"].rsplit("/", 1)[0] + "/" for entry in entries}:
        if not other.startswith(folder):
            lying |= listed(s3, bucket, other)
    for entry in entries:
        key, etag = entry["dataFileS3Key"], entry["etag"].strip('"')
        if key not in lying:
            return None
        if lying[key].etag != etag:
            raise _wrong(bucket, key, f"its entity tag is {lying[key].etag}, the manifest says {etag}")
        files.append(replace(lying[key], rows=entry["itemCount"], md5=entry["md5Checksum"]))
    return tuple(files)


def _verified(s3: "S3Client", bucket: str, key: str, lying: dict[str, Exported]) -> str:
    checksum_key = key.removesuffix(".json") + ".md5"
    if checksum_key not in lying:
        raise _wrong(bucket, checksum_key, "it is missing")
    with aws(f"reading s3://{bucket}/{key}"):
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        stated = s3.get_object(Bucket=bucket, Key=checksum_key)["Body"].read().decode().strip()
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    if md5 != stated:
        raise _wrong(bucket, key, f"its MD5 is {md5}, the checksum file says {stated}")
    return content.decode()


def _wrong(bucket: str, key: str, how: str) -> Terminal:
    advice = "find out who changed the export, then delete its folder and run again to export anew"
    return Terminal(f"s3://{bucket}/{key}: not as the export wrote it: {how}; {advice}")
