"""The servers of the sandbox as the tests of extraction use them, with small stores of the tests' own."""

import datetime
import gzip
import itertools
import json
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
from google.cloud import storage

from extract.aurora import Aurora
from extract.aurora_postgres import postgres as snapshot_of_postgres
from extract.aurora_query import AuroraQuery
from extract.aurora_reader import Reader
from extract.contract import Column, Table
from extract.delivery import Delivery, Failure, File, Format, RawColumn, Receipt, fingerprint
from extract.dynamodb import DynamoDB
from extract.landing import Landing
from extract.outside import AWS_CONFIG
from extract.polling import ticks
from extract.raw import Warehouse
from extract.receipts import Receipts
from extract.run import run
from extract.source import Source
from extract.transfer import Transfers
from extract.window import Window, for_date
from sandbox import environment, names, postgres, provision
from sandbox.state import State

TAGS = {tag: names.policy_tag(tag) for tag in names.TAGS}
YESTERDAY = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
WINDOW = for_date(YESTERDAY, "UTC")
BEFORE = for_date(YESTERDAY - datetime.timedelta(days=1), "UTC")
DATASETS = ("raw_dynamodb", "raw_aurora", "raw_stripe", "raw_sheets", "ops")


@dataclass
class Cloud:
    """The running servers, their clients, and what the tests do to the stores."""

    home: Path
    state: State
    report: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        session = provision.aws_session()
        url = environment.url(self.state, "aws")
        self.dynamodb = session.client("dynamodb", endpoint_url=url, config=AWS_CONFIG)
        self.s3 = session.client("s3", endpoint_url=url, config=AWS_CONFIG)
        self.rds = session.client("rds", endpoint_url=url, config=AWS_CONFIG)
        self.bigquery = provision.bigquery_client(self.home, self.state, "platform")
        self.storage = storage.Client(
            project=names.PROJECT,
            credentials=provision.credentials(self.home, "loader"),
            client_options={"api_endpoint": environment.url(self.state, "storage")},
        )
        self.landing = Landing(names.LANDING_BUCKET, self.storage)
        self.services = environment.url(self.state, "services")
        self.loader = provision.bigquery_client(self.home, self.state, "loader")
        receipts = Receipts(self.bigquery, names.LOCATION)
        self.warehouse = Warehouse(self.loader, self.landing, TAGS, names.LOCATION, self.transfers(), receipts=receipts)

    def transfers(self, **more: Any) -> Transfers:
        """The Data Transfer Service, which sees new files at once unless told otherwise."""
        base, credentials = f"{self.services}/datatransfer", provision.credentials(self.home, "loader")
        settings = {"file_age": 0.0, "credentials": credentials, "s3": lambda: self.s3, **more}
        return Transfers(names.PROJECT, names.LOCATION, base, **settings)

    def name(self, prefix: str = "table") -> str:
        """A name that no other test uses."""
        return f"{prefix}{next(self._numbers)}"

    def post(self, server: str, path: str, body: Any, method: str = "POST") -> Any:
        """Ask a server of the sandbox for something that a cloud cannot be asked for."""
        request = urllib.request.Request(
            environment.url(self.state, server) + path, json.dumps(body).encode(), method=method
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    # DynamoDB

    def import_items(
        self, name: str, items: Sequence[dict[str, Any]], key: Sequence[tuple[str, str]] = (("id", "N"),)
    ) -> None:
        """A DynamoDB table that held these items at all times; `key` has the names and types of its key's parts."""
        folder = f"import/{name}/"
        lines = "".join(json.dumps({"Item": item}) + "\n" for item in items)
        self.s3.put_object(Bucket=names.SEED_BUCKET, Key=f"{folder}1.json.gz", Body=gzip.compress(lines.encode()))
        self.dynamodb.import_table(
            S3BucketSource={"S3Bucket": names.SEED_BUCKET, "S3KeyPrefix": folder},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters={
                "TableName": name,
                "AttributeDefinitions": [{"AttributeName": part, "AttributeType": kind} for part, kind in key],
                "KeySchema": [
                    {"AttributeName": part, "KeyType": role}
                    for (part, _), role in zip(key, ("HASH", "RANGE"), strict=False)
                ],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        for _ in ticks(30):
            if self.dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE":
                break
        self.recovery(name, True)

    def recovery(self, name: str, enabled: bool) -> None:
        """Switch a table's point-in-time recovery."""
        self.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
        )

    def exports(self, name: str) -> list[str]:
        """The ARNs of a DynamoDB table's exports."""
        arn = self.dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        return [export["ExportArn"] for export in self.dynamodb.list_exports(TableArn=arn)["ExportSummaries"]]

    def source_dynamodb(self) -> DynamoDB:
        return DynamoDB("", names.EXPORT_BUCKET, self.dynamodb, self.s3)

    # Aurora

    def sql(self, *statements: str) -> None:
        """Run statements in the product's PostgreSQL."""
        with (
            postgresql.connect(postgres.dsn(self.state.servers["postgres"].port)) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    def cluster(self) -> str:
        """A cluster of the test's own; each is the same PostgreSQL."""
        name = self.name("cluster-")
        self.rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="koe",
            MasterUserPassword="koe-password",
            BackupRetentionPeriod=1,
        )
        return name

    def source_aurora(self, cluster: str) -> Aurora:
        database, bucket = names.AURORA_DATABASE, names.EXPORT_BUCKET
        return Aurora(cluster, database, bucket, names.EXPORT_ROLE, names.EXPORT_KMS_KEY, self.rds, self.s3)

    def reader(self, **changes: Any) -> Reader:
        """The product's PostgreSQL as a reader endpoint, with some settings changed."""
        port = self.state.servers["postgres"].port
        reader = Reader("localhost", port, postgres.DATABASE, postgres.USER, lambda: postgres.PASSWORD, "disable")
        return replace(reader, **changes)

    def source_query(self, **changes: Any) -> AuroraQuery:
        return AuroraQuery(self.reader(**changes), snapshot_of_postgres)

    # What comes out

    def deliver(self, source: Source, *tables: Table, window: Window = WINDOW) -> dict[str, Delivery | Failure]:
        """Deliver without loading; outcomes by table."""
        outcomes = source.deliver(tables, window, self.landing, self.report.append)
        return {o.table.name if isinstance(o, Failure) else o.table: o for o in outcomes}

    def run(self, source: Source, *tables: Table, window: Window = WINDOW) -> dict[str, Receipt | Failure]:
        """Deliver and load; outcomes by table."""
        outcomes = run(source, tables, window, self.landing, self.warehouse, self.report.append)
        return {o.table.name if isinstance(o, Failure) else o.table_name: o for o in outcomes}

    def load(self, source: Source, table: Table, window: Window = WINDOW) -> Receipt:
        """Deliver and load one table, which must succeed."""
        [outcome] = self.run(source, table, window=window).values()
        assert isinstance(outcome, Receipt), outcome
        return outcome

    def fail(self, source: Source, table: Table, window: Window = WINDOW) -> Exception:
        """Deliver and load one table, which must fail; the error."""
        [outcome] = self.run(source, table, window=window).values()
        assert isinstance(outcome, Failure), outcome
        assert "\n" not in str(outcome.error)
        return outcome.error

    def rows(self, table: Table, window: Window = WINDOW) -> list[dict[str, Any]]:
        """The rows of a raw partition, whatever their order."""
        query = f"SELECT * FROM {table.dataset}.{table.name} WHERE _PARTITIONTIME = TIMESTAMP('{window.date}')"
        rows = [dict(row.items()) for row in self.bigquery.query_and_wait(query)]
        return sorted(rows, key=lambda row: json.dumps(row, default=str, sort_keys=True))


def progress(cloud: Cloud, what: str) -> list[str]:
    """The lines that say how far something has come, which end with a rate."""
    return [line for line in cloud.report if line.startswith(f"{what}: ") and line.endswith("/s")]


def dynamodb_table(name: str, mode: str = "full", **more: Any) -> Table:
    """The contract of a DynamoDB table of the same name."""
    columns = (Column("id", "INT64", "Number."), Column("text", "STRING", "Words.", policy_tag="pii"))
    return Table("dynamodb", name, "Items.", name, mode, ("id",), columns, **more)


def aurora_table(name: str, *columns: Column, mode: str = "snapshot", **more: Any) -> Table:
    """The contract of a PostgreSQL table of the same name in the schema public."""
    columns = columns or (
        Column("id", "INT64", "Number."),
        Column("email", "STRING", "Address.", policy_tag="pii"),
    )
    return Table("aurora", name, "Rows.", f"public.{name}", mode, ("id",), columns, **more)


def land(cloud: Cloud, table: Table, lines: Sequence[str], window: Window = WINDOW, **more: Any) -> Delivery:
    """A landed delivery of one file with these lines."""
    content = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
    identifier = fingerprint(lines)
    name = f"{cloud.landing.folder(table, window, identifier)}1.json.gz"
    file = File(name, len(content), cloud.landing.put(name, BytesIO(content), len(content)), len(lines))
    delivery = Delivery.of(
        table,
        window,
        id=identifier,
        format=Format.JSON,
        files=(file,),
        columns=(RawColumn("Item", "JSON"),),
        fingerprint=identifier,
        position="then",
    )
    return replace(delivery, **more)


def lines(count: int) -> list[str]:
    return [json.dumps({"Item": {"id": {"N": str(number)}}}) for number in range(count)]
