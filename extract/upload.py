"""One object of Cloud Storage from a stream that is read once: a single request, whatever its size.

The client library would hold a small object in memory whole, several times over, and send a large one in chunks, each a
request of its own that is held in memory as well. Here the JSON API's multipart upload, which carries metadata and
content in one body, is sent while it is read. It can't be taken up again where it broke off: the caller begins anew.

https://cloud.google.com/storage/docs/uploading-objects-from-memory
https://cloud.google.com/storage/docs/uploads-downloads#multipart-uploads
"""

import base64
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import google_crc32c
from google.api_core.exceptions import from_http_response
from google.cloud.storage import Client
from requests.adapters import HTTPAdapter

from extract.errors import Transient
from extract.outside import google_cloud

_CONNECTIONS: Final = 64
_TIMEOUT: Final = 60.0  # seconds without a byte


def widen(client: Client) -> None:
    """Let the client keep a connection for each thread; its own ten make the others open one for every request."""
    for scheme in ("https://", "http://"):
        client._http.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS))


def upload(
    client: Client, bucket: str, name: str, parts: Iterable[bytes], size: int, metadata: Mapping[str, str]
) -> str:
    """Write an object from parts of `size` bytes in all; returns its base64 MD5 as the bucket states it.

    An object of that name is replaced, when the last byte has arrived. What the parts raise is raised. Transient when
    the bucket cannot be reached, is busy, or holds other bytes than were read; Terminal when it refuses.
    """
    uri = f"gs://{bucket}/{name}"
    checksum = google_crc32c.Checksum()
    body = _Multipart({"name": name, "metadata": dict(metadata)}, _summed(parts, checksum), size)
    with google_cloud(f"writing {uri}"):
        answer = client._http.post(
            f"{client.api_endpoint}/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "multipart"},
            headers={"Content-Type": f"multipart/related; boundary={body.boundary}"},
            data=body,
            timeout=_TIMEOUT,
        )
        if not answer.ok:
            raise from_http_response(answer)
        written = answer.json()
    if written.get("crc32c") != base64.b64encode(checksum.digest()).decode():
        raise Transient(f"{uri}: arrived altered, its checksum is {written.get('crc32c')}; run again")
    if "md5Hash" not in written:
        raise Transient(f"{uri}: the bucket states no MD5 for the written object; run again")
    return str(written["md5Hash"])


class _Multipart:
    """The body of a request, as the transport wants one that it sends part by part: iterable, its length known."""

    def __init__(self, resource: Mapping[str, Any], parts: Iterable[bytes], size: int) -> None:
        self.boundary = uuid.uuid4().hex
        self._parts = parts
        self._head = (
            f"--{self.boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(resource)}\r\n"
            f"--{self.boundary}\r\nContent-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{self.boundary}--".encode()
        self._size = len(self._head) + size + len(self._tail)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self._parts
        yield self._tail


def _summed(parts: Iterable[bytes], checksum: Any) -> Iterator[bytes]:
    for part in parts:
        checksum.update(part)
        yield part
