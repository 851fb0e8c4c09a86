"""Whose rights extraction has: the loader's, by a key or impersonated; and the AWS role that its identity opens."""

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.credentials
import botocore.exceptions
import botocore.httpsession
import pytest
from botocore.config import Config
from google.api_core.exceptions import Forbidden
from google.auth import iam
from google.cloud import bigquery

from extract.delivery import Failure, Receipt
from extract.errors import Terminal, Transient
from extract.outside import AWS_CONFIG, aws
from extract.raw import Warehouse
from extract.receipts import Receipts
from extract.run import run
from orchestration import aws_clients, clients, identities, reachability
from orchestration.environment import Environment, load
from sandbox import environment, names, provision
from tests.integration.extract.support import TAGS, WINDOW, Cloud, dynamodb_table, land, lines

Settings = Callable[..., Environment]


@pytest.fixture
def settings(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Loads the platform's settings as `kura sandbox env` gives them, some changed; "" removes a variable."""
    api = f"{cloud.services}/iam/v1/projects/-/serviceAccounts/"
    monkeypatch.setattr(iam, "_IAM_ENDPOINT", api + "{}:generateAccessToken")
    monkeypatch.setattr(iam, "_IAM_IDTOKEN_ENDPOINT", api + "{}:generateIdToken")

    def changed(**changes: str) -> Environment:
        for name, value in (environment.variables(cloud.home, cloud.state) | changes).items():
            if value:
                monkeypatch.setenv(name, value)
            else:
                monkeypatch.delenv(name, raising=False)
        return load()

    aws_clients._session.cache_clear()
    yield changed
    aws_clients._session.cache_clear()


@pytest.fixture
def without_keys(settings: Settings) -> Callable[..., Environment]:
    """Settings with nothing of AWS's but a role and a region."""
    given = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_DEFAULT_REGION": ""}
    return lambda **changes: settings(**{"AWS_ROLE_ARN": names.LOADER_ROLE, **given, **changes})


def extract(cloud: Cloud, settings: Environment, name: str) -> Receipt | Failure:
    """Deliver and load a small DynamoDB table of that name, all with the platform's own clients."""
    table = dynamodb_table(name)
    cloud.import_items(names.DYNAMODB_PREFIX + name, [{"id": {"N": "1"}, "text": {"S": "secret"}}])
    source, landing = clients.source(settings, "dynamodb"), clients.landing(settings)
    [outcome] = run(source, [table], WINDOW, landing, clients.warehouse(settings), cloud.report.append)
    return outcome


def loaded_by(cloud: Cloud, outcome: Receipt | Failure) -> str:
    assert isinstance(outcome, Receipt), outcome
    return str(cloud.bigquery.get_job(outcome.job_id).user_email)


# The loader in BigQuery


def test_the_loader_loads_what_it_cannot_read_and_the_platform_writes_the_receipt(
    cloud: Cloud, settings: Settings
) -> None:
    name = cloud.name()
    outcome = extract(cloud, settings(), name)
    assert loaded_by(cloud, outcome) == names.LOADER
    assert isinstance(outcome, Receipt)
    assert outcome in clients.receipts(settings()).newest()
    receipt = cloud.bigquery.get_job(f"kura_receipt_{outcome.job_id.removeprefix('kura_')}")
    assert receipt.user_email == names.PLATFORM
    assert cloud.bigquery.get_table(f"raw_dynamodb.{name}").schema[0].policy_tags.names == (TAGS["restricted"],)
    with pytest.raises(Forbidden, match=rf"raw_dynamodb\.{name}\.Item"):
        cloud.loader.query_and_wait(f"SELECT Item FROM raw_dynamodb.{name} WHERE _PARTITIONTIME IS NOT NULL")
    with pytest.raises(Forbidden):
        list(cloud.loader.list_rows(f"raw_dynamodb.{name}"))


@pytest.mark.parametrize("dataset", ["staging", "build", "marts", "ops"])
def test_the_loader_can_neither_read_nor_write_what_is_made_of_raw_data(cloud: Cloud, dataset: str) -> None:
    cloud.bigquery.query_and_wait(f"CREATE TABLE IF NOT EXISTS {dataset}.kept AS SELECT 1 AS one")
    for statement in ("SELECT COUNT(*) FROM {}", "INSERT INTO {} VALUES (2)", "DROP TABLE {}"):
        with pytest.raises(Forbidden):
            cloud.loader.query_and_wait(statement.format(f"{dataset}.kept"))
    with pytest.raises(Forbidden):
        cloud.loader.get_table(f"{dataset}.kept")


def test_without_a_loader_extraction_has_our_own_rights(cloud: Cloud, settings: Settings) -> None:
    assert loaded_by(cloud, extract(cloud, settings(KURA_LOADER_CREDENTIALS=""), cloud.name())) == names.PLATFORM


def test_a_loader_goes_on_where_another_identity_loaded_before(cloud: Cloud, settings: Settings) -> None:
    table = dynamodb_table(cloud.name())
    delivery = land(cloud, table, lines(3))
    before = Warehouse(cloud.bigquery, cloud.landing, TAGS, names.LOCATION).load(delivery, table, WINDOW)
    after = clients.warehouse(settings()).load(delivery, table, WINDOW)
    assert (before.job_id[-2:], after.job_id[-2:]) == ("_1", "_2")
    assert len(cloud.rows(table)) == 3


@pytest.fixture
def writer(cloud: Cloud) -> Iterator[bigquery.Client]:
    """A client of somebody who writes a raw dataset and may not set policy tags."""
    dataset = cloud.bigquery.get_dataset("raw_dynamodb")
    before = dataset.access_entries
    dataset.access_entries = [*before, bigquery.AccessEntry("WRITER", "userByEmail", names.ANALYST)]
    dataset = cloud.bigquery.update_dataset(dataset, ["access_entries"])
    yield provision.bigquery_client(cloud.home, cloud.state, "analyst")
    dataset.access_entries = before
    cloud.bigquery.update_dataset(dataset, ["access_entries"])


def test_a_loader_that_may_not_set_policy_tags_says_so_in_one_line_and_loads_nothing(
    cloud: Cloud, writer: bigquery.Client
) -> None:
    table = dynamodb_table(cloud.name())
    receipts = Receipts(cloud.bigquery, names.LOCATION)
    warehouse = Warehouse(writer, cloud.landing, TAGS, names.LOCATION, receipts=receipts)
    with pytest.raises(Terminal, match=r"preparing the raw table: Google refused \(.*bigquery\.tables\.setCategory"):
        warehouse.load(land(cloud, table, lines(1)), table, WINDOW)
    assert table.name not in {item.table_id for item in cloud.bigquery.list_tables("raw_dynamodb")}


# The e-mail of an account


def test_an_account_whose_email_is_given_is_impersonated(cloud: Cloud, settings: Settings) -> None:
    found = settings(KURA_LOADER_CREDENTIALS=names.LOADER)
    assert loaded_by(cloud, extract(cloud, found, cloud.name())) == names.LOADER
    reachability.require(found, [dynamodb_table("any")])


def test_an_analyst_is_impersonated_for_what_only_an_analyst_may_read(cloud: Cloud, settings: Settings) -> None:
    client = clients.analyst_client(settings(KURA_ANALYST_CREDENTIALS=names.ANALYST))
    assert [row.one for row in client.query_and_wait("SELECT 1 AS one")] == [1]
    with pytest.raises(Forbidden):
        client.query_and_wait("SELECT COUNT(*) FROM ops.loads")


def test_an_account_that_we_may_not_impersonate_is_told_in_one_line(cloud: Cloud, settings: Settings) -> None:
    found = settings(KURA_LOADER_CREDENTIALS=names.MASKED_ANALYST)
    with pytest.raises(Terminal, match=r"iam\.serviceAccounts\.getAccessToken' denied.*create tokens") as raised:
        clients.warehouse(found).live_tags("raw_dynamodb", "any")
    assert "\n" not in str(raised.value)
    with pytest.raises(Terminal, match=r"^the landing bucket refuses \(.*getAccessToken' denied") as raised:
        reachability.require(found, [])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content", [None, "", "{}", json.dumps({"type": "service_account"}), json.dumps({"type": "none"})]
)
def test_a_file_that_holds_no_credentials_is_told_by_the_variable(
    settings: Settings, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Terminal, match=r"^KURA_LOADER_CREDENTIALS: ") as raised:
        clients.warehouse(settings(KURA_LOADER_CREDENTIALS=str(path)))
    assert "\n" not in str(raised.value)


# AWS


@pytest.mark.parametrize("loader", ["a key", names.LOADER])
def test_the_loaders_identity_opens_the_aws_role(cloud: Cloud, without_keys: Settings, loader: str) -> None:
    found = without_keys(**({} if loader == "a key" else {"KURA_LOADER_CREDENTIALS": loader}))
    caller = aws_clients.client(found, "sts").get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{names.AWS_ACCOUNT}:assumed-role/kura-loader/kura"
    assert loaded_by(cloud, extract(cloud, found, cloud.name())) == names.LOADER
    assert aws_clients.client(found, "s3").meta.region_name == names.AWS_REGION


def test_without_a_loader_our_own_identity_asks_for_the_role(cloud: Cloud, without_keys: Settings) -> None:
    key = str(cloud.home / "loader.json")
    found = without_keys(KURA_LOADER_CREDENTIALS="", GOOGLE_APPLICATION_CREDENTIALS=key)
    assert aws_clients.client(found, "sts").get_caller_identity()["Arn"].endswith("assumed-role/kura-loader/kura")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"KURA_LOADER_CREDENTIALS": ""}, r"AWS refused \(AccessDenied: Not authorized to perform sts:AssumeRole"),
        ({"KURA_AWS_AUDIENCE": "another"}, r"AWS refused \(AccessDenied"),
        ({"AWS_ROLE_ARN": names.EXPORT_ROLE}, r"AWS refused \(AccessDenied"),
        ({"KURA_LOADER_CREDENTIALS": names.MASKED_ANALYST}, r"identity token for sts\.amazonaws\.com.*getOpenIdToken"),
    ],
    ids=["another identity", "another audience", "another role", "an account that we may not impersonate"],
)
def test_a_role_that_does_not_trust_the_identity_is_told_in_one_line(
    without_keys: Settings, changes: dict[str, str], said: str
) -> None:
    found = without_keys(**changes)
    with pytest.raises(Terminal, match=said) as raised, aws("listing tables"):
        aws_clients.client(found, "dynamodb").list_tables()
    assert "\n" not in str(raised.value)


def test_a_persons_own_credentials_have_no_identity_token_and_that_is_said(
    without_keys: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = tmp_path / "person.json"
    content = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    person.write_text(json.dumps(content))
    without_keys()
    with pytest.raises(Terminal, match=r"the credentials in KURA_LOADER_CREDENTIALS have none; use a service account"):
        identities.identity_token("KURA_LOADER_CREDENTIALS", str(person), "sts.amazonaws.com")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(person))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setattr("google.auth.compute_engine._metadata.ping", lambda _: False)
    with pytest.raises(Terminal, match=r"our own credentials have none; .* KURA_LOADER_CREDENTIALS to the e-mail"):
        identities.identity_token("KURA_LOADER_CREDENTIALS", "", "sts.amazonaws.com")


def test_credentials_that_end_soon_are_replaced_with_a_new_token(
    without_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, tokens = without_keys(), []

    def token(variable: str, value: str, audience: str) -> str:
        tokens.append(identities.identity_token(variable, value, audience))
        return tokens[-1]

    monkeypatch.setattr(aws_clients, "identity_token", token)
    credentials = aws_clients.client(found, "s3")._request_signer._credentials
    assert tokens == []
    first = credentials.get_frozen_credentials()
    assert aws_clients.client(found, "dynamodb")._request_signer._credentials.get_frozen_credentials() == first
    assert len(tokens) == 1
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=55)
    monkeypatch.setattr(botocore.credentials, "_local_now", lambda: later)
    monkeypatch.setattr(credentials, "_time_fetcher", lambda: later)
    second = credentials.get_frozen_credentials()
    assert second.access_key != first.access_key
    assert len(tokens) == 2


def test_the_token_service_is_asked_in_the_region_of_the_clients(
    without_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def send(session: object, request: Any) -> None:
        asked.append(request.url)
        raise botocore.exceptions.ConnectTimeoutError(endpoint_url=request.url)

    found = without_keys(AWS_ENDPOINT_URL="")
    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", send)
    once = AWS_CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    with pytest.raises(Transient, match="AWS did not answer"), aws("listing"):
        aws_clients.client(found, "s3", once).list_buckets()
    assert set(asked) == {f"https://sts.{names.AWS_REGION}.amazonaws.com/"}


def test_keys_in_variables_come_before_the_role(cloud: Cloud, settings: Settings) -> None:
    found = settings(AWS_ROLE_ARN=names.LOADER_ROLE)
    assert aws_clients.client(found, "s3")._request_signer._credentials.method == "env"
    assert isinstance(extract(cloud, found, cloud.name()), Receipt)


def test_a_token_file_is_left_to_boto3(without_keys: Settings, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("not a token")
    found = without_keys(AWS_WEB_IDENTITY_TOKEN_FILE=str(file))
    client = aws_clients.client(found, "s3")
    assert client._request_signer._credentials.method == "assume-role-with-web-identity"
    with pytest.raises(Terminal, match="InvalidIdentityToken"), aws("listing"):
        client.list_buckets()


def test_a_missing_region_is_told_in_one_line(without_keys: Settings) -> None:
    with pytest.raises(Terminal, match=r"preparing the client of dynamodb: You must specify a region"):
        aws_clients.client(without_keys(AWS_REGION=""), "dynamodb")
