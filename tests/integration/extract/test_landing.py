import base64
import dataclasses
import gzip
import hashlib
import os
from io import BytesIO

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from extract.carrier import Exported, carry, listed
from extract.delivery import Delivery, File, Format, RawColumn, fingerprint
from extract.errors import Terminal, Transient
from extract.landing import Landing
from sandbox import names
from tests.integration.extract.support import WINDOW, Cloud, dynamodb_table


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


def delivery(cloud: Cloud, table_name: str, identifier: str = "one") -> Delivery:
    """A delivery of one landed file; its delivery.json is not written yet."""
    table = dynamodb_table(table_name)
    name = f"{cloud.landing.folder(table, WINDOW, identifier)}1.json.gz"
    content = gzip.compress(b'{"Item": {"id": {"N": "1"}}}\n')
    file = File(name, len(content), cloud.landing.put(name, BytesIO(content), len(content)), 1)
    return Delivery(
        source="dynamodb",
        table=table.name,
        relation=table.relation,
        partition_id=WINDOW.partition_id,
        id=identifier,
        format=Format.JSON,
        files=(file,),
        columns=(RawColumn("Item", "JSON"),),
        rows=1,
        fingerprint=fingerprint([file.md5]),
        position="then",
        window_start=WINDOW.start.isoformat(),
        window_end=WINDOW.end.isoformat(),
    )


def test_a_delivery_is_complete_with_its_record_and_not_before(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    made = delivery(cloud, table.name)
    assert cloud.landing.find(table, WINDOW) == []
    cloud.landing.commit(table, WINDOW, made)
    assert cloud.landing.find(table, WINDOW) == [made]


def test_the_newest_delivery_comes_first(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    made = [delivery(cloud, table.name, identifier) for identifier in ("b", "a")]
    for one in made:
        cloud.landing.commit(table, WINDOW, one)
    assert cloud.landing.find(table, WINDOW) == made[::-1]


def test_a_delivery_whose_file_was_altered_or_is_gone_counts_no_more(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    made = delivery(cloud, table.name)
    cloud.landing.commit(table, WINDOW, made)
    cloud.landing.put(made.files[0].name, BytesIO(b"other"), 5)
    assert cloud.landing.find(table, WINDOW) == []
    cloud.landing.remove(made.files[0].name)
    assert cloud.landing.find(table, WINDOW) == []


def test_a_delivery_of_another_relation_is_not_taken(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    cloud.landing.commit(table, WINDOW, delivery(cloud, table.name))
    assert cloud.landing.find(dataclasses.replace(table, relation="elsewhere"), WINDOW) == []


def test_a_fingerprint_knows_no_order() -> None:
    assert fingerprint(["a", "b"]) == fingerprint(["b", "a"]) != fingerprint(["a", "c"])
    assert len(fingerprint([])) == 20


@pytest.mark.parametrize("size", [0, 1, 9 * 1024 * 1024 + 17])
def test_files_of_any_size_are_carried_as_bytes(cloud: Cloud, size: int) -> None:
    content, folder = os.urandom(size), f"{cloud.name('carried')}/"
    file = put(cloud, f"{folder}file", content)
    [carried] = carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["sub/file"])
    assert carried == File(f"{folder}sub/file", size, md5(content), 1)
    assert landed(cloud, carried.name) == content


def test_a_file_that_lies_there_with_its_checksum_is_left_alone(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = put(cloud, f"{folder}file", b"content")
    first = carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"])
    cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=file.key)
    assert carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"]) == first


def test_without_a_checksum_the_entity_tag_tells_whether_a_file_lies_there(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = dataclasses.replace(put(cloud, f"{folder}file", b"content"), md5=None)
    [first] = carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"])
    assert carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"]) == (first,)
    other = dataclasses.replace(put(cloud, f"{folder}file", b"CONTENT"), md5=None)
    [second] = carry(cloud.s3, names.EXPORT_BUCKET, [other], cloud.landing, folder, ["file"])
    assert (first.md5, second.md5) == (md5(b"content"), md5(b"CONTENT"))
    assert landed(cloud, second.name) == b"CONTENT"


def test_a_file_that_is_not_what_the_source_states_does_not_land(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = dataclasses.replace(put(cloud, f"{folder}file", b"content"), md5=md5(b"stated"))
    with pytest.raises(Terminal, match=f"its MD5 is .* and not {md5(b'stated')}; find out who changed it"):
        carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"])
    assert cloud.landing.lying(folder) == {}


def test_a_file_that_changes_after_it_was_listed_does_not_land(cloud: Cloud) -> None:
    folder = f"{cloud.name('carried')}/"
    file = put(cloud, f"{folder}file", b"content")
    put(cloud, f"{folder}file", b"Content")
    with pytest.raises(Terminal, match="its entity tag is no longer"):
        carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"])
    cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=file.key)
    with pytest.raises(Terminal, match="it is gone"):
        carry(cloud.s3, names.EXPORT_BUCKET, [file], cloud.landing, folder, ["file"])
    assert cloud.landing.lying(folder) == {}


def test_a_missing_bucket_is_terminal(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match="not found"):
        Landing("no-such-bucket", cloud.storage).put("file", BytesIO(b"x"), 1)


def test_an_unreachable_bucket_is_transient() -> None:
    options = {"api_endpoint": "http://127.0.0.1:9"}
    client = storage.Client("p", AnonymousCredentials(), client_options=options)
    with pytest.raises(Transient, match="Google did not answer"):
        Landing("bucket", client, patience=0.1).find(dynamodb_table("any"), WINDOW)
