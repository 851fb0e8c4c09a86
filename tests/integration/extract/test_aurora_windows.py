"""Tables in query mode over several windows: what staging makes of raw is what the store held when it was read."""

import datetime
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner

from extract.contract import Table
from extract.contract_file import read
from extract.delivery import Receipt
from extract.window import Window, for_date
from sandbox import environment
from tests.integration.extract.support import YESTERDAY, Cloud

DBT = Path(__file__).parents[3] / "dbt_project"
HOUR = datetime.timedelta(hours=1)
COLUMNS = {"id": "INT64", "note": "STRING", "updated_at": "TIMESTAMP"}
WHOLE, CHANGED = "whole", "changed"
MODES: dict[str, dict[str, str]] = {
    WHOLE: {"mode": "query"},
    CHANGED: {"mode": "query", "cursor": "updated_at", "lookback": "2h", "full_every": "3d"},
}
MODEL = """
select id, note, updated_at
from (select {{{{ decode('raw_aurora', '{table}') }}}}
      from (select {{{{ deliver('raw_aurora', '{table}') }}}} from {{{{ current_rows('raw_aurora', '{table}') }}}}))
"""
Rows = dict[int, tuple[str, datetime.datetime]]
"""The note of each row and when it changed last, by id."""


@dataclass
class Store:
    """A table that is delivered whole and one that is delivered as changes, of the same rows; and a dbt project."""

    cloud: Cloud
    project: Path
    tables: dict[str, Table]
    rows: Rows = field(default_factory=dict)

    def put(self, identifier: int, note: str, at: datetime.datetime) -> None:
        """Insert a row, or replace it."""
        self.rows[identifier] = (note, at)
        values = f"{identifier}, '{note}', '{at}'"
        conflict = "ON CONFLICT (id) DO UPDATE SET note = excluded.note, updated_at = excluded.updated_at"
        self.cloud.sql(*(f"INSERT INTO {table.name} VALUES ({values}) {conflict}" for table in self.tables.values()))

    def delete(self, identifier: int) -> None:
        del self.rows[identifier]
        self.cloud.sql(*(f"DELETE FROM {table.name} WHERE id = {identifier}" for table in self.tables.values()))

    def day(self, window: Window) -> str:
        """Deliver, load and stage a window; what kind of delivery the table with the cursor had."""
        outcomes = self.cloud.run(self.cloud.source_query(), *self.tables.values(), window=window)
        assert all(isinstance(outcome, Receipt) for outcome in outcomes.values()), outcomes
        folders = [f"--{name}={self.project}" for name in ("project-dir", "profiles-dir", "target-path", "log-path")]
        built = dbtRunner().invoke(["run", "--quiet", *folders, "--vars", f"{{window_date: {window.date}}}"])
        assert built.success, built
        receipt = outcomes[self.tables[CHANGED].name]
        assert isinstance(receipt, Receipt)
        return receipt.kind

    def staged(self, mode: str) -> Rows:
        found = list(self.cloud.bigquery.query_and_wait(f"SELECT * FROM staging.stg_{self.tables[mode].name}"))
        rows = {row["id"]: (row["note"], row["updated_at"]) for row in found}
        assert len(rows) == len(found)
        return rows

    def changes(self, window: Window) -> set[int]:
        return {row["id"] for row in self.cloud.rows(self.tables[CHANGED], window)}


@pytest.fixture
def store(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Empty tables, their contract, and a staging model of each."""
    for name, value in environment.variables(cloud.home, cloud.state).items():
        monkeypatch.setenv(name, value)
    names = {mode: cloud.name(mode) for mode in MODES}
    models = tmp_path / "models" / "staging"
    models.mkdir(parents=True)
    columns = [{"name": name, "data_type": data_type, "description": "-"} for name, data_type in COLUMNS.items()]
    entries: list[dict[str, Any]] = []
    for mode, name in names.items():
        cloud.sql(f"CREATE TABLE {name} (id bigint PRIMARY KEY, note text, updated_at timestamptz NOT NULL)")
        config = {"meta": {"extract": {**MODES[mode], "relation": f"public.{name}", "key": ["id"]}}}
        entries.append({"name": name, "description": "Rows.", "config": config, "columns": columns})
        (models / f"stg_{name}.sql").write_text(MODEL.format(table=name))
    contract = models / "_aurora__sources.yml"
    contract.write_text(yaml.safe_dump({"sources": [{"name": "raw_aurora", "tables": entries}]}))
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(DBT / name, tmp_path)
    shutil.copytree(DBT / "macros", tmp_path / "macros")
    tables = {table.name: table for table in read(contract)}
    return Store(cloud, tmp_path, {mode: tables[name] for mode, name in names.items()})


def test_staging_holds_what_the_store_held_when_each_window_was_read(store: Store) -> None:
    days = [for_date(YESTERDAY - datetime.timedelta(days=ago), "UTC") for ago in range(4, -1, -1)]

    for identifier in (1, 2, 3, 4):
        store.put(identifier, "first", days[0].start + HOUR)
    assert store.day(days[0]) == "full"
    assert store.staged(WHOLE) == store.staged(CHANGED) == store.rows

    deleted = store.rows[2]
    store.put(1, "changed", days[1].start)
    store.put(5, "inserted", days[1].end - HOUR)
    store.delete(2)
    store.put(3, "changed after the end and before it was read", days[1].end + HOUR)
    assert store.day(days[1]) == "changes"
    assert store.changes(days[1]) == {1, 3, 5}
    assert store.staged(WHOLE) == store.rows
    assert store.staged(CHANGED) == {**store.rows, 2: deleted}  # until the next full delivery

    store.put(6, "late, and within the lookback", days[2].start - 2 * HOUR)
    store.put(7, "later than the lookback", days[2].start - 3 * HOUR)
    store.put(1, "changed again", days[2].start + HOUR)
    assert store.day(days[2]) == "changes"
    assert store.changes(days[2]) == {1, 3, 5, 6}  # 3 again, for it changed in this window
    assert store.staged(WHOLE) == store.rows
    assert store.staged(CHANGED) == {**{id: row for id, row in store.rows.items() if id != 7}, 2: deleted}

    store.delete(1)
    assert store.day(days[3]) == "full"
    assert store.staged(WHOLE) == store.staged(CHANGED) == store.rows

    store.put(2, "back", days[4].start + HOUR)
    store.put(5, "changed", days[4].start + HOUR)
    assert store.day(days[4]) == "changes"
    assert store.staged(WHOLE) == store.staged(CHANGED) == store.rows
