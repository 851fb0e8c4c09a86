"""Terraform's transfer configurations and the extraction, which refuses to run another: the same names and parameters.

The module's parameters stand in a file of their own, which needs no provider, so terraform's console renders them.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from extract import aurora, dynamodb
from extract.contract import TRANSFER, Column, Table
from extract.delivery import Format
from extract.transfer_config import DATA_SOURCE, display_name, parameters
from tests.terraform import running

MODULE = Path(__file__).parents[2] / "terraform" / "modules" / "transfer"
BUCKET, DATABASE = "koe-exports", "koe"
LONG = f"a-cluster-of-a-team-whose-name---{'x' * 20}"
"""Longer than what fits a task's identifier, with hyphens where it is cut."""


def rendered(folder: Path, cluster: str, tables: list[Table]) -> dict[str, dict[str, str]]:
    """The parameters that the module gives each table's configuration, by `<dataset>.<table>`."""
    for name in ("parameters.tf", "variables.tf"):
        shutil.copy(MODULE / name, folder)
    given = {
        "project": "koe-dev",
        "location": "US",
        "export_bucket": BUCKET,
        "aurora": {"cluster": cluster, "database": DATABASE},
        "service_account": "loader@koe-dev.iam.gserviceaccount.com",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "transfers": {f"{table.dataset}.{table.name}": table.relation for table in tables},
    }
    (folder / "terraform.tfvars.json").write_text(json.dumps(given))
    command = [running.binary("what transfers are called"), f"-chdir={folder}", "console"]
    run = subprocess.run(
        command, input="jsonencode(local.parameters)\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, dict[str, str]] = json.loads(json.loads(run.stdout))
    return found


def table(source: str, mode: str, name: str, relation: str) -> Table:
    columns = (Column("id", "INT64", "Its id."),)
    return Table(source, name, "A table.", relation, mode, ("id",), columns, carrier=TRANSFER)


@pytest.mark.parametrize("cluster", ["koe-dev", "c" * 40, "c" * 41, LONG])
def test_the_module_gives_a_configuration_the_parameters_that_the_extraction_requires(
    tmp_path: Path, cluster: str
) -> None:
    items = table("dynamodb", "full", "generations", "voice-generations.v2")
    users = table("aurora", "snapshot", "users", "public.users")
    assert rendered(tmp_path, cluster, [items, users]) == {
        "raw_dynamodb.generations": parameters(items, Format.JSON, dynamodb.transfer_path(BUCKET, items)),
        "raw_aurora.users": parameters(users, Format.PARQUET, aurora.transfer_path(BUCKET, cluster, DATABASE, users)),
    }


def test_the_module_gives_a_configuration_the_name_and_source_that_the_extraction_looks_for() -> None:
    users = table("aurora", "snapshot", "users", "public.users")
    source = (MODULE / "main.tf").read_text()
    assert f'"{display_name(users).replace("raw_aurora.users", "${each.key}")}"' in source
    assert f'"{DATA_SOURCE}"' in source
