"""Reading objects of Cloud Storage. Gap: local_bigquery needs a DuckDB extension for it that is in no wheel.

Objects are listed and fetched with Cloud Storage's JSON API from the server that STORAGE_EMULATOR_HOST names.
"""

import fnmatch
import gzip
import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from local_bigquery.errors import BigQueryError
from local_bigquery.settings import settings

GZIP_MAGIC = b"\x1f\x8b"
URI = re.compile(r"^gs://(?P<bucket>[^/]+)/(?P<name>.+)$")


@dataclass(frozen=True)
class Source:
    """A fetched object: its local copy, and its size in bytes as stored."""

    uri: str
    path: Path
    size: int
    empty: bool


def _endpoint() -> str:
    host = settings.storage_emulator_host
    if not host:
        raise BigQueryError("invalid", "Set STORAGE_EMULATOR_HOST for the gateway: it names the Cloud Storage server.")
    return (host if "://" in host else f"http://{host}").rstrip("/")


def _open(url: str, uri: str):  # type: ignore[no-untyped-def]
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # gzip: as stored, not unpacked
    try:
        return urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        with error:
            reason = "notFound" if error.code == 404 else "invalid"
            raise BigQueryError(reason, f"Not found: URI {uri} (HTTP {error.code})") from error
    except urllib.error.URLError as error:
        raise BigQueryError("invalid", f"Cannot reach Cloud Storage for {uri}: {error.reason}") from error


def _names(bucket: str, pattern: str, uri: str) -> list[str]:
    """The names of the bucket's objects that match; `*` matches any characters, also `/`."""
    prefix = pattern.split("*")[0]
    expression = re.compile(fnmatch.translate(re.sub(r"([\[?])", r"[\1]", pattern)))
    found: list[str] = []
    token = ""
    while True:
        query = {"prefix": prefix, "fields": "items(name),nextPageToken"} | ({"pageToken": token} if token else {})
        url = f"{_endpoint()}/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o?{urllib.parse.urlencode(query)}"
        with _open(url, uri) as response:
            page = json.load(response)
        found += [item["name"] for item in page.get("items", []) if expression.match(item["name"])]
        if not (token := page.get("nextPageToken", "")):
            return sorted(found)


def _fetch(bucket: str, name: str, path: Path) -> Source:
    uri = f"gs://{bucket}/{name}"
    bucket, name = (urllib.parse.quote(part, safe="") for part in (bucket, name))
    with _open(f"{_endpoint()}/storage/v1/b/{bucket}/o/{name}?alt=media", uri) as response, path.open("wb") as file:
        shutil.copyfileobj(response, file, 1 << 20)
    return local(path, uri)


def local(path: Path, uri: str) -> Source:
    """A local file as a source. Its name tells DuckDB whether it is compressed; BigQuery looks at the bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    empty = size == 0
    if packed:
        path = path.rename(path.with_name(f"{path.name}.gz"))
        with gzip.open(path, "rb") as unpacked:
            empty = not unpacked.read(1)
    return Source(uri, path, size, empty)


def fetch(uris: list[str], folder: Path) -> list[Source]:
    """Fetches the objects that the URIs name (`*` allowed) into the folder. Raises BigQueryError when there is none."""
    sources: list[Source] = []
    for uri in uris:
        match = URI.match(uri)
        if match is None:
            raise BigQueryError("invalid", f"Invalid source URI {uri}: it must be gs://bucket/object.")
        bucket, pattern = match["bucket"], match["name"]
        names = _names(bucket, pattern, uri) if "*" in pattern else [pattern]
        if not names:
            raise BigQueryError("notFound", f"Not found: URI {uri}")
        for name in names:
            sources.append(_fetch(bucket, name, folder / f"{len(sources):06d}"))
    return sources
