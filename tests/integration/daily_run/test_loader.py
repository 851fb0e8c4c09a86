"""The identity that extracts: what the day's run did with its rights, and what it may not reach."""

import pytest
from google.api_core.exceptions import Forbidden
from google.cloud import bigquery

from sandbox import names
from tests.support import Sandbox


@pytest.fixture(scope="module")
def loader(daily_run: Sandbox) -> bigquery.Client:
    return daily_run.client("loader")


def test_the_loader_wrote_all_raw_data_and_nothing_else(daily_run: Sandbox) -> None:
    rows = daily_run.client().query_and_wait(
        "SELECT DISTINCT user_email, destination_table.dataset_id AS dataset FROM `region-us`.INFORMATION_SCHEMA.JOBS"
        " WHERE job_type = 'LOAD' AND error_result IS NULL"
    )
    written = {(row.user_email, row.dataset) for row in rows}
    assert written == {*((names.LOADER, dataset) for dataset in names.RAW_DATASETS), (names.PLATFORM, "ops")}


@pytest.mark.parametrize("dataset", names.RAW_DATASETS)
def test_the_loader_is_refused_every_protected_column_that_it_wrote(
    daily_run: Sandbox, loader: bigquery.Client, dataset: str
) -> None:
    refused = 0
    for item in loader.list_tables(dataset):
        table = loader.get_table(item)
        for column in table.schema:
            if column.policy_tags and column.policy_tags.names:
                refused += 1
                with pytest.raises(Forbidden, match=rf"{table.table_id}\.{column.name}"):
                    loader.query_and_wait(
                        f"SELECT `{column.name}` FROM {dataset}.{table.table_id} WHERE _PARTITIONTIME IS NOT NULL"
                    )
    assert refused


@pytest.mark.parametrize("dataset", ["staging", "build", "marts", "ops"])
def test_the_loader_is_refused_every_table_that_is_made_of_raw_data(
    daily_run: Sandbox, loader: bigquery.Client, dataset: str
) -> None:
    tables = [table.table_id for table in daily_run.client().list_tables(dataset)]
    assert tables
    for table in tables:
        with pytest.raises(Forbidden):
            loader.query_and_wait(f"SELECT COUNT(*) FROM {dataset}.{table} WHERE TRUE")


def test_the_loaders_queries_are_counted_under_its_name_as_the_platforms(daily_run: Sandbox) -> None:
    query = "SELECT user_email, COUNT(*) AS queries FROM ops.jobs WHERE purpose = 'platform' GROUP BY user_email"
    counted = {row.user_email: row.queries for row in daily_run.client().query_and_wait(query)}
    assert counted.keys() == {names.LOADER, names.PLATFORM}
    finished = daily_run.kura("scans", "--days", "2")
    assert finished.returncode == 0, finished.stdout
    [line] = [line for line in finished.stdout.splitlines() if names.LOADER in line and "platform" in line]
    assert int(line.split("│")[3].replace(",", "")) >= counted[names.LOADER] > 0
