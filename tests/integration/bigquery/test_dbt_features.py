"""What kura's models ask of dbt runs against the gateway without a warning, and what BigQuery refuses is refused."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from google.cloud import bigquery

from tests.integration.bigquery import dbt_features
from tests.integration.bigquery.access_fixtures import Gateway
from tests.integration.bigquery.tables import TAG, select

DATASET = "features"
NODES = 22  # models, snapshot, tests, unit tests and the exposure


def dbt(project: Path, *arguments: str) -> dict[str, str]:
    """Runs dbt, with warnings as errors, and gives every node's status."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    outcome = dbtRunner().invoke(["--quiet", "--warn-error", *arguments, *folders])
    assert outcome.exception is None
    return {str(result.node.name): f"{result.status}: {result.message}" for result in outcome.result}


def failures(results: dict[str, str]) -> list[str]:
    return [text for text in results.values() if not text.startswith(("success", "pass", "no-op"))]


def numbers(client: bigquery.Client, query: str) -> None:
    client.query_and_wait(f"CREATE OR REPLACE TABLE {DATASET}.numbers AS {query}")


@pytest.fixture(scope="module")
def project(gateway: Gateway, client: bigquery.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project, built once over a hundred numbers of five days."""
    folder = tmp_path_factory.mktemp("features")
    client.create_dataset(DATASET)
    numbers(
        client,
        "SELECT n, DATE_ADD(DATE '2026-11-01', INTERVAL MOD(n, 5) DAY) AS day FROM UNNEST(GENERATE_ARRAY(1, 100)) AS n",
    )
    dbt_features.write(folder, DATASET)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", gateway.url)
        results = dbt(folder, "build")
        assert failures(results) == []
        assert len(results) == NODES
        yield folder


def test_a_contract_becomes_the_table(client: bigquery.Client, project: Path) -> None:
    table = client.get_table(f"{DATASET}.facts")
    columns = {column.name: column for column in table.schema}
    assert [columns[name].mode for name in ("id", "email", "day", "words")] == [
        "REQUIRED",
        "REQUIRED",
        "NULLABLE",
        "REPEATED",
    ]
    assert {column.field_type for column in table.schema} > {"NUMERIC", "BIGNUMERIC", "JSON", "RECORD", "BYTES", "TIME"}
    assert (columns["email"].description, columns["city"].description) == (dbt_features.DESCRIPTION, "The city")
    assert columns["email"].policy_tags.names == (TAG.format("pii"),)
    assert columns["address"].fields[0].policy_tags.names == (TAG.format("restricted"),)
    assert (table.description, table.labels, table.clustering_fields) == (
        "All facts",
        {"owner": "data"},
        ["id", "city"],
    )
    assert table.require_partition_filter and table.time_partitioning.expiration_ms == 4000 * 24 * 3600 * 1000
    assert 47 * 3600 < table.expires.timestamp() - time.time() < 49 * 3600
    assert table.table_constraints.primary_key.columns == ["id"]
    child = client.get_table(f"{DATASET}.child").table_constraints.foreign_keys
    assert [key.referenced_table.table_id for key in child] == ["keyed"]


def test_the_catalogue_of_the_docs_site_lists_every_column(project: Path) -> None:
    assert (
        dbtRunner()
        .invoke(["--quiet", "docs", "generate", "--project-dir", str(project), "--profiles-dir", str(project)])
        .success
    )
    catalog = json.loads((project / "target" / "catalog.json").read_text())
    facts = catalog["nodes"]["model.trial.facts"]
    types = {name: column["type"] for name, column in facts["columns"].items()}
    assert (types["amount"], types["address.street"], types["items"]) == (
        "NUMERIC",
        "STRING",
        "ARRAY<STRUCT<n INT64, label STRING>>",
    )
    assert facts["columns"]["email"]["comment"] == dbt_features.DESCRIPTION
    assert (facts["metadata"]["comment"], facts["stats"]["num_rows"]["value"]) == ("All facts", 100)
    assert (catalog["errors"], catalog["nodes"]["model.trial.facts_view"]["metadata"]["type"]) == (None, "view")


def test_a_rerun_replaces_what_changed_and_a_failing_test_keeps_its_rows(
    client: bigquery.Client, project: Path
) -> None:
    numbers(client, f"SELECT IF(n = 1, 1001, n) AS n, day FROM {DATASET}.numbers")
    results = dbt(project, "build")
    assert failures(results) == ["fail: Got 1 result, configured to fail if != 0"]
    assert select(client, f"SELECT id FROM {DATASET}_failed.few") == [(1001,)]
    counted = "SELECT COUNT(*), COUNT(DISTINCT id), MAX(id) FROM {}.{} WHERE day >= DATE '2000-01-01'"
    for name in ("merged", "static", "dynamic", "copied"):  # the day that changed is not among those built again
        assert select(client, counted.format(DATASET, name)) == [(100, 100, 100)], name
    assert [column.name for column in client.get_table(f"{DATASET}.grown").schema] == ["id", "added"]
    history = f"SELECT id, dbt_valid_to IS NULL FROM {DATASET}.history WHERE id IN (1, 1001) ORDER BY 1"
    assert select(client, history) == [(1, False), (1001, True)]


def test_a_null_that_the_contract_forbids_leaves_the_former_table(client: bigquery.Client, project: Path) -> None:
    before = client.get_table(f"{DATASET}.facts")
    numbers(client, "SELECT CAST(NULL AS INT64) AS n, DATE '2026-11-01' AS day")
    [message] = dbt(project, "run", "--select", "facts").values()
    assert "cannot be null" in message
    after = client.get_table(f"{DATASET}.facts")
    assert (after.num_rows, after.schema) == (before.num_rows, before.schema) and before.num_rows == 100
