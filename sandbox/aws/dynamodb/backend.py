"""moto's DynamoDB backend with tables on disk; every change of a table's definition is written down at once."""

import threading
import types
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import moto.dynamodb.urls
from moto.dynamodb.exceptions import (
    MockValidationException,
    ResourceInUseException,
    ResourceNotFoundException,
    TableNotFoundException,
)
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item

from sandbox.aws.dynamodb import definitions
from sandbox.aws.dynamodb.exports import Exports, TableExport
from sandbox.aws.dynamodb.handler import Handler
from sandbox.aws.dynamodb.imports import TableImport
from sandbox.aws.dynamodb.table import DiskTable
from sandbox.aws.faults import Faults


class DiskBackend(DynamoDBBackend):
    """The tables of one account and region, below `root`."""

    root: Path
    faults: Faults

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.exports = Exports(self.faults)
        self.imports: dict[str, TableImport] = {}
        self._creating = threading.Lock()

    @property
    def _url_module(self) -> Any:
        """moto looks for a backend's addresses beside its module; ours are moto's, answered by our handler."""
        return types.SimpleNamespace(url_bases=moto.dynamodb.urls.url_bases, url_paths={"{0}/": Handler.dispatch})

    def adopt(self, table: DiskTable) -> None:
        """Takes over a table that was found on disk."""
        self.tables[table.name] = table

    def get_table(self, table_name: str) -> DiskTable:
        """By name or ARN. Raises ResourceNotFoundException, also for a table that is still being imported."""
        table = super().get_table(table_name)
        assert isinstance(table, DiskTable)
        if table.status != "ACTIVE":
            raise ResourceNotFoundException
        return table

    def create_table(self, name: str, *arguments: Any, **named: Any) -> DiskTable:
        """As moto's, on disk."""
        table = self._register(name, False, *arguments, **named)
        table.folder.mkdir(parents=True)
        table.open()
        definitions.save(table)
        return table

    def _register(self, name: str, imported: bool, *arguments: Any, **named: Any) -> DiskTable:
        with self._creating:
            if name in self.tables:
                raise ResourceInUseException(f"Table already exists: {name}")
            table_id = str(uuid.uuid4())
            place = {"account_id": self.account_id, "region": self.region_name}
            folder = self.root / table_id
            table = DiskTable(  # type: ignore[abstract]
                name, *arguments, table_id=table_id, folder=folder, imported=imported, **place, **named
            )
            self.tables[name] = table
            return table

    def describe_table(self, name: str) -> dict[str, Any]:
        """As moto's; a table that is being imported has the status CREATING."""
        table = self.tables.get(name)
        return table.describe(base_key="Table") if table else super().describe_table(name)

    def delete_table(self, name: str) -> DiskTable:
        """As moto's, and its items are gone from disk."""
        table = super().delete_table(name)
        assert isinstance(table, DiskTable)
        definitions.remove(table)
        return table

    def update_table(self, name: str, *arguments: Any, **named: Any) -> DiskTable:
        """As moto's."""
        super().update_table(name, *arguments, **named)
        return self._saved(name)

    def update_time_to_live(self, table_name: str, ttl_spec: dict[str, Any]) -> None:
        """As moto's; nothing is deleted when its time is up."""
        super().update_time_to_live(table_name, ttl_spec)
        self._saved(table_name)

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """As moto's."""
        super().tag_resource(arn, tags)
        self._saved(arn)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """As moto's."""
        super().untag_resource(arn, tag_keys)
        self._saved(arn)

    def _saved(self, name: str) -> DiskTable:
        table = self.get_table(name)
        definitions.save(table)
        return table

    def update_item(self, table_name: str, *arguments: Any, **named: Any) -> Item:
        """As moto's, which changes the item that it has got; it is written back here."""
        table = self.get_table(table_name)
        with table.store.transaction():
            item = super().update_item(table_name, *arguments, **named)
            table.items.put(item)
            return item

    def delete_item(self, table_name: str, *arguments: Any, **named: Any) -> Item | None:
        """As moto's: checking and deleting are one transaction."""
        with self.get_table(table_name).store.transaction():
            return super().delete_item(table_name, *arguments, **named)

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        """As moto's; when it fails, the stores undo it."""
        names = {operation.get("TableName") for item in transact_items for operation in item.values()}
        with self._transaction(names):
            super().transact_write_items(transact_items)

    def execute_transaction(self, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """As moto's, but all or nothing."""
        with self._transaction(set(self.tables)):
            return super().execute_transaction(statements)

    @contextmanager
    def _transaction(self, names: set[str]) -> Iterator[None]:
        tables = {id(table): table for name in names if (table := self._active(name))}
        with ExitStack() as stack:
            # In one order for all, so that two transactions never wait for each other.
            for table in sorted(tables.values(), key=lambda table: table.name):
                stack.enter_context(table.store.transaction())
            yield

    def _active(self, name: str) -> DiskTable | None:
        try:
            return self.get_table(name)
        except ResourceNotFoundException:
            return None

    def _table_of(self, name: str) -> DiskTable:
        try:
            return self.get_table(name)
        except ResourceNotFoundException:
            raise TableNotFoundException(name) from None

    def describe_continuous_backups(self, table_name: str) -> dict[str, Any]:
        """The ContinuousBackupsDescription with the times between which the table can be exported."""
        table = self._table_of(table_name)
        if table.recovery_since is None:
            recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
        else:
            recovery = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": 35,
                "EarliestRestorableDateTime": datetime.fromtimestamp(table.earliest, UTC),
                "LatestRestorableDateTime": datetime.now(UTC),
            }
        return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}

    def update_continuous_backups(self, table_name: str, point_in_time_spec: dict[str, Any]) -> dict[str, Any]:
        """Switches point-in-time recovery."""
        table = self._table_of(table_name)
        if not point_in_time_spec["PointInTimeRecoveryEnabled"]:
            table.recovery_since = None
        elif table.recovery_since is None:
            table.recovery_since = datetime.now(UTC).timestamp()
        definitions.save(table)
        return self.describe_continuous_backups(table_name)

    def start_import(self, request: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        """Starts an ImportTable request; `parameters` are those of create_table. Returns it in progress."""
        table = self._register(imported=True, **parameters)

        def done(loaded: bool) -> None:
            if loaded:
                table.open()
                definitions.save(table)
            else:
                del self.tables[table.name]

        started = TableImport(request, table, done)
        self.imports[started.arn] = started
        # Asked before it begins: a small one may be done by the time of the answer.
        description = started.describe()
        started.start()
        return description

    def start_export(self, request: dict[str, Any]) -> TableExport:
        """Starts an ExportTableToPointInTime request."""
        return self.exports.start(request, self._table_of(request["TableArn"]))

    def _no_backups(self, *arguments: Any, **named: Any) -> Any:
        raise MockValidationException("the sandbox has no backups of tables: export the table instead")

    create_backup: Callable[..., Any] = _no_backups
    restore_table_from_backup: Callable[..., Any] = _no_backups
    restore_table_to_point_in_time: Callable[..., Any] = _no_backups


def install(root: Path, faults: Faults) -> None:
    """Makes moto use tables on disk, and brings those back that lie below `root`."""
    DiskBackend.root, DiskBackend.faults = root, faults
    dynamodb_backends.backend = DiskBackend
    for table in definitions.load(root):
        backend = dynamodb_backends[table.account_id][table.region_name]
        assert isinstance(backend, DiskBackend)
        backend.adopt(table)
