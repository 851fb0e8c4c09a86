"""Configurations, runs and their log in the SQLite file."""

import datetime
import json
import uuid
from typing import Any

from sandbox.services.database import Database

PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED = "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"
IN_PROGRESS = (PENDING, RUNNING)


def timestamp(moment: datetime.datetime | None = None) -> str:
    """A time, or now, as the API writes it."""
    return (moment or datetime.datetime.now(datetime.UTC)).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Store:
    """Bodies as the API answers them; a name's last part is the id."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection

    def add_config(self, parent: str, body: dict[str, Any], owner: str) -> dict[str, Any]:
        config = body | {"name": f"{parent}/transferConfigs/{uuid.uuid4()}", "updateTime": timestamp()}
        self._connection.execute(
            "INSERT INTO transfer_configs (name, owner, body) VALUES (?, ?, ?)",
            (config["name"], owner, json.dumps(config)),
        )
        return config

    def configs(self, parent: str) -> list[dict[str, Any]]:
        """The configurations of a project and location, oldest first."""
        rows = self._connection.execute("SELECT body FROM transfer_configs ORDER BY rowid")
        found = [json.loads(body) for (body,) in rows]
        return [config for config in found if config["name"].startswith(f"{parent}/")]

    def config(self, name: str) -> dict[str, Any] | None:
        row = self._connection.execute("SELECT body FROM transfer_configs WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def owner(self, name: str) -> str:
        """The e-mail of the account whose rights the runs of a configuration have."""
        (owner,) = self._connection.execute("SELECT owner FROM transfer_configs WHERE name = ?", (name,)).fetchone()
        return str(owner)

    def delete_config(self, name: str) -> None:
        """Forgets a configuration with its runs and their log."""
        self._connection.execute("DELETE FROM transfer_configs WHERE name = ?", (name,))

    def add_run(self, config: dict[str, Any], run_time: datetime.datetime) -> dict[str, Any]:
        run = {
            "name": f"{config['name']}/runs/{uuid.uuid4()}",
            "runTime": timestamp(run_time),
            "scheduleTime": timestamp(),
            "updateTime": timestamp(),
            "state": PENDING,
            "errorStatus": {},
            **{name: config[name] for name in ("params", "dataSourceId", "destinationDatasetId")},
        }
        self._connection.execute(
            "INSERT INTO transfer_runs (name, config, body) VALUES (?, ?, ?)",
            (run["name"], config["name"], json.dumps(run)),
        )
        return run

    def runs(self, config: str | None = None) -> list[dict[str, Any]]:
        """The runs of a configuration, or all, newest first."""
        rows = self._connection.execute(
            "SELECT body FROM transfer_runs WHERE ? IN (config, '') ORDER BY rowid DESC", (config or "",)
        )
        return [json.loads(body) for (body,) in rows]

    def run(self, name: str) -> dict[str, Any] | None:
        row = self._connection.execute("SELECT body FROM transfer_runs WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def update_run(self, name: str, **changes: Any) -> None:
        """Changes fields of a run; of one that is gone with its configuration nothing is kept."""
        if run := self.run(name):
            body = json.dumps(run | changes | {"updateTime": timestamp()})
            self._connection.execute("UPDATE transfer_runs SET body = ? WHERE name = ?", (body, name))

    def log(self, run: str, severity: str, text: str) -> None:
        if self.run(run) is None:
            return
        message = {"messageTime": timestamp(), "severity": severity, "messageText": text}
        self._connection.execute("INSERT INTO transfer_logs (run, body) VALUES (?, ?)", (run, json.dumps(message)))

    def logs(self, run: str) -> list[dict[str, Any]]:
        rows = self._connection.execute("SELECT body FROM transfer_logs WHERE run = ? ORDER BY rowid DESC", (run,))
        return [json.loads(body) for (body,) in rows]
