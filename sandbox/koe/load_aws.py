"""The DynamoDB tables, by ImportTable from S3; and the Aurora cluster that the exports name."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.names import AURORA_CLUSTER, AURORA_DATABASE, DYNAMODB_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableCreationParametersTypeDef
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_s3 import S3Client

TABLES: tuple["TableCreationParametersTypeDef", ...] = (
    {
        "TableName": f"{DYNAMODB_PREFIX}voices",
        "AttributeDefinitions": [{"AttributeName": "voiceId", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "voiceId", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": f"{DYNAMODB_PREFIX}generations",
        "AttributeDefinitions": [
            {"AttributeName": "userId", "AttributeType": "N"},
            {"AttributeName": "generationId", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "userId", "KeyType": "HASH"},
            {"AttributeName": "generationId", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    },
)
SNAPSHOT = f"{AURORA_CLUSTER}-seed"
POLL_SECONDS = 0.1
IMPORT_SECONDS = 900


def import_tables(directory: Path, dynamodb: "DynamoDBClient", s3: "S3Client", bucket: str) -> None:
    """Make the tables anew from `directory/<table>/*.json.gz` and turn point-in-time recovery on.

    The bucket holds the files only for as long as it takes. Raises SandboxError, with the reason, when an import fails.
    """
    imports = {}
    for parameters in TABLES:
        table = parameters["TableName"]
        prefix = f"dynamodb/{table}/"
        _delete_table(dynamodb, table)
        _delete_objects(s3, bucket, prefix)
        for path in sorted((directory / table).iterdir()):
            s3.put_object(Bucket=bucket, Key=prefix + path.name, Body=path.read_bytes())
        started = dynamodb.import_table(
            S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters=parameters,
        )
        imports[table] = started["ImportTableDescription"]["ImportArn"]
    deadline = time.monotonic() + IMPORT_SECONDS
    for table, arn in imports.items():
        _await_import(dynamodb, table, arn, deadline)
        dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        _delete_objects(s3, bucket, f"dynamodb/{table}/")


def register_cluster(rds: "RDSClient") -> None:
    """Make RDS know the cluster whose database the PostgreSQL server holds, with a snapshot of its present state."""
    clusters = rds.describe_db_clusters()["DBClusters"]
    if AURORA_CLUSTER not in [cluster["DBClusterIdentifier"] for cluster in clusters]:
        rds.create_db_cluster(
            DBClusterIdentifier=AURORA_CLUSTER,
            Engine="aurora-postgresql",
            DatabaseName=AURORA_DATABASE,
            MasterUsername="koe",
            MasterUserPassword="koe-sandbox",
        )
    snapshots = rds.describe_db_cluster_snapshots(DBClusterIdentifier=AURORA_CLUSTER)["DBClusterSnapshots"]
    if SNAPSHOT in [snapshot["DBClusterSnapshotIdentifier"] for snapshot in snapshots]:
        rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=SNAPSHOT)
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier=SNAPSHOT, DBClusterIdentifier=AURORA_CLUSTER)


def _delete_table(dynamodb: "DynamoDBClient", table: str) -> None:
    try:
        dynamodb.delete_table(TableName=table)
    except dynamodb.exceptions.ResourceNotFoundException:
        return
    dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def _delete_objects(s3: "S3Client", bucket: str, prefix: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for stored in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=stored["Key"])


def _await_import(dynamodb: "DynamoDBClient", table: str, arn: str, deadline: float) -> None:
    while True:
        description = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        if description["ImportStatus"] == "COMPLETED":
            return
        if description["ImportStatus"] != "IN_PROGRESS":
            reason = description.get("FailureMessage") or description["ImportStatus"]
            raise SandboxError(f"DynamoDB did not import {table}: {reason}")
        if time.monotonic() > deadline:
            raise SandboxError(f"DynamoDB did not import {table} within {IMPORT_SECONDS} s")
        time.sleep(POLL_SECONDS)
