"""Clients of the clouds, made from the environment's settings when a step needs them.

Where each client connects to and with which credentials is set by the variables that the client itself honours.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from google.api_core.exceptions import NotFound
from google.auth.credentials import Credentials
from google.cloud import bigquery, storage
from google.cloud.bigquery import DEFAULT_RETRY

from extract.aurora import Aurora
from extract.aurora_mysql import mysql
from extract.aurora_postgres import postgres
from extract.aurora_query import AuroraQuery
from extract.aurora_reader import Engine, Reader, iam_token
from extract.dynamodb import DynamoDB
from extract.errors import Terminal
from extract.landing import Landing
from extract.modes import ByMode
from extract.outside import google_cloud
from extract.raw import Warehouse
from extract.receipts import Receipts
from extract.sheets import Sheets
from extract.sheets_api import SCOPES
from extract.source import Source
from extract.stripe import Stripe
from extract.transfer import Transfers
from governance.scans import labels
from orchestration import aws_clients, identities
from orchestration.environment import AURORA_PASSWORD, OPTIONAL, STRIPE_KEY, Environment, require_reader, secret

RETRY: Final = DEFAULT_RETRY.with_timeout(60)
"""How long one request to BigQuery is tried; its client's own default of ten minutes would hide that nobody answers."""


def bigquery_client(environment: Environment, credentials: Credentials | None = None) -> bigquery.Client:
    """A client of the warehouse's project and location, whose queries are labelled and bounded in what they cost.

    Without credentials it has our own rights.
    """
    config = bigquery.QueryJobConfig(
        maximum_bytes_billed=environment.maximum_bytes_billed, labels=labels.labels(labels.PLATFORM)
    )
    return bigquery.Client(
        project=environment.project,
        location=environment.location,
        credentials=credentials,
        default_query_job_config=config,
    )


def loader_credentials(environment: Environment, scopes: Sequence[str] = identities.CLOUD) -> Credentials | None:
    """The credentials that extraction works with; None when they are our own."""
    variable, value = OPTIONAL["loader_credentials"][0], environment.loader_credentials
    return identities.credentials(variable, value, scopes) if value else None


def loader_client(environment: Environment) -> bigquery.Client:
    """A client of the warehouse with the loader's rights: it writes raw datasets and reads no protected column."""
    return bigquery_client(environment, loader_credentials(environment))


def analyst_client(environment: Environment) -> bigquery.Client:
    """A client of the warehouse with an analyst's rights. Terminal when there are no credentials for it."""
    variable, value = OPTIONAL["analyst_credentials"][0], environment.analyst_credentials
    if not value:
        advice = "set it to an analyst's credentials file, or to the e-mail of a service account to impersonate"
        raise Terminal(f"missing environment variable {variable}; {advice}")
    credentials = identities.credentials(variable, value)
    return bigquery.Client(project=environment.project, location=environment.location, credentials=credentials)


def find_table(client: bigquery.Client, name: str) -> bigquery.Table | None:
    """A table, by `dataset.table`; None where there is none."""
    with google_cloud(f"looking at table {name}"):
        try:
            return client.get_table(name, retry=RETRY)
        except NotFound:
            return None


def storage_client(environment: Environment) -> storage.Client:
    """A client of Cloud Storage with the loader's rights."""
    return storage.Client(project=environment.project, credentials=loader_credentials(environment))


def landing(environment: Environment) -> Landing:
    """The landing bucket."""
    return Landing(environment.landing_bucket, storage_client(environment))


def receipts(environment: Environment) -> Receipts:
    """The receipts. They are ours and not the loader's, who must not reach the dataset `ops`."""
    return Receipts(bigquery_client(environment), environment.location)


def warehouse(environment: Environment) -> Warehouse:
    """The raw tables, with the loader's rights."""
    return Warehouse(
        loader_client(environment),
        landing(environment),
        environment.policy_tags,
        environment.location,
        transfers(environment),
        receipts=receipts(environment),
    )


def transfers(environment: Environment) -> Transfers:
    """The transfer configurations of the tables that the Data Transfer Service carries."""
    return Transfers(
        environment.project,
        environment.location,
        environment.transfer_api_base,
        environment.transfer_file_age,
        credentials=loader_credentials(environment),
        s3=partial(aws_clients.client, environment, "s3"),
    )


def source(environment: Environment, name: str) -> Source:
    """The source of a kind: `dynamodb`, `aurora`, `stripe` or `sheets`."""
    return _SOURCES[name](environment)


def _dynamodb(environment: Environment) -> Source:
    dynamodb, s3 = aws_clients.client(environment, "dynamodb"), aws_clients.client(environment, "s3")
    return DynamoDB(environment.dynamodb_table_prefix, environment.export_bucket, dynamodb, s3)


def reader(environment: Environment) -> Reader:
    """The reader endpoint of Aurora. Terminal when it is not set; its password is read when it is used."""
    require_reader(environment)
    port = int(environment.aurora_reader_port or _PORTS[environment.aurora_engine])
    host, user = environment.aurora_reader_host, environment.aurora_reader_user
    token = partial(iam_token, partial(aws_clients.client, environment, "rds"), host, port, user)
    return Reader(
        host=host,
        port=port,
        database=environment.aurora_database,
        user=user,
        password=token if environment.aurora_auth == "iam" else partial(secret, AURORA_PASSWORD),
        sslmode=environment.aurora_tls,
        ca_file=Path(environment.aurora_ca_file) if environment.aurora_ca_file else None,
    )


def _aurora(environment: Environment) -> Source:
    return ByMode({"snapshot": lambda: _aurora_exports(environment), "query": lambda: _aurora_query(environment)})


def _aurora_query(environment: Environment) -> Source:
    return AuroraQuery(reader(environment), _ENGINES[environment.aurora_engine])


def _aurora_exports(environment: Environment) -> Source:
    rds, s3 = aws_clients.client(environment, "rds"), aws_clients.client(environment, "s3")
    return Aurora(
        environment.aurora_cluster,
        environment.aurora_database,
        environment.export_bucket,
        environment.export_role,
        environment.export_kms_key,
        rds,
        s3,
    )


def _stripe(environment: Environment) -> Source:
    return Stripe(secret(STRIPE_KEY), environment.stripe_api_base)


def _sheets(environment: Environment) -> Source:
    return Sheets(environment.spreadsheets, environment.sheets_api_base, loader_credentials(environment, SCOPES))


_ENGINES: Final[Mapping[str, Engine]] = {"postgresql": postgres, "mysql": mysql}
_PORTS: Final = {"postgresql": 5432, "mysql": 3306}
_SOURCES: Final[Mapping[str, Callable[[Environment], Source]]] = {
    "dynamodb": _dynamodb,
    "aurora": _aurora,
    "stripe": _stripe,
    "sheets": _sheets,
}
