import dataclasses
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from extract import receipts
from extract.contract import Table
from extract.delivery import Receipt
from extract.errors import Terminal, Transient
from extract.raw import Warehouse
from extract.window import Window
from sandbox import environment, names, provision
from tests.integration.extract.support import BEFORE, TAGS, WINDOW, Cloud, dynamodb_table, land, lines


def load(cloud: Cloud, table: Table, count: int, window: Window = WINDOW) -> Receipt:
    return cloud.warehouse.load(land(cloud, table, lines(count), window), table, window)


def live(cloud: Cloud, table: Table) -> bigquery.Table:
    return cloud.bigquery.get_table(f"{names.PROJECT}.{table.dataset}.{table.name}")


def test_a_raw_table_is_partitioned_by_ingestion_and_wants_a_partition_filter(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 3)
    made = live(cloud, table)
    assert made.time_partitioning.type_ == "DAY"
    assert made.time_partitioning.field is None
    assert made.require_partition_filter is True
    assert made.description == "Items."
    assert [column.name for column in made.schema] == ["Item"]
    with pytest.raises(Exception, match="partition"):
        cloud.bigquery.query_and_wait(f"SELECT * FROM {table.dataset}.{table.name}")


def test_a_column_has_its_tag_before_its_first_byte(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    with pytest.raises(Terminal, match="loading partition"):
        cloud.warehouse.load(land(cloud, table, ["this is no JSON"]), table, WINDOW)
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": "restricted"}
    assert live(cloud, table).num_rows == 0


def test_a_load_into_a_partition_replaces_only_that_partition(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 3, BEFORE)
    load(cloud, table, 4)
    load(cloud, table, 5)
    assert (len(cloud.rows(table, BEFORE)), len(cloud.rows(table))) == (3, 5)
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": "restricted"}


def test_a_used_job_id_leads_to_the_next_generation(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    delivery = land(cloud, table, lines(3))
    jobs = [cloud.warehouse.load(delivery, table, WINDOW).job_id for _ in range(3)]
    prefix = f"kura_dynamodb_{table.name}_{WINDOW.partition_id}_{delivery.fingerprint}"
    assert jobs == [f"{prefix}_{generation}" for generation in (1, 2, 3)]
    assert len(cloud.rows(table)) == 3


def test_a_failed_load_leaves_the_partition_as_it_was_and_the_next_succeeds(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 3)
    before = cloud.rows(table)
    delivery = land(cloud, table, lines(4))
    gone = dataclasses.replace(delivery, files=(dataclasses.replace(delivery.files[0], name="gone.json.gz"),))
    with pytest.raises(Terminal, match="loading partition"):
        cloud.warehouse.load(gone, table, WINDOW)
    assert cloud.rows(table) == before
    assert cloud.warehouse.load(delivery, table, WINDOW).job_id.endswith("_2")
    assert len(cloud.rows(table)) == 4


def test_other_rows_loaded_than_delivered_are_terminal(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    delivery = land(cloud, table, lines(3), rows=4)
    with pytest.raises(Terminal, match=r"3 rows were loaded and 4 delivered \(job kura_dynamodb_"):
        cloud.warehouse.load(delivery, table, WINDOW)
    assert table.name not in {receipt.table_name for receipt in cloud.warehouse.receipts.newest()}


def test_a_sharply_shrunken_delivery_fails_and_leaves_the_partitions_as_they_were(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 10, BEFORE)
    with pytest.raises(Terminal, match="the delivery has 4 rows and the one before had 10, so more than 50% are gone"):
        load(cloud, table, 4)
    assert (len(cloud.rows(table, BEFORE)), len(cloud.rows(table))) == (10, 0)
    assert load(cloud, table, 5).rows_loaded == 5
    assert load(cloud, dataclasses.replace(table, shrink_limit=1), 1).rows_loaded == 1


def test_a_rerun_of_an_earlier_window_is_measured_by_what_was_there_then(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 4, BEFORE)
    load(cloud, table, 100)
    assert load(cloud, table, 3, BEFORE).rows_loaded == 3


def test_a_shrunken_rerun_of_the_same_window_fails(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 10)
    with pytest.raises(Terminal, match="the delivery has 4 rows and the one before had 10"):
        load(cloud, table, 4)
    assert len(cloud.rows(table)) == 10


def test_a_tag_that_someone_took_away_is_put_back_before_the_next_load(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 3)
    opened = live(cloud, table)
    opened.schema = [bigquery.SchemaField("Item", "JSON", policy_tags=bigquery.PolicyTagList([]))]
    cloud.bigquery.update_table(opened, ["schema"])
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {}
    assert load(cloud, table, 3).schema_changes == ("tagged Item restricted",)
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": "restricted"}


def test_a_tag_that_is_lost_during_the_load_is_terminal_and_gives_no_receipt(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, replace = dynamodb_table(cloud.name()), cloud.warehouse._replace

    def replace_and_open(*arguments: Any) -> Any:
        job, opened = replace(*arguments), live(cloud, table)
        opened.schema = [bigquery.SchemaField("Item", "JSON", policy_tags=bigquery.PolicyTagList([]))]
        cloud.bigquery.update_table(opened, ["schema"])
        return job

    monkeypatch.setattr(cloud.warehouse, "_replace", replace_and_open)
    with pytest.raises(Terminal, match="policy tags changed during the load: Item has None and not restricted"):
        load(cloud, table, 3)
    assert table.name not in {receipt.table_name for receipt in cloud.warehouse.receipts.newest()}


def test_a_tag_that_is_none_of_ours_is_shown_by_its_resource_name(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 3)
    resource = "projects/koe-sandbox/locations/us/taxonomies/other/policyTags/strange"
    changed = live(cloud, table)
    changed.schema = [bigquery.SchemaField("Item", "JSON", policy_tags=bigquery.PolicyTagList([resource]))]
    cloud.bigquery.update_table(changed, ["schema"])
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": resource}


def test_a_receipt_is_what_the_load_returned(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 3, BEFORE)
    receipt = load(cloud, table, 4)
    assert (receipt.rows_delivered, receipt.rows_loaded, receipt.files) == (4, 4, 1)
    assert (receipt.window_start, receipt.window_end) == (WINDOW.start, WINDOW.end)
    assert receipt.seconds > 0
    [newest] = [one for one in cloud.warehouse.receipts.newest() if one.table_name == table.name]
    assert newest == receipt


def test_the_newest_window_of_a_table_is_the_latest_one_and_not_the_one_loaded_last(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    assert ("dynamodb", table.name) not in cloud.warehouse.receipts.window_ends()
    load(cloud, table, 4)
    load(cloud, table, 3, BEFORE)
    assert cloud.warehouse.receipts.window_ends()["dynamodb", table.name] == WINDOW.end


def test_the_receipts_of_an_earlier_version_get_the_columns_that_they_lack(cloud: Cloud) -> None:
    table, name = dynamodb_table(cloud.name()), f"{names.PROJECT}.{receipts.TABLE}"
    cloud.bigquery.delete_table(name, not_found_ok=True)
    cloud.bigquery.create_table(
        bigquery.Table(name, schema=[column for column in receipts.SCHEMA if column.name != "warnings"])
    )
    cloud.bigquery.query_and_wait(f"INSERT INTO {receipts.TABLE} (source, table_name) VALUES ('stripe', 'earlier')")
    assert [receipt.warnings for receipt in cloud.warehouse.receipts.newest()] == [()]
    delivery = dataclasses.replace(land(cloud, table, lines(2)), warnings=("planning/x: something",))
    warehouse = Warehouse(cloud.bigquery, cloud.landing, TAGS, names.LOCATION)
    assert warehouse.load(delivery, table, WINDOW).warnings == delivery.warnings
    warnings = {receipt.table_name: receipt.warnings for receipt in warehouse.receipts.newest()}
    assert warnings == {table.name: delivery.warnings, "earlier": ()}


def test_a_project_in_which_nothing_was_loaded_has_no_receipts(cloud: Cloud) -> None:
    assert elsewhere(cloud).receipts.newest() == []
    assert elsewhere(cloud).receipts.window_ends() == {}


def elsewhere(cloud: Cloud) -> Warehouse:
    """The warehouse of a project that has no datasets."""
    options = {"api_endpoint": environment.url(cloud.state, "bigquery")}
    client = bigquery.Client("empty-project", cloud.bigquery._credentials, client_options=options)
    return Warehouse(client, cloud.landing, TAGS, names.LOCATION)


def test_a_missing_dataset_is_terminal_and_told_by_name(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    with pytest.raises(Terminal, match=r"there is no dataset raw_dynamodb; Terraform creates it"):
        elsewhere(cloud).load(land(cloud, table, lines(1)), table, WINDOW)


def test_a_missing_table_has_no_tags_to_show(cloud: Cloud) -> None:
    with pytest.raises(Terminal, match=r"looking at table raw_dynamodb\.nothing: not found"):
        cloud.warehouse.live_tags("raw_dynamodb", "nothing")


def test_an_unreachable_warehouse_is_transient(cloud: Cloud) -> None:
    client = bigquery.Client("p", AnonymousCredentials(), client_options={"api_endpoint": "http://127.0.0.1:9"})
    warehouse = Warehouse(client, cloud.landing, TAGS, names.LOCATION, patience=0.1)
    with pytest.raises(Transient, match="Google did not answer"):
        warehouse.live_tags("raw_dynamodb", "any")


def test_a_caller_who_may_not_read_is_terminal(cloud: Cloud) -> None:
    table = dynamodb_table(cloud.name())
    load(cloud, table, 1)
    analyst = provision.bigquery_client(cloud.home, cloud.state, "analyst")
    with pytest.raises(Terminal, match=r"Google refused \(.*check the credentials and their roles"):
        Warehouse(analyst, cloud.landing, TAGS, names.LOCATION).live_tags(table.dataset, table.name)
