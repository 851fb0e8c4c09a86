"""The stores under test: what may happen in each at random, and what each holds by then."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sandbox import names
from tests.integration.extract import stripe_account
from tests.integration.extract.support import Cloud
from tests.integration.window_states.runs import SPREADSHEET
from tests.integration.window_states.staging import State

NAMES = ("名前", "", None, 'O\'Neill "x"', "a\tb\nc", "#REF", "007", "null")


class Store(Protocol):
    """`state` is what it holds now."""

    state: State

    def write(self, chance: random.Random, at: datetime) -> None:
        """Insert, update or delete a row, at a time of the store's clock."""


@dataclass
class DynamoDB:
    """A table with a composite key; an item lacks a name, has none, or an empty one."""

    cloud: Cloud
    table: str
    state: State = field(default_factory=dict)

    def __post_init__(self) -> None:
        items = [{"id": {"N": "0"}, "part": {"S": "of old"}, "name": {"S": "first"}}]
        self.cloud.import_items(self.table, items, [("id", "N"), ("part", "S")])
        self.state["0/of old"] = ("first", None)

    def write(self, chance: random.Random, at: datetime) -> None:
        self.cloud.post("aws", "/_kura/clock", {"now": at.timestamp()})
        number, part = str(chance.randrange(3)), chance.choice(["a", "b", "of old"])
        key: dict[str, Any] = {"id": {"N": number}, "part": {"S": part}}
        if chance.random() < 0.3:
            self.cloud.dynamodb.delete_item(TableName=self.table, Key=key)
            self.state.pop(f"{number}/{part}", None)
            return
        name, amount = chance.choice(NAMES), chance.choice([None, chance.randrange(-5, 10**9)])
        item = dict(key)
        if name is not None or chance.random() < 0.5:
            item["name"] = {"NULL": True} if name is None else {"S": name}
        if amount is not None:
            item["amount"] = {"N": str(amount)}
        self.cloud.dynamodb.put_item(TableName=self.table, Item=item)
        self.state[f"{number}/{part}"] = (name, amount)


@dataclass
class Database:
    """A table of rows that say when they changed; `sql` runs statements in PostgreSQL or in MySQL.

    `instant` is the engine's type of an instant without a zone, which the platform takes to be in UTC.
    """

    sql: Callable[..., None]
    table: str
    instant: str
    state: State = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = f"id varchar(8) primary key, name text, amount bigint, updated_at {self.instant}"
        self.sql(f"create table {self.table} ({columns})")

    def write(self, chance: random.Random, at: datetime) -> None:
        key = f"row {chance.randrange(8)}"
        statements = [f"delete from {self.table} where id = '{key}'"]
        self.state.pop(key, None)
        if chance.random() < 0.7:
            name, amount = chance.choice(NAMES), chance.choice([None, chance.randrange(10**9)])
            values = [key, name, amount, at.replace(tzinfo=None)]
            statements.append(f"insert into {self.table} values ({', '.join(map(_literal, values))})")
            self.state[key] = (name, amount)
        self.sql(*statements)


@dataclass
class Stripe:
    """The customers of an account, which has none at first."""

    cloud: Cloud
    state: State = field(default_factory=dict)

    def __post_init__(self) -> None:
        customers = stripe_account.client(self.cloud).v1.customers
        for customer in customers.list({"limit": 100}).auto_paging_iter():
            customers.delete(customer.id)

    def write(self, chance: random.Random, at: datetime) -> None:
        customers = stripe_account.client(self.cloud).v1.customers
        # Neither null nor an empty text is a name that a customer can be given.
        name, amount = str(chance.choice(NAMES) or chance.random()), chance.randrange(10**6)
        with stripe_account.clock_at(self.cloud, at):
            if self.state and chance.random() < 0.6:
                key = chance.choice(sorted(self.state))
                if chance.random() < 0.4:
                    customers.delete(key)
                    del self.state[key]
                    return
                customers.update(key, {"name": name, "balance": amount})
            else:
                key = customers.create({"name": name, "balance": amount}).id
            self.state[key] = (name, amount)


@dataclass
class Sheet:
    """A worksheet whose rows and columns are moved about, with blank rows between."""

    cloud: Cloud
    worksheet: str
    state: State = field(default_factory=dict)

    def write(self, chance: random.Random, at: datetime) -> None:
        key = f"row {chance.randrange(8)}"
        self.state.pop(key, None)
        if chance.random() < 0.7 or not self.state:
            self.state[key] = (chance.choice(NAMES) or None, chance.choice([None, chance.randrange(10**9)]))
        columns = chance.sample(["id", "name", "amount"], 3)
        rows: list[list[Any]] = []
        for identifier, (name, amount) in chance.sample(sorted(self.state.items()), len(self.state)):
            cells = {"id": identifier, "name": name or "", "amount": "" if amount is None else amount}
            rows.append([cells[column] for column in columns])
            rows += [[]] * chance.randrange(2)
        sheets = [{"title": self.worksheet, "values": [columns, *rows]}]
        spreadsheet = {"spreadsheetId": SPREADSHEET, "sharedWith": [names.PLATFORM], "sheets": sheets}
        self.cloud.post("services", "/_kura/sheets", {"spreadsheet": {**spreadsheet, "title": "planning"}})


def _literal(value: Any) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"
