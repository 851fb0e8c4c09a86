"""What a column does not depend on cannot change it: random queries run twice, with other secrets each time."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
import sqlglot

from governance.lineage.flow import Origin, Value
from governance.lineage.parsing import parse
from governance.lineage.queries import Queries
from governance.lineage.scope import Relation, Scope
from tests.unit.governance.random_queries import LIST, SECRETS, TABLES, TEXT, Writer

ROWS = 12
QUERIES = 150
KNOWN = {
    table: Relation(tuple((name, Value(frozenset({Origin(table, name)}))) for name in columns))
    for table, columns in TABLES.items()
}


def cell(data_type: str, seed: int) -> Any:
    number = seed * 7919 % 13
    if data_type == TEXT:
        return None if number == 5 else "abcde"[number % 5] * (1 + number % 3)
    # Lists of one length: how many rows an array unfolds into is another test's.
    return [number, number * 3 % 5] if data_type == LIST else None if number == 7 else number


def database(secret: int) -> duckdb.DuckDBPyConnection:
    """The two tables; all but the secret columns are the same whatever `secret` is."""
    connection = duckdb.connect()
    kinds = {TEXT: "VARCHAR", LIST: "BIGINT[]"}
    for table, columns in TABLES.items():
        listed = ", ".join(f"{name} {kinds.get(known, 'BIGINT')}" for name, known in columns.items())
        connection.execute(f"CREATE TABLE {table} ({listed})")
        for row in range(ROWS):
            values = []
            for position, (name, known) in enumerate(columns.items()):
                key = {"k": row, "g": row % 3}.get(name)
                seed = row * 31 + position * 17 + (secret * 101 if (table, name) in SECRETS else 0)
                values.append(cell(known, seed) if key is None else key)
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    return connection


@pytest.fixture(scope="module")
def databases() -> Iterator[list[duckdb.DuckDBPyConnection]]:
    connections = [database(secret) for secret in range(3)]
    yield connections
    for connection in connections:
        connection.close()


def columns_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[list[str]]:
    """The values of each column, in an order of their own."""
    rows = connection.execute(sql).fetchall()
    return [sorted(map(repr, column)) for column in zip(*rows, strict=True)]


def is_secret(origin: Origin) -> bool:
    return (origin.relation, origin.column) in SECRETS


def secrets_of(value: Value) -> set[tuple[str, str]]:
    return {(origin.relation, origin.column) for origin in value.everything()} & SECRETS


def test_a_column_that_changes_with_a_secret_is_told_to_depend_on_it(
    databases: list[duckdb.DuckDBPyConnection],
) -> None:
    changed = silent = 0
    for seed in range(QUERIES):
        sql = Writer(seed).query()
        relation = Queries({}.get, is_secret, "project", {}).query(parse(sql).query, Scope(tables=KNOWN))
        (translated,) = sqlglot.transpile(sql, read="bigquery", write="duckdb")
        results = [columns_of(connection, translated) for connection in databases]
        assert all(len(result) in (0, len(relation.columns)) for result in results), sql
        for position, (name, value) in enumerate(relation.columns):
            assert not any(origin.unknown for origin in value.everything()), f"seed {seed}: {name} of {sql}"
            seen = {tuple(result[position]) for result in results if result}
            if len(seen) > 1:
                changed += 1
                assert secrets_of(value), f"seed {seed}: {name} changes, of {sql}"
            elif not secrets_of(value):
                silent += 1
    assert changed > 150
    assert silent > 150
