"""A gateway of its own and a small warehouse in it, with protected columns, for the tests of access."""

from collections.abc import Iterator

import pytest
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import ANALYST, MASKED, PLATFORM, PROJECT, SETTER, Gateway, started, tag


@pytest.fixture(scope="session")
def access_gateway(storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", storage_url)
        with started(tmp_path_factory.mktemp("access")) as gateway:
            yield gateway


@pytest.fixture(scope="session")
def platform(warehouse: Gateway) -> bigquery.Client:
    return warehouse.client(PLATFORM)


@pytest.fixture(scope="session")
def analyst(warehouse: Gateway) -> bigquery.Client:
    return warehouse.client(ANALYST)


@pytest.fixture(scope="session")
def setter(warehouse: Gateway) -> bigquery.Client:
    """Somebody who writes `scratch` and may set policy tags."""
    return warehouse.client(SETTER)


@pytest.fixture(scope="session")
def masked(warehouse: Gateway) -> bigquery.Client:
    """The analyst who reads columns with the tag pii as hashes; `marts` and `scratch` as the other one."""
    return warehouse.client(MASKED)


def grant(client: bigquery.Client, dataset: str, *entries: bigquery.AccessEntry) -> None:
    """Adds entries to a dataset's access list."""
    found = client.get_dataset(dataset)
    found.access_entries = [*found.access_entries, *entries]
    client.update_dataset(found, ["access_entries"])


def protected(name: str, kind: str = "STRING", protection: str = "pii") -> bigquery.SchemaField:
    return bigquery.SchemaField(name, kind, policy_tags=bigquery.PolicyTagList([tag(protection)]))


def users(table: str) -> bigquery.Table:
    """A table of users: email, name and the street of the address are protected."""
    plain = bigquery.SchemaField
    address = plain("address", "RECORD", fields=[plain("city", "STRING"), protected("street")])
    schema = [plain("user_id", "INT64"), plain("plan", "STRING"), protected("email"), protected("name"), address]
    return bigquery.Table(f"{PROJECT}.{table}", [*schema, plain("created_on", "DATE")])


ROWS = """
(1, 'free', 'secret-one', 'secret-name', ('Tokyo', 'secret-street'), DATE '2026-11-01'),
(2, 'studio', 'secret-two', 'secret-name', ('Osaka', 'secret-street'), DATE '2026-11-02')
"""
VIEWS = {
    "marts.all_users": "SELECT * FROM marts.dim_users",
    "marts.user_plans": "SELECT user_id, plan FROM marts.dim_users",
    "marts.renamed": "SELECT user_id AS a, plan AS b, email AS c FROM marts.all_users",
    "marts.domains": "SELECT user_id, SPLIT(email, '@')[OFFSET(0)] AS domain FROM marts.dim_users",
    "marts.over_raw": "SELECT user_id, plan FROM raw.users",
    "marts.authorized": "SELECT user_id, plan, email FROM raw.users",
}


@pytest.fixture(scope="session")
def warehouse(access_gateway: Gateway) -> Gateway:
    """marts: the analyst reads. scratch: the analyst writes. raw: the analyst may do nothing."""
    client = access_gateway.client(PLATFORM)
    for dataset in ("raw", "marts", "scratch"):
        client.create_dataset(dataset)
    for table in ("raw.users", "marts.dim_users"):
        client.create_table(users(table))
        client.query_and_wait(f"INSERT INTO {table} VALUES {ROWS}")
    client.create_table(users("scratch.users"))
    client.query_and_wait("CREATE TABLE scratch.kept (user_id INT64, text STRING)")
    client.query_and_wait("CREATE TABLE marts.plans AS SELECT 'free' AS plan, 0 AS price, 'public' AS email")
    for name, query in VIEWS.items():
        client.query_and_wait(f"CREATE VIEW {name} AS {query}")
    client.query_and_wait("CREATE VIEW marts.swapped (email, user_id) AS SELECT user_id, email FROM marts.dim_users")
    client.query_and_wait(
        "CREATE TABLE FUNCTION marts.users_of(p STRING) AS SELECT * FROM marts.dim_users WHERE plan = p"
    )
    client.query_and_wait("CREATE FUNCTION marts.any_email() AS ((SELECT MAX(email) FROM marts.dim_users))")
    client.query_and_wait("CREATE PROCEDURE marts.show_emails() BEGIN SELECT email FROM marts.dim_users; END")
    for analyst in (ANALYST, MASKED):
        grant(client, "marts", bigquery.AccessEntry("READER", "userByEmail", analyst))
        grant(client, "scratch", bigquery.AccessEntry("WRITER", "userByEmail", analyst))
    grant(client, "scratch", bigquery.AccessEntry("WRITER", "userByEmail", SETTER))
    view = {"projectId": PROJECT, "datasetId": "marts", "tableId": "authorized"}
    grant(client, "raw", bigquery.AccessEntry(None, "view", view))
    return access_gateway
