"""What each type becomes, raw and declared, proven on real servers; the cases are those of docs/aurora_types.md."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from extract.aurora_mysql import mysql
from extract.aurora_query import AuroraQuery
from extract.contract import Column, Table
from extract.source import Source
from sandbox import environment, names
from tests.aurora_types import MYSQL, PAGE, POSTGRES, POSTGRES_SETUP, UNDECODED, Case, page
from tests.integration.extract.mariadb import MariaDB
from tests.integration.extract.support import WINDOW, Cloud

DBT = Path(__file__).parents[3] / "dbt_project"
TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}


def statements(name: str, cases: Sequence[Case]) -> tuple[str, str, str]:
    """A table with a column for each case, a row of the cases' values and a row of nulls."""
    columns = ", ".join(f"c{number} {case.type} NULL" for number, case in enumerate(cases))
    values = ", ".join(case.value for case in cases)
    return (
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, {columns})",
        f"INSERT INTO {name} VALUES (1, {values})",
        f"INSERT INTO {name} (id) VALUES (2)",
    )


def load(cloud: Cloud, source: Source, relation: str, cases: Sequence[Case]) -> Table:
    declared = [Column(f"c{number}", case.declared_type, "A case.") for number, case in enumerate(cases)]
    name = relation.rpartition(".")[2]
    table = Table("aurora", name, "Types.", relation, "query", ("id",), (Column("id", "INT64", "Number."), *declared))
    assert cloud.load(source, table).rows_loaded == 2
    return table


@pytest.fixture(scope="module")
def postgres_types(servers: Cloud) -> Table:
    name = servers.name("types")
    servers.sql(*POSTGRES_SETUP, *statements(name, POSTGRES))
    return load(servers, servers.source_query(), f"public.{name}", POSTGRES)


@pytest.fixture(scope="module")
def mysql_types(servers: Cloud, mariadb: MariaDB) -> Table:
    name = servers.name("mysql_types")
    mariadb.sql(*statements(name, MYSQL))
    return load(servers, AuroraQuery(mariadb.reader(), mysql), f"koe.{name}", MYSQL)


def check_raw(cloud: Cloud, table: Table, cases: Sequence[Case]) -> None:
    """Raw types and values are the cases', and nulls are null."""
    live = cloud.bigquery.get_table(f"{names.PROJECT}.raw_aurora.{table.name}")
    types = {column.name: TYPES.get(column.field_type, column.field_type) for column in live.schema}
    row, nulls = sorted(cloud.rows(table), key=lambda row: row["id"])
    found = [(case.type, case.value, types[f"c{i}"], repr(row[f"c{i}"])) for i, case in enumerate(cases)]
    assert found == [(case.type, case.value, case.raw_type, repr(case.raw)) for case in cases]
    assert [value for name, value in nulls.items() if name != "id"] == [None] * len(cases)


def check_declared(cloud: Cloud, table: Table, cases: Sequence[Case], patch: pytest.MonkeyPatch, target: Path) -> None:
    """What the macros of staging make of raw is what the cases say."""
    for name, value in environment.variables(cloud.home, cloud.state).items():
        patch.setenv(name, value)
    decoded = ", ".join(
        f"{{{{ aurora_decoded('c{i}', '{case.declared_type}') }}}} as d{i},"
        f" {{{{ aurora_is_present('c{i}', '{case.declared_type}') or 'false' }}}} as p{i}"
        for i, case in enumerate(cases)
    )
    shown = ", ".join(f"d{i}, p{i} and d{i} is null as u{i}" for i in range(len(cases)))
    partition = f"_PARTITIONTIME = timestamp('{WINDOW.date}')"
    query = f"select id, {shown} from (select id, {decoded} from raw_aurora.{table.name} where {partition}) order by id"
    folders = ["--project-dir", DBT, "--profiles-dir", DBT, "--target-path", target, "--log-path", target]
    compiled: Any = dbtRunner().invoke(["compile", "--inline", query, "--quiet", *map(str, folders)])
    assert compiled.success, compiled.exception
    row, nulls = cloud.bigquery.query_and_wait(compiled.result[0].node.compiled_code)
    found = [(c.type, c.value, repr(UNDECODED if row[f"u{i}"] else row[f"d{i}"])) for i, c in enumerate(cases)]
    assert found == [(case.type, case.value, repr(case.declared)) for case in cases]
    assert not any(nulls[f"u{i}"] for i in range(len(cases)))


def test_postgres_types_in_raw(cloud: Cloud, postgres_types: Table) -> None:
    check_raw(cloud, postgres_types, POSTGRES)


def test_postgres_types_as_declared(
    cloud: Cloud, postgres_types: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check_declared(cloud, postgres_types, POSTGRES, monkeypatch, tmp_path)


def test_mysql_types_in_raw(cloud: Cloud, mysql_types: Table) -> None:
    check_raw(cloud, mysql_types, MYSQL)


def test_mysql_types_as_declared(
    cloud: Cloud, mysql_types: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check_declared(cloud, mysql_types, MYSQL, monkeypatch, tmp_path)


def test_the_page_says_what_is_tested() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
