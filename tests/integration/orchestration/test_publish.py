"""Publication against the gateway: whole, with tags, or not at all."""

import dataclasses
import time
import uuid
from collections.abc import Iterator

import pytest
from google.cloud import bigquery
from google.cloud.exceptions import NotFound

from extract.errors import Terminal, Transient
from orchestration import environment, leftovers
from orchestration.defs.publish import Copier, Mart
from tests.support import Sandbox


@pytest.fixture
def copier(sandbox: Sandbox) -> Copier:
    return Copier(sandbox.client(), environment.load(sandbox.variables), "20261121")


@pytest.fixture
def mart(copier: Copier) -> Iterator[Mart]:
    """A built table of two rows, one of whose columns is protected; it and what is made of it are removed."""
    name = f"probe_{uuid.uuid4().hex[:8]}"
    pii = bigquery.PolicyTagList([copier.environment.policy_tags["pii"]])
    schema = [
        bigquery.SchemaField("id", "INT64"),
        bigquery.SchemaField("day", "DATE"),
        bigquery.SchemaField("email", "STRING", policy_tags=pii),
    ]
    table = bigquery.Table(f"{copier.client.project}.build.{name}", schema=schema)
    table.time_partitioning = bigquery.TimePartitioning(field="day")
    table.require_partition_filter = True
    copier.client.create_table(table)
    _append(copier.client, f"build.{name}", 1, 2)
    mart = Mart(name, {"description": "A probe.", "columns": {}}, {"email": "pii"})
    yield mart
    for table_id in (mart.built, mart.candidate, mart.published):
        copier.client.delete_table(table_id, not_found_ok=True)


def _append(client: bigquery.Client, table: str, *ids: int) -> None:
    rows = [{"id": number, "day": "2026-11-21", "email": f"{number}@example.com"} for number in ids]
    config = bigquery.LoadJobConfig(write_disposition=bigquery.WriteDisposition.WRITE_APPEND)
    config.schema = [column for column in client.get_table(table).schema]
    client.load_table_from_json(rows, table, job_config=config).result()


def _ids(client: bigquery.Client, table: str) -> list[int]:
    rows = client.query_and_wait(f"SELECT id FROM {table} WHERE day = '2026-11-21' ORDER BY id")
    return [row["id"] for row in rows]


def _exists(client: bigquery.Client, table: str) -> bool:
    try:
        client.get_table(table)
    except NotFound:
        return False
    return True


def test_a_mart_is_published_whole_with_its_tags_description_and_settings(copier: Copier, mart: Mart) -> None:
    assert copier.rehearse(mart) is None
    assert not _exists(copier.client, mart.published)
    metadata = copier.publish(mart)
    assert metadata["dagster/row_count"] == 2
    published = copier.client.get_table(mart.published)
    assert _ids(copier.client, mart.published) == [1, 2]
    assert copier.published_tags(mart) == {"email": "pii"}
    assert published.description == "A probe."
    assert published.require_partition_filter
    assert published.time_partitioning.field == "day"
    assert not _exists(copier.client, mart.candidate)


def test_publishing_again_replaces_what_was_published(copier: Copier, mart: Mart) -> None:
    copier.publish(mart)
    _append(copier.client, mart.built, 3)
    assert _ids(copier.client, mart.published) == [1, 2]
    assert copier.rehearse(mart) is None
    assert _ids(copier.client, mart.published) == [1, 2]
    copier.publish(mart)
    assert _ids(copier.client, mart.published) == [1, 2, 3]


def test_a_rehearsal_tells_which_tags_differ_and_leaves_nothing(copier: Copier, mart: Mart) -> None:
    stricter = dataclasses.replace(mart, tags={"email": "restricted", "id": "financial"})
    assert copier.rehearse(stricter) == (
        f"in a copy of {mart.built} email is pii but declared restricted, id is open but declared financial"
    )
    assert not _exists(copier.client, mart.candidate)
    assert not _exists(copier.client, mart.published)


def test_a_table_that_got_wrong_tags_does_not_stay_published(copier: Copier, mart: Mart) -> None:
    stricter = dataclasses.replace(mart, tags={"email": "restricted"})
    with pytest.raises(Terminal, match=f"{mart.published} was removed: email is pii but declared restricted"):
        copier.publish(stricter)
    assert not _exists(copier.client, mart.published)


def test_a_mart_that_was_not_built_is_an_error_that_names_it(copier: Copier) -> None:
    nobody = Mart("nobody", {"description": "", "columns": {}}, {})
    with pytest.raises(Terminal, match=r"rehearsing the copy of build\.nobody: not found"):
        copier.rehearse(nobody)


def test_jobs_that_an_earlier_run_left_behind_are_waited_for(sandbox: Sandbox) -> None:
    client = sandbox.client()
    slow = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 30000)) a, UNNEST(GENERATE_ARRAY(1, 30000)) b WHERE a * b = 7"
    job = client.query(slow, job_id_prefix=leftovers.COPY_PREFIX)
    deadline = time.monotonic() + 20
    while job.job_id not in {found.job_id for found in leftovers.unfinished(client)}:
        assert not job.done() and time.monotonic() < deadline, "the job is not seen while it runs"
    reports: list[str] = []
    with pytest.raises(Transient, match=f"job {job.job_id} of an earlier run has not ended"):
        leftovers.wait(client, reports.append, seconds=0.0)
    leftovers.wait(client, reports.append)
    assert client.get_job(job.job_id).state == "DONE"
    assert any(job.job_id in report for report in reports)
    assert leftovers.unfinished(client) == []


def test_what_holds_a_later_window_is_found(copier: Copier, mart: Mart) -> None:
    assert copier.published_later(mart) is None
    copier.publish(mart)
    of_the_day_before = dataclasses.replace(copier, partition_id="20261120")
    assert of_the_day_before.published_later(mart) == "20261121"
    assert copier.published_later(mart) is None
    assert dataclasses.replace(copier, partition_id="20261122").published_later(mart) is None
