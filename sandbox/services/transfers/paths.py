"""Paths and table names with the time of a run in them, and which keys a path matches.

https://docs.cloud.google.com/bigquery/docs/s3-transfer-parameters (templates)
https://docs.cloud.google.com/bigquery/docs/s3-transfer-intro#wildcard-support (one wildcard spans folders; of several,
each ends at a slash)
"""

import datetime
import re

from sandbox.services.transfers.errors import INVALID_ARGUMENT, TransferError

_RUN_TIME = re.compile(
    r'\{run_time(?:(?P<sign>[+-])(?=[\d.])(?:(?P<h>[\d.]+)h)?(?:(?P<m>[\d.]+)m)?(?:(?P<s>[\d.]+)s)?)?\|"(?P<format>[^"]+)"\}'
)


def render(template: str, run_time: datetime.datetime) -> str:
    """A template with its parameters filled in. Raises TransferError for braces that are none."""

    def fill(found: re.Match[str]) -> str:
        hours, minutes, seconds = (float(found[unit] or 0) for unit in "hms")
        offset = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return (run_time - offset if found["sign"] == "-" else run_time + offset).strftime(found["format"])

    text = _RUN_TIME.sub(fill, template.replace("{run_date}", f"{run_time:%Y%m%d}"))
    if "{" in text or "}" in text:
        raise TransferError(INVALID_ARGUMENT, f"Invalid template: {template}")
    return text


def split(uri: str) -> tuple[str, str]:
    """The bucket and the rest of an S3 URI. Raises TransferError when the bucket is not spelt out."""
    bucket, _, path = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or set(bucket) & set("*{}"):
        raise TransferError(INVALID_ARGUMENT, f"Invalid Amazon S3 URI: {uri}")
    return bucket, path


def prefix(path: str) -> str:
    """What every key that a path matches begins with, which is all that S3 can be asked for."""
    return path.split("*", 1)[0]


def matches(path: str, key: str) -> bool:
    """Whether a path, without bucket, stands for a key. Only an empty path stands for everything below it."""
    if not path:
        return True
    any_character = ".*" if path.count("*") == 1 else "[^/]*"
    return re.fullmatch(any_character.join(map(re.escape, path.split("*"))), key, re.DOTALL) is not None
