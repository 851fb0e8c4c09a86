"""Load jobs that still run, which a local warehouse is too fast to show: the client is a script of the real answers."""

import datetime
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from google.api_core.exceptions import BadRequest, Conflict
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.storage import Client

from extract.contract import Column, Table
from extract.delivery import Delivery, File, Format, RawColumn
from extract.errors import Terminal
from extract.landing import Landing
from extract.raw import Warehouse
from extract.window import for_date

WINDOW = for_date(datetime.date(2026, 11, 21), "UTC")
TABLE = Table("dynamodb", "voices", "Voices.", "voices", "full", ("id",), (Column("id", "INT64", "Id."),))
DELIVERY = Delivery(
    source="dynamodb",
    table="voices",
    relation="voices",
    partition_id="20261121",
    id="one",
    format=Format.JSON,
    files=(File("dynamodb/voices/20261121/one/1.json.gz", 1, "md5", 1),),
    columns=(RawColumn("Item", "JSON"),),
    rows=1,
    fingerprint="abc",
    position="then",
    window_start=WINDOW.start.isoformat(),
    window_end=WINDOW.end.isoformat(),
)


@dataclass
class Job:
    """A job that is done after being asked `asks` times, and then may turn out to have failed."""

    job_id: str
    asks: int = 0
    error: Exception | None = None

    @property
    def state(self) -> str:
        return "RUNNING" if self.asks else "DONE"

    def done(self, **_: Any) -> bool:
        self.asks = max(0, self.asks - 1)
        return not self.asks

    def result(self, **_: Any) -> None:
        if self.error:
            raise self.error


@dataclass
class BigQuery:
    """The jobs of a project; a job id that was used is refused, as BigQuery does."""

    jobs: dict[str, Job] = field(default_factory=dict)
    project: str = "p"

    def keep(self, job: Job) -> Job:
        return self.jobs.setdefault(job.job_id, job)

    def load_table_from_uri(self, uris: list[str], destination: str, *, job_id: str, **_: Any) -> Job:
        if job_id in self.jobs:
            raise Conflict("Already Exists")
        assert (uris, destination) == (
            ["gs://landing/dynamodb/voices/20261121/one/1.json.gz"],
            "p.raw_dynamodb.voices$20261121",
        )
        return self.keep(Job(job_id))

    def get_job(self, job_id: str, **_: Any) -> Job:
        return self.jobs[job_id]

    def list_jobs(self, state_filter: str, **_: Any) -> list[Job]:
        return [job for job in self.jobs.values() if job.state.lower() == state_filter]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> BigQuery:
    monkeypatch.setattr("extract.polling.time.sleep", lambda _: None)
    return BigQuery()


def replace(client: BigQuery) -> Any:
    landing = Landing("landing", Client("p", AnonymousCredentials()))
    warehouse = Warehouse(cast(bigquery.Client, client), landing, {"restricted": "r"}, "US")
    live = bigquery.Table("p.raw_dynamodb.voices", schema=[bigquery.SchemaField("Item", "JSON")])
    return warehouse._replace(DELIVERY, TABLE, WINDOW, live)


def test_a_first_load_has_the_first_generation(client: BigQuery) -> None:
    assert replace(client).job_id == "kura_dynamodb_voices_20261121_abc_1"


def test_a_load_of_the_same_content_that_still_runs_is_attached_to(client: BigQuery) -> None:
    running = client.keep(Job("kura_dynamodb_voices_20261121_abc_2", asks=3))
    assert replace(client) is running
    assert running.state == "DONE"
    assert len(client.jobs) == 1


def test_a_load_of_the_same_content_that_began_just_now_is_attached_to(client: BigQuery) -> None:
    running = client.keep(Job("kura_dynamodb_voices_20261121_abc_1", asks=3))
    client.list_jobs = lambda state_filter, **_: []  # type: ignore[method-assign,assignment]
    assert replace(client) is running
    assert len(client.jobs) == 1


def test_with_other_content_still_being_loaded_too_the_load_is_repeated_after_both(client: BigQuery) -> None:
    for content in ("abc", "old"):
        client.keep(Job(f"kura_dynamodb_voices_20261121_{content}_1", asks=3))
    assert replace(client).job_id == "kura_dynamodb_voices_20261121_abc_2"
    assert {job.state for job in client.jobs.values()} == {"DONE"}


def test_a_load_of_other_content_that_still_runs_is_waited_for_before_the_next_begins(client: BigQuery) -> None:
    earlier = client.keep(Job("kura_dynamodb_voices_20261121_old_1", asks=3))
    assert replace(client).job_id == "kura_dynamodb_voices_20261121_abc_1"
    assert earlier.state == "DONE"


def test_a_load_left_behind_may_fail(client: BigQuery) -> None:
    client.keep(Job("kura_dynamodb_voices_20261121_old_1", asks=3, error=BadRequest("broken")))
    assert replace(client).job_id == "kura_dynamodb_voices_20261121_abc_1"


def test_loads_of_other_partitions_are_not_waited_for(client: BigQuery) -> None:
    other = client.keep(Job("kura_dynamodb_voices_20261120_abc_1", asks=3))
    replace(client)
    assert other.state == "RUNNING"


def test_a_used_id_leads_to_the_next_generation_whatever_became_of_its_job(client: BigQuery) -> None:
    client.keep(Job("kura_dynamodb_voices_20261121_abc_1"))
    client.keep(Job("kura_dynamodb_voices_20261121_abc_2", error=BadRequest("broken")))
    assert replace(client).job_id == "kura_dynamodb_voices_20261121_abc_3"


def test_a_running_load_that_fails_after_all_is_terminal(client: BigQuery) -> None:
    client.keep(Job("kura_dynamodb_voices_20261121_abc_1", asks=3, error=BadRequest("broken")))
    client.list_jobs = lambda state_filter, **_: []  # type: ignore[method-assign,assignment]
    with pytest.raises(Terminal, match=r"dynamodb\.voices: loading partition 20261121: Google answered 400: broken"):
        replace(client)
