import dataclasses
import gzip
from io import BytesIO

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from extract.delivery import Delivery, File, Format, RawColumn, fingerprint
from extract.errors import Terminal, Transient
from extract.landing import Landing
from tests.integration.extract.support import WINDOW, Cloud, dynamodb_table


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


def test_a_missing_bucket_is_terminal(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match="not found"):
        Landing("no-such-bucket", cloud.storage).put("file", BytesIO(b"x"), 1)


def test_an_unreachable_bucket_is_transient() -> None:
    options = {"api_endpoint": "http://127.0.0.1:9"}
    client = storage.Client("p", AnonymousCredentials(), client_options=options)
    with pytest.raises(Transient, match="Google did not answer"):
        Landing("bucket", client, patience=0.1).find(dynamodb_table("any"), WINDOW)
