"""Files of an export, carried from S3 to the landing bucket."""

import base64
import dataclasses
import hashlib
import os
import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

import pytest
from botocore.response import StreamingBody

from extract.carrier import Exported, carry, listed
from extract.delivery import File
from extract.errors import Terminal, Transient
from extract.progress import Progress
from sandbox import names
from tests.integration.extract.support import Cloud, progress


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def put(cloud: Cloud, key: str, content: bytes) -> Exported:
    """An object in S3, with what an export would state of it."""
    cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=key, Body=content)
    return dataclasses.replace(listed(cloud.s3, names.EXPORT_BUCKET, key)[key], rows=1, md5=md5(content))


def landed(cloud: Cloud, name: str) -> bytes:
    blob = cloud.storage.bucket(names.LANDING_BUCKET).blob(name)
    content: bytes = blob.download_as_bytes(raw_download=True)
    return content


def carried(cloud: Cloud, folder: str, *files: Exported, name: str = "file") -> tuple[File, ...]:
    """Carry one file under a name, or several under the last parts of their keys."""
    paths = [name] if len(files) == 1 else [file.key.rpartition("/")[2] for file in files]
    told = Progress("carried", cloud.report.append, len(files))
    return carry(cloud.s3, names.EXPORT_BUCKET, files, cloud.landing, folder, paths, told)


@pytest.mark.parametrize("size", [0, 1, 9 * 1024 * 1024 + 17])
def test_files_of_any_size_are_carried_as_bytes(cloud: Cloud, size: int) -> None:
    content, folder = os.urandom(size), f"{cloud.name('carried')}/"
    file = put(cloud, f"{folder}file", content)
    [found] = carried(cloud, folder, file, name="sub/file")
    assert found == File(f"{folder}sub/file", size, md5(content), 1)
    assert landed(cloud, found.name) == content


def test_a_file_that_lies_there_with_its_checksum_is_left_alone(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = put(cloud, f"{folder}file", b"content")
    first = carried(cloud, folder, file)
    cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=file.key)
    assert carried(cloud, folder, file) == first


def test_without_a_checksum_the_entity_tag_tells_whether_a_file_lies_there(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = dataclasses.replace(put(cloud, f"{folder}file", b"content"), md5=None)
    [first] = carried(cloud, folder, file)
    assert carried(cloud, folder, file) == (first,)
    other = dataclasses.replace(put(cloud, f"{folder}file", b"CONTENT"), md5=None)
    [second] = carried(cloud, folder, other)
    assert (first.md5, second.md5) == (md5(b"content"), md5(b"CONTENT"))
    assert landed(cloud, second.name) == b"CONTENT"


def test_a_file_that_is_not_what_the_source_states_does_not_land(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = dataclasses.replace(put(cloud, f"{folder}file", b"content"), md5=md5(b"stated"))
    with pytest.raises(Terminal, match=f"its MD5 is .* and not {md5(b'stated')}; find out who changed it"):
        carried(cloud, folder, file)
    assert cloud.landing.lying(folder) == {}


def test_a_file_that_changes_after_it_was_listed_does_not_land(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = put(cloud, f"{folder}file", b"content")
    put(cloud, f"{folder}file", b"Content")
    with pytest.raises(Terminal, match="its entity tag is no longer"):
        carried(cloud, folder, file)
    cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=file.key)
    with pytest.raises(Terminal, match="it is gone"):
        carried(cloud, folder, file)
    assert cloud.landing.lying(folder) == {}


@dataclasses.dataclass
class Many:
    """Hundreds of files in S3, with what a manifest says of them, and their content by name."""

    folder: str
    files: list[Exported]
    contents: dict[str, bytes]


@pytest.fixture
def many(cloud: Cloud) -> Many:
    folder, chance = f"{cloud.name('many')}/", random.Random(3)
    sizes = [0] * 20 + [chance.randrange(1, 3000) for _ in range(270)] + [700_000] * 10
    chance.shuffle(sizes)
    contents = {f"{number:04d}": chance.randbytes(size) for number, size in enumerate(sizes)}

    def write(name: str) -> None:
        cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=f"{folder}{name}", Body=contents[name])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, contents))
    there = listed(cloud.s3, names.EXPORT_BUCKET, folder)
    files = [
        dataclasses.replace(there[f"{folder}{name}"], rows=number, md5=md5(content))
        for number, (name, content) in enumerate(contents.items())
    ]
    return Many(folder, files, contents)


@pytest.mark.usefixtures("talkative")
def test_hundreds_of_files_arrive_whole_in_their_order_with_their_counts_and_checksums(
    cloud: Cloud, many: Many
) -> None:
    found = carried(cloud, many.folder, *many.files)
    expected = [
        File(f"{many.folder}{name}", len(content), md5(content), number)
        for number, (name, content) in enumerate(many.contents.items())
    ]
    assert list(found) == expected
    lying = {name: (object.bytes, object.md5) for name, object in cloud.landing.lying(many.folder).items()}
    assert lying == {file.name: (file.bytes, file.md5) for file in expected}
    assert any(line.startswith("carried: 150 of 300 files, ") for line in progress(cloud, "carried"))


def test_an_altered_file_among_hundreds_is_named_and_what_landed_before_is_not_carried_again(
    cloud: Cloud, many: Many
) -> None:
    key = many.files[123].key
    altered = put(cloud, key, b"x" * many.files[123].bytes)
    files = [*many.files[:123], dataclasses.replace(altered, md5=many.files[123].md5), *many.files[124:]]
    with pytest.raises(Terminal, match=f"{key}: not the file that the export wrote: its MD5 is"):
        carried(cloud, many.folder, *files)
    assert key not in cloud.landing.lying(many.folder)
    lying = cloud.landing.lying(many.folder)
    for file in many.files:
        if file.key in lying:
            cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=file.key)
    put(cloud, key, many.contents["0123"])
    repaired = listed(cloud.s3, names.EXPORT_BUCKET, key)[key]
    files[123] = dataclasses.replace(many.files[123], etag=repaired.etag)
    assert len(carried(cloud, many.folder, *files)) == 300


class Breaking:
    """S3, of whose first answers as many break off halfway as it is told."""

    def __init__(self, cloud: Cloud, breaks: int) -> None:
        self._s3, self.breaks = cloud.s3, breaks

    def get_object(self, **arguments: Any) -> Any:
        answer = self._s3.get_object(**arguments)
        if self.breaks:
            self.breaks -= 1
            content = answer["Body"].read()
            answer["Body"] = StreamingBody(cast(Any, BytesIO(content[: len(content) // 2])), len(content))
        return answer


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, though nothing waits."""
    made: list[float] = []
    monkeypatch.setattr("extract.carrier.time.sleep", made.append)
    return made


def carried_broken(cloud: Cloud, folder: str, content: bytes, breaks: int) -> tuple[File, ...]:
    file, s3 = put(cloud, f"{folder}file", content), cast(Any, Breaking(cloud, breaks))
    told = Progress("carried", cloud.report.append, 1)
    return carry(s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"], told)


def test_a_file_whose_stream_breaks_off_is_begun_anew(cloud: Cloud, pauses: list[float]) -> None:
    folder, content = f"{cloud.name('broken')}/", os.urandom(600_000)
    assert carried_broken(cloud, folder, content, 3) == (File(f"{folder}file", 600_000, md5(content), 1),)
    assert landed(cloud, f"{folder}file") == content
    assert len(pauses) == 3


def test_a_file_whose_stream_breaks_off_each_time_is_transient_and_does_not_land(
    cloud: Cloud, pauses: list[float]
) -> None:
    folder = f"{cloud.name('broken')}/"
    with pytest.raises(Transient, match="did not answer"):
        carried_broken(cloud, folder, os.urandom(600_000), 4)
    assert cloud.landing.lying(folder) == {}
    assert len(pauses) == 3


def test_a_large_file_is_never_in_memory_whole(cloud: Cloud) -> None:
    folder = f"{cloud.name('large')}/"
    file = put(cloud, f"{folder}file", os.urandom(24_000_000))
    tracemalloc.start()
    try:
        carried(cloud, folder, file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000
