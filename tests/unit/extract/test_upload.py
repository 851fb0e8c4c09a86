"""One request writes an object; what the bucket answers is looked at closely."""

import base64
from types import SimpleNamespace
from typing import Any, cast

import google_crc32c
import pytest
import requests

from extract.errors import Terminal, Transient
from extract.upload import upload

PARTS = [b"one ", b"and ", b"another"]
CONTENT = b"".join(PARTS)
CRC = base64.b64encode(google_crc32c.Checksum(CONTENT).digest()).decode()


class Session:
    """Takes what is posted, and gives one answer."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        self.answer = requests.Response()
        self.answer.status_code = status
        self.answer.json = lambda **_: answer  # type: ignore[method-assign]
        self.answer.request = requests.Request("POST", "http://bucket").prepare()
        self.asked: Any = None
        self.body = b""

    def post(self, url: str, *, params: Any, headers: Any, data: Any, timeout: float) -> requests.Response:
        self.asked = (url, params, headers["Content-Type"], len(data))
        self.body = b"".join(data)
        return self.answer


def written(session: Session) -> str:
    client = cast(Any, SimpleNamespace(_http=session, api_endpoint="http://storage"))
    return upload(client, "bucket", "a/\u58f0", iter(PARTS), len(CONTENT), {"source-etag": "e"})


def test_metadata_and_content_are_one_body_of_known_length() -> None:
    session = Session(200, {"crc32c": CRC, "md5Hash": "md5"})
    assert written(session) == "md5"
    url, params, kind, length = session.asked
    assert (url, params) == ("http://storage/upload/storage/v1/b/bucket/o", {"uploadType": "multipart"})
    boundary = kind.removeprefix("multipart/related; boundary=").encode()
    before, resource, content, after = session.body.split(b"--" + boundary)
    assert (before, after) == (b"", b"--")
    assert resource.endswith(b'{"name": "a/\\u58f0", "metadata": {"source-etag": "e"}}\r\n')
    assert content == b"\r\nContent-Type: application/octet-stream\r\n\r\n" + CONTENT + b"\r\n"
    assert length == len(session.body)


@pytest.mark.parametrize(
    ("status", "answer", "kind", "message"),
    [
        (200, {"crc32c": "AAAAAA==", "md5Hash": "md5"}, Transient, "arrived altered, its checksum is AAAAAA=="),
        (200, {"crc32c": CRC}, Transient, "the bucket states no MD5"),
        (503, {"error": {"message": "busy"}}, Transient, r"writing gs://bucket/a/.: Google is busy"),
        (404, {"error": {"message": "no such bucket"}}, Terminal, "not found"),
        (403, {"error": {"message": "no"}}, Terminal, "Google refused"),
    ],
)
def test_an_answer_that_is_no_success_is_terminal_or_transient(
    status: int, answer: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        written(Session(status, answer))
