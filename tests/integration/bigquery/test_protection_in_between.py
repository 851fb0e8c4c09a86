"""No column is open between a table's new rows and its new tags, whichever of the two comes first."""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import ANALYST, PLATFORM, SECONDS_AT_A_STOP, Gateway, started
from tests.integration.bigquery.access_warehouse import grant
from tests.integration.bigquery.tables import create, field, load, select, tags

NUMBER, OPEN, TAGGED = field("n", "INT64"), field("note"), field("note", tag="pii")
TAGGED_BEFORE = field("email", tag="pii")


@pytest.fixture(scope="module")
def stops() -> Iterator[socket.socket]:
    """Where the gateway announces its stops."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(SECONDS_AT_A_STOP)
        yield listener


@pytest.fixture(scope="module")
def halting(stops: socket.socket, storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HALT_PORT", str(stops.getsockname()[1]))
        with started(tmp_path_factory.mktemp("halting"), "tests.integration.bigquery.halting") as gateway:
            platform = gateway.client(PLATFORM)
            platform.create_dataset("d")
            grant(platform, "d", bigquery.AccessEntry("READER", "userByEmail", ANALYST))
            yield gateway


@contextlib.contextmanager
def stopped(listener: socket.socket) -> Iterator[None]:
    """While the gateway stands at its next stop."""
    connection, _ = listener.accept()
    with connection:
        yield


def test_tags_that_come_and_tags_that_go_hold_while_a_load_replaces_a_table(
    halting: Gateway, stops: socket.socket
) -> None:
    platform, analyst = halting.client(PLATFORM), halting.client(ANALYST)
    create(platform, "d.replaced", [NUMBER, OPEN, TAGGED_BEFORE])
    load(platform, "d.replaced", [{"n": 1, "note": "open", "email": "secret"}])
    assert select(analyst, "SELECT n, note FROM d.replaced") == [(1, "open")]
    stops.listen()
    with ThreadPoolExecutor(1) as pool:
        schema = [NUMBER, TAGGED, field("email")]
        rows = [{"n": 2, "note": "secret", "email": "open"}]
        loading = pool.submit(load, platform, "d.replaced", rows, "WRITE_TRUNCATE", schema=schema)
        for seen in (1, 2):  # before the new rows, and with the new rows before all is done
            with stopped(stops):
                assert select(analyst, "SELECT n FROM d.replaced") == [(seen,)]
                for column in ("note", "email", "*"):
                    with pytest.raises(Forbidden, match="policy tag"):
                        select(analyst, f"SELECT {column} FROM d.replaced")
        loading.result()
    assert list(tags(platform, "d.replaced")) == ["note"]
    assert select(analyst, "SELECT n, email FROM d.replaced") == [(2, "open")]


def test_a_new_table_is_protected_from_its_first_row(halting: Gateway, stops: socket.socket) -> None:
    platform, analyst = halting.client(PLATFORM), halting.client(ANALYST)
    stops.listen()
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load, platform, "d.new", [{"n": 1, "note": "secret"}], schema=[NUMBER, TAGGED])
        with stopped(stops):  # nothing of it is there yet
            for column in ("n", "note"):
                with pytest.raises(NotFound):
                    select(analyst, f"SELECT {column} FROM d.new")
                with pytest.raises(NotFound):
                    list(analyst.list_rows("d.new", selected_fields=[field(column)]))
        with stopped(stops):
            assert select(analyst, "SELECT n FROM d.new") == [(1,)]
            with pytest.raises(Forbidden, match="policy tag"):
                select(analyst, "SELECT note FROM d.new")
        loading.result()


def test_a_load_that_fails_leaves_the_tags_as_they_were(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.t", [NUMBER, OPEN, TAGGED_BEFORE])
    needed = field("n", "INT64", "REQUIRED")
    with pytest.raises(BadRequest):
        load(client, f"{dataset}.t", [{"note": "x"}], "WRITE_TRUNCATE", schema=[needed, TAGGED, field("email")])
    assert list(tags(client, f"{dataset}.t")) == ["email"]
