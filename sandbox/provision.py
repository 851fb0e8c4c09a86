"""Makes in the sandbox what Terraform makes in a cloud: identities, who may read what, datasets and buckets."""

import contextlib
import json
from pathlib import Path

import boto3
from botocore.config import Config
from google.api_core.exceptions import Conflict
from google.cloud import bigquery, storage
from google.oauth2 import service_account

from sandbox import names
from sandbox.environment import url
from sandbox.services.keys import write_service_account_key
from sandbox.state import State

IDENTITIES = {
    "platform": names.PLATFORM,
    "loader": names.LOADER,
    "analyst": names.ANALYST,
    "masked_analyst": names.MASKED_ANALYST,
}
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def identities(home: Path, token_uri: str) -> None:
    """Writes the service account keys; an existing key is kept, but for the address of its token server."""
    for name, email in IDENTITIES.items():
        path = home / f"{name}.json"
        if path.exists():
            key = json.loads(path.read_text())
            if key["token_uri"] != token_uri:
                path.write_text(json.dumps(key | {"token_uri": token_uri}, indent=2))
        else:
            write_service_account_key(path, email, names.PROJECT, token_uri)


def access(home: Path) -> None:
    """Writes who may use the warehouse at all, who reads protected columns and who protects them, for the gateway.

    The data policy hashes personal data for its masked readers; the other tags have none, so that nobody but the
    platform reads them. The hash is for STRING and BYTES only: of other types, `pii` is refused to everybody else.
    """
    platform = f"serviceAccount:{names.PLATFORM}"
    document = {
        "administrators": [platform],
        "job_users": [f"serviceAccount:{email}" for email in (names.ANALYST, names.MASKED_ANALYST, names.LOADER)],
        "transfer_users": [f"serviceAccount:{names.LOADER}"],
        "token_creators": {email: [platform] for email in (names.LOADER, names.ANALYST)},
        "tag_setters": [f"serviceAccount:{names.LOADER}"],
        "fine_grained_readers": {names.policy_tag(tag): [platform] for tag in names.TAGS},
        "data_policies": [
            {
                "name": names.data_policy("pii_hash"),
                "dataPolicyId": "pii_hash",
                "dataPolicyType": "DATA_MASKING_POLICY",
                "policyTag": names.policy_tag("pii"),
                "dataMaskingPolicy": {"predefinedExpression": "SHA256"},
                "bindings": [
                    {
                        "role": "roles/bigquerydatapolicy.maskedReader",
                        "members": [f"serviceAccount:{names.MASKED_ANALYST}"],
                    }
                ],
            }
        ],
    }
    (home / "access.json").write_text(json.dumps(document, indent=2))


def credentials(home: Path, name: str) -> service_account.Credentials:
    """The credentials of one of IDENTITIES, as google.auth.default() would make them from the key file."""
    path = str(home / f"{name}.json")
    found: service_account.Credentials = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        path, scopes=SCOPES
    )
    return found


def bigquery_client(home: Path, state: State, name: str) -> bigquery.Client:
    """A BigQuery client of the sandbox for one of IDENTITIES."""
    options = {"api_endpoint": url(state, "bigquery")}
    return bigquery.Client(project=names.PROJECT, credentials=credentials(home, name), client_options=options)


def datasets(client: bigquery.Client) -> None:
    """The datasets with their access lists: analysts read what is published and nothing else, the loader writes raw."""
    readers = [
        bigquery.AccessEntry(role="READER", entity_type="userByEmail", entity_id=email)
        for email in (names.ANALYST, names.MASKED_ANALYST)
    ]
    writer = bigquery.AccessEntry(role="WRITER", entity_type="userByEmail", entity_id=names.LOADER)
    entries = {names.PUBLISHED_DATASET: readers, **{name: [writer] for name in names.RAW_DATASETS}}
    for name in (*names.PRIVATE_DATASETS, names.PUBLISHED_DATASET):
        dataset = bigquery.Dataset(f"{names.PROJECT}.{name}")
        dataset.location = names.LOCATION
        dataset.access_entries = entries.get(name, [])
        found = client.create_dataset(dataset, exists_ok=True)
        if missing := [entry for entry in dataset.access_entries if entry not in found.access_entries]:
            found.access_entries = [*found.access_entries, *missing]
            client.update_dataset(found, ["access_entries"])


def aws_session() -> boto3.Session:
    """A session that uses the sandbox's AWS whatever the user's own settings are."""
    return boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name=names.AWS_REGION)


def buckets(home: Path, state: State) -> None:
    """The landing bucket (GCS), the export bucket and the bucket of the seed (S3)."""
    gcs = storage.Client(
        project=names.PROJECT,
        credentials=credentials(home, "platform"),
        client_options={"api_endpoint": url(state, "storage")},
    )
    with contextlib.suppress(Conflict):
        gcs.create_bucket(names.LANDING_BUCKET, location=names.LOCATION)
    s3 = aws_session().client("s3", endpoint_url=url(state, "aws"), config=Config(s3={"addressing_style": "path"}))
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for name in {names.EXPORT_BUCKET, names.SEED_BUCKET} - existing:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": names.AWS_REGION})
