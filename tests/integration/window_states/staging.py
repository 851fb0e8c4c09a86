"""A dbt project with the platform's own macros and the tables of this test, one staging model a table."""

import datetime
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from extract.contract import Table
from extract.contract_file import read

DBT = Path(__file__).parents[3] / "dbt_project"
MODEL = """
{{{{ config(materialized='{materialized}') }}}}

with

delivered as (select {{{{ deliver('{dataset}', '{name}') }}}} from {{{{ current_rows('{dataset}', '{name}') }}}}),

decoded as (select {{{{ decode('{dataset}', '{name}') }}}} from delivered)

select {columns}, {{{{ undecoded('{dataset}', '{name}') }}}} as _undecoded{delivered_on}
from decoded
"""

State = dict[str, tuple[str | None, int | None]]
"""What a table holds: name and amount by key; the parts of a composite key are joined by a slash."""


@dataclass(frozen=True)
class Project:
    """`folder` is the project's own; the settings that find the warehouse are in the process's environment."""

    folder: Path
    client: bigquery.Client

    def tables(self, contracts: Sequence[dict[str, Any]]) -> list[Table]:
        """Write the contracts and a staging model for each; the contracts as extraction reads them."""
        for name in ("macros", "dbt_project.yml", "profiles.yml"):
            (shutil.copytree if (DBT / name).is_dir() else shutil.copy)(DBT / name, self.folder / name)
        models = self.folder / "models" / "staging"
        models.mkdir(parents=True)
        shutil.copy(DBT / "models" / "_groups.yml", models.parent)
        # JSON is YAML.
        (models / "_test__sources.yml").write_text(json.dumps({"version": 2, "sources": list(contracts)}))
        tables = list(read(models))
        for table in tables:
            columns = ", ".join(column.name for column in table.columns)
            materialized, delivered_on = ("changes", ", _delivered_on") if table.full_every else ("table", "")
            model = MODEL.format(
                dataset=table.dataset,
                name=table.name,
                columns=columns,
                materialized=materialized,
                delivered_on=delivered_on,
            )
            (models / f"stg_{table.name}.sql").write_text(model)
        return tables

    def staged(self, tables: Sequence[Table], day: datetime.date) -> dict[str, State]:
        """What staging holds of each table for the window of a day."""
        target = self.folder / "target"
        folders = ["--project-dir", self.folder, "--profiles-dir", self.folder, "--target-path", target]
        options = [*folders, "--log-path", target, "--vars", json.dumps({"window_date": day.isoformat()}), "--quiet"]
        finished = dbtRunner().invoke(["run", *map(str, options)])
        assert isinstance(finished.result, RunExecutionResult), finished.exception
        assert {str(result.status) for result in finished.result} == {"success"}, [r.message for r in finished.result]
        return {table.name: self._state(table) for table in tables}

    def brought_forward(self, tables: Sequence[Table]) -> set[str]:
        """The tables that the last run has merged the window's changes into, instead of building them in whole."""
        found = {table.name: self.client.get_table(f"staging.stg_{table.name}").labels for table in tables}
        return {name for name, labels in found.items() if "before" in labels}

    def _state(self, table: Table) -> State:
        rows = [dict(row) for row in self.client.query_and_wait(f"select * from staging.stg_{table.name}")]
        assert not [row for row in rows if row["_undecoded"]]
        state = {"/".join(str(row[name]) for name in table.key): (row["name"], row["amount"]) for row in rows}
        assert len(state) == len(rows), f"{table}: a key is staged twice"
        return state
