"""Loading the seed files into the stores, through the interfaces that each store has for bulk data."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import boto3
import requests
from botocore.config import Config

from sandbox.errors import SandboxError
from sandbox.koe import load_aws, load_postgres

SERVICES_SECONDS = 300


def load(
    directory: Path,
    *,
    postgres_dsn: str,
    session: boto3.Session,
    endpoint_url: str,
    seed_bucket: str,
    services_url: str,
    progress: Callable[[str], None],
) -> None:
    """Load all files of `seed.write` into the stores, replacing what they hold; twice gives the same state.

    The S3 bucket `seed_bucket` exists. Raises SandboxError when a store refuses its data.
    """

    # A session must not make clients in several threads at once.
    rds = session.client("rds", endpoint_url=endpoint_url)
    dynamodb = session.client("dynamodb", endpoint_url=endpoint_url)
    s3 = session.client("s3", endpoint_url=endpoint_url, config=Config(s3={"addressing_style": "path"}))

    def relational() -> str:
        load_postgres.load(directory / "postgres", postgres_dsn)
        load_aws.register_cluster(rds)
        return "PostgreSQL"

    def documents() -> str:
        load_aws.import_tables(directory / "dynamodb", dynamodb, s3, seed_bucket)
        return "DynamoDB"

    def services() -> str:
        _seed_services(directory, services_url)
        return "Stripe and Sheets"

    with ThreadPoolExecutor() as threads:
        for loaded in as_completed([threads.submit(task) for task in (documents, relational, services)]):
            progress(f"{loaded.result()} loaded")


def _seed_services(directory: Path, services_url: str) -> None:
    """The stand-in for Stripe and Sheets reads the directory itself."""
    body = {"directory": str(directory.resolve())}
    answer = requests.post(f"{services_url}/_kura/seed", json=body, timeout=SERVICES_SECONDS)
    if not answer.ok:
        raise SandboxError(f"the stand-in for Stripe and Sheets refused the seed: {answer.text.strip()}")
