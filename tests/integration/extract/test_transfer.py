"""Tables whose exports the Data Transfer Service loads from S3, straight into the raw partition."""

import datetime
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from google.cloud.bigquery_datatransfer_v1 import TransferState

from extract.contract import Table
from extract.delivery import Delivery, Receipt
from extract.errors import Terminal, Transient
from extract.polling import ticks
from extract.replay import Replay
from extract.run import run
from extract.window import Window
from orchestration import clients, environment, reachability
from sandbox import environment as sandbox_environment
from sandbox import names, transfers
from tests.integration.extract.support import BEFORE, WINDOW, Cloud, aurora_table, dynamodb_table
from tests.integration.extract.transfer_support import Service

HOUR = datetime.timedelta(hours=1)
WEEK = datetime.timedelta(days=7)


@pytest.fixture
def service(cloud: Cloud) -> Service:
    return Service(cloud, transfers.client(cloud.home, cloud.state))


def items(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"id": {"N": str(number)}, "text": {"S": f"text {number}"}} for number in range(first, first + count)]


def carried(cloud: Cloud, count: int = 20, **more: Any) -> Table:
    """A DynamoDB table of so many items that asks for a transfer."""
    table = dynamodb_table(cloud.name(), carrier="transfer", **more)
    cloud.import_items(table.relation, items(count))
    return table


def landed(cloud: Cloud, table: Table) -> list[str]:
    """The objects of a table in the landing bucket, by the last part of their names."""
    blobs = cloud.storage.list_blobs(names.LANDING_BUCKET, prefix=f"{table.source}/{table.name}/")
    return [blob.name.rsplit("/", 1)[-1] for blob in blobs]


def objects(cloud: Cloud, table: Table) -> list[Any]:
    """What lies of a DynamoDB table in the export bucket."""
    folder = f"dynamodb/{table.name}/"
    return list(cloud.s3.list_objects_v2(Bucket=names.EXPORT_BUCKET, Prefix=folder).get("Contents", []))


def delivered(cloud: Cloud, table: Table) -> Delivery:
    """What a DynamoDB table delivers, not loaded yet."""
    delivery = cloud.deliver(cloud.source_dynamodb(), table)[table.name]
    assert isinstance(delivery, Delivery)
    return delivery


def told(cloud: Cloud, words: str) -> None:
    """Wait until a line of progress has these words."""
    assert any(any(words in line for line in cloud.report) for _ in ticks(20)), cloud.report


def test_a_transfer_fills_one_partition_with_files_that_never_pass_through_us(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table, BEFORE)
    cloud.dynamodb.put_item(TableName=table.relation, Item={"id": {"N": "99"}})
    receipt = cloud.load(cloud.source_dynamodb(), table)
    assert {row["Item"]["text"]["S"] for row in cloud.rows(table)} == {f"text {number}" for number in range(20)}
    assert len(cloud.rows(table, BEFORE)) == 20
    runs = service.runs(config)
    assert [run.run_time.isoformat() for run in runs] == [f"{day.date}T00:00:00+00:00" for day in (BEFORE, WINDOW)]
    assert (receipt.job_id, receipt.rows_delivered, receipt.rows_loaded) == (runs[-1].name, 20, 20)
    # The stand-in's truncation drops tags; they are put back, and the receipt says so.
    assert receipt.schema_changes == ("tagged Item restricted",)
    assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": "restricted"}
    assert receipt in cloud.warehouse.receipts.newest()
    assert set(landed(cloud, table)) == {"delivery.json"}
    assert any(f"transfer run {receipt.job_id.rsplit('/', 1)[-1]}: " in line for line in cloud.report)


def test_one_export_task_serves_tables_that_are_transferred_and_tables_that_are_copied(
    cloud: Cloud, service: Service
) -> None:
    cluster, names_of = cloud.cluster(), [cloud.name("users"), cloud.name("plans")]
    for name in names_of:
        cloud.sql(
            f"CREATE TABLE {name} (id bigint PRIMARY KEY, email text, note text)",
            f"INSERT INTO {name} SELECT n, 'user' || n || '@example.com', NULL FROM generate_series(1, 30) n",
        )
    users, plans = aurora_table(names_of[0], carrier="transfer"), aurora_table(names_of[1])
    config = service.aurora(users, cluster)
    cloud.run(cloud.source_aurora(cluster), users, plans)
    assert cloud.rows(users) == cloud.rows(plans)
    assert len(cloud.rows(users)) == 30
    assert cloud.warehouse.live_tags("raw_aurora", users.name) == {"email": "pii", "note": "restricted"}
    assert [run.state for run in service.runs(config)] == [TransferState.SUCCEEDED]
    assert landed(cloud, users) == ["delivery.json"]
    assert len(landed(cloud, plans)) > 1


def test_changes_are_transferred_as_full_exports_are(cloud: Cloud, service: Service) -> None:
    table = carried(cloud, mode="incremental", full_every=WEEK)
    config = service.dynamodb(table)
    kinds = [cloud.load(cloud.source_dynamodb(), table, window).kind for window in (BEFORE, WINDOW)]
    assert kinds == ["full", "changes"]
    assert (len(cloud.rows(table, BEFORE)), cloud.rows(table)) == (20, [])
    assert [run.state for run in service.runs(config)] == [TransferState.SUCCEEDED] * len(service.runs(config))


def test_a_window_that_was_delivered_in_full_stays_so_when_an_earlier_one_comes_later(
    cloud: Cloud, service: Service
) -> None:
    table = carried(cloud, mode="incremental", full_every=WEEK)
    service.dynamodb(table)
    kinds = [cloud.load(cloud.source_dynamodb(), table, window).kind for window in (WINDOW, BEFORE, WINDOW)]
    assert kinds == ["full", "full", "full"]
    assert len(cloud.exports(table.relation)) == 2


def test_a_day_of_25_hours_is_transferred_as_one_full_export(cloud: Cloud, service: Service) -> None:
    table = carried(cloud, mode="incremental", full_every=WEEK)
    service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table, BEFORE)
    long = Window(WINDOW.start - HOUR, WINDOW.end, WINDOW.date)
    assert cloud.load(cloud.source_dynamodb(), table, long).kind == "full"
    assert len(cloud.rows(table)) == 20


def test_an_empty_or_shrunken_delivery_starts_no_run(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table, BEFORE)
    cloud.post("aws", "/_kura/faults", {"source": "dynamodb", "kind": "empty", "table": table.relation})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert "the delivery has no rows, and the warehouse is left as it was" in str(error)
    shrunken = replace(delivered(cloud, carried(cloud, 1)), table=table.name)
    with pytest.raises(Terminal, match="the delivery has 1 rows and the one before had 20"):
        cloud.warehouse.load(shrunken, table, WINDOW)
    assert len(service.runs(config)) == 1
    assert (len(cloud.rows(table, BEFORE)), cloud.rows(table)) == (20, [])


def test_a_failed_run_is_told_with_its_message(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    service.dynamodb(table)
    service.set(fail={"code": 7, "message": "The AWS Access Key Id you provided does not exist in our records."})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert "ended as FAILED: The AWS Access Key Id you provided does not exist in our records.; put that" in str(error)
    service.set(fail={"code": 14, "message": "Try again."})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Transient)
    assert "ended as FAILED: Try again.; run again for a new one" in str(error)
    service.set(fail={"code": 1, "message": "Cancelled."})
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert "was cancelled; find out by whom" in str(error)
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == 20


def test_a_file_that_does_not_fit_fails_the_run_and_leaves_the_partition_as_it_was(
    cloud: Cloud, service: Service
) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table)
    before = cloud.rows(table)
    delivery = cloud.landing.find(table, WINDOW)[0]
    broken = delivery.files[0].name
    etag = cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=broken, Body=b'{"Strange": 1}\n')["ETag"].strip('"')
    files = (replace(delivery.files[0], bytes=15, md5=etag), *delivery.files[1:])
    with pytest.raises(Terminal, match=r"ended as FAILED: Job bqts_\S+ failed: Error while reading data"):
        cloud.warehouse.load(replace(delivery, files=files), table, WINDOW)
    assert cloud.rows(table) == before
    assert [run.state.name for run in service.runs(config)] == ["SUCCEEDED", "FAILED"]


def test_a_run_that_does_not_end_is_left_and_attached_to_by_the_next_call(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config, delivery = service.dynamodb(table), delivered(cloud, table)
    service.set(hold=True)
    with pytest.raises(Transient, match=r"transfer run \S+ does not end in .* run again to attach to it"):
        service.watched(limit=0.1).load(delivery, table, WINDOW)
    with ThreadPoolExecutor() as pool:
        loading = pool.submit(cloud.load, cloud.source_dynamodb(), table)
        told(cloud, "attaching to transfer run")
        service.set(hold=None)
        receipt = loading.result()
    [run] = service.runs(config)
    assert (receipt.job_id, receipt.rows_loaded) == (run.name, 20)


def test_a_run_of_another_day_is_waited_for(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    service.set(hold=True)
    other = service.start(config, BEFORE)
    with ThreadPoolExecutor() as pool:
        loading = pool.submit(cloud.load, cloud.source_dynamodb(), table)
        told(cloud, f"waiting for transfer run {other.name}")
        service.set(hold=None)
        assert loading.result().rows_loaded == 20
    assert [run.run_time.date() for run in service.runs(config)] == [BEFORE.date, WINDOW.date]


def test_files_that_the_service_does_not_see_yet_are_transient(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table)
    for unseen, wrote in ((99, "nothing"), (2, r"\d+ of 20 delivered rows")):
        service.set(unseen=unseen)
        error = cloud.fail(cloud.source_dynamodb(), table)
        assert isinstance(error, Transient)
        assert re.search(f"succeeded and wrote {wrote}; it may not have seen all files yet", str(error))
        assert cloud.warehouse.live_tags(table.dataset, table.name) == {"Item": "restricted"}
    service.set(unseen=None)
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == len(cloud.rows(table)) == 20


def test_files_are_given_time_to_be_seen(cloud: Cloud, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    table = carried(cloud)
    service.dynamodb(table)
    delivery = delivered(cloud, table)
    slept: list[float] = []
    monkeypatch.setattr("extract.transfer.time", SimpleNamespace(sleep=slept.append))
    service.watched(file_age=3600).load(delivery, table, WINDOW, cloud.report.append)
    assert 3000 < slept[0] <= 3600
    assert any("until the Data Transfer Service is sure to see the exported files" in line for line in cloud.report)


def test_a_configuration_that_is_missing_is_named(cloud: Cloud) -> None:
    table = carried(cloud)
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert f"there is no transfer configuration named 'kura raw_dynamodb.{table.name}' in" in str(error)
    assert "projects/koe-sandbox/locations/us, one is needed; Terraform makes it" in str(error)


def test_two_configurations_of_one_name_are_refused(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    service.dynamodb(table)
    service.dynamodb(table)
    assert "there is 2 transfer configurations named" in str(cloud.fail(cloud.source_dynamodb(), table))


def test_a_configuration_that_is_not_as_the_contract_implies_starts_no_run(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    path = f"s3://{names.EXPORT_BUCKET}/dynamodb/{table.name}/*"
    config = service.configure(
        table, path, "CSV", write_disposition="WRITE_APPEND", max_bad_records="5", schedule_options={}
    )
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert (
        f"transfer configuration 'kura raw_dynamodb.{table.name}' is not as the contract implies: "
        f"data_path is {path} and not s3://koe-sandbox-exports/dynamodb/{table.name}/{{run_time|"
    ) in str(error)
    for said in ("file_format is CSV and not JSON", "max_bad_records is 5 and not 0", "by a schedule of its own"):
        assert said in str(error)
    assert "not-to-be-seen" not in str(error)
    assert service.runs(config) == []


def test_a_file_that_is_not_the_exports_is_never_loaded_with_it(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    delivered(cloud, table)
    key = f"dynamodb/{table.name}/{WINDOW.partition_id}/00/AWSDynamoDB/stray/data/1.json.gz"
    cloud.s3.put_object(Bucket=names.EXPORT_BUCKET, Key=key, Body=b"")
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert f"1 files that are not the export's match s3://{names.EXPORT_BUCKET}/dynamodb/{table.name}/" in str(error)
    assert key in str(error)
    assert service.runs(config) == []


def test_a_second_attempt_at_an_export_has_a_folder_and_a_time_of_its_own(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table)
    lost = next(entry["Key"] for entry in objects(cloud, table) if entry["Key"].endswith(".json.gz"))
    cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=lost)
    service.set(daily=True)
    error = cloud.fail(cloud.source_dynamodb(), table)
    assert isinstance(error, Terminal)
    assert f"a transfer run for {WINDOW.date}T01:00:00+00:00 was asked for, and the Data Transfer Service" in str(error)
    service.set(daily=None)
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == 20
    assert [run.run_time.hour for run in service.runs(config)] == [0, 0, 1]
    assert {entry["Key"].split("/")[3] for entry in objects(cloud, table)} == {"00", "01"}
    assert len(cloud.rows(table)) == 20


def test_a_rerun_ends_in_the_same_partition_and_exports_nothing_anew(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    first = cloud.load(cloud.source_dynamodb(), table)
    rows = cloud.rows(table)
    cloud.dynamodb.put_item(TableName=table.relation, Item={"id": {"N": "99"}})
    second = cloud.load(cloud.source_dynamodb(), table)
    assert cloud.rows(table) == rows
    assert first.fingerprint == second.fingerprint
    assert len(cloud.exports(table.relation)) == 1
    assert [run.name for run in service.runs(config)] == [first.job_id, second.job_id]


def test_a_replay_transfers_again_without_touching_the_store(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table)
    rows = cloud.rows(table)
    cloud.dynamodb.delete_table(TableName=table.relation)
    assert cloud.load(Replay(), table).rows_loaded == 20
    assert cloud.rows(table) == rows
    for entry in objects(cloud, table):
        cloud.s3.delete_object(Bucket=names.EXPORT_BUCKET, Key=entry["Key"])
    error = cloud.fail(Replay(), table)
    assert isinstance(error, Terminal)
    assert re.search(
        r"3 of 3 delivered files are gone or altered, first s3://\S+; run the day with `kura run`", str(error)
    )
    assert cloud.rows(table) == rows


def test_a_table_can_change_its_carrier(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    config = service.dynamodb(table)
    cloud.load(cloud.source_dynamodb(), table)
    copied = cloud.load(cloud.source_dynamodb(), replace(table, carrier=None))
    assert copied.job_id.startswith("kura_dynamodb_")
    assert len(landed(cloud, table)) > 1
    # What has been copied is there to be used.
    assert cloud.load(cloud.source_dynamodb(), table).job_id.startswith("kura_dynamodb_")
    assert (len(service.runs(config)), len(cloud.exports(table.relation))) == (1, 1)


def test_an_export_that_someone_else_made_elsewhere_is_not_transferred(cloud: Cloud, service: Service) -> None:
    table = carried(cloud)
    service.dynamodb(table)
    arn = cloud.dynamodb.describe_table(TableName=table.relation)["Table"]["TableArn"]
    cloud.dynamodb.export_table_to_point_in_time(
        TableArn=arn, S3Bucket=names.EXPORT_BUCKET, S3Prefix="elsewhere", ExportTime=WINDOW.end
    )
    assert cloud.load(cloud.source_dynamodb(), table).rows_loaded == 20
    assert len(cloud.exports(table.relation)) == 2


def test_the_platforms_own_settings_reach_the_service_and_a_missing_configuration_is_named_first(
    cloud: Cloud, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in sandbox_environment.variables(cloud.home, cloud.state).items():
        monkeypatch.setenv(variable, value)
    settings = environment.load()
    table = dynamodb_table(cloud.name(), carrier="transfer")
    cloud.import_items(names.DYNAMODB_PREFIX + table.relation, items(20))
    missing = rf"refuses \(no configuration is named kura raw_dynamodb\.{table.name}: Terraform"
    with pytest.raises(Terminal, match=missing):
        reachability.require(settings, [table])
    transfers.configure(service.client, [table])
    reachability.require(settings, [table])
    source, landing, warehouse = (
        clients.source(settings, "dynamodb"),
        clients.landing(settings),
        clients.warehouse(settings),
    )
    [receipt] = run(source, [table], WINDOW, landing, warehouse, cloud.report.append)
    assert isinstance(receipt, Receipt), receipt
    assert receipt.rows_loaded == len(cloud.rows(table)) == 20


def test_the_sandboxs_configurations_follow_the_contracts(cloud: Cloud, service: Service) -> None:
    table = aurora_table(cloud.name(), carrier="transfer")

    def configured() -> Any:
        transfers.configure(service.client, [table])
        configs = service.client.list_transfer_configs(parent=transfers.PARENT)
        [found] = [config for config in configs if config.display_name == f"kura raw_aurora.{table.name}"]
        return found

    first = configured()
    assert configured() == first
    table = replace(table, relation="public.renamed")
    second = configured()
    assert second.name != first.name
    assert dict(second.params)["data_path"] == (
        's3://koe-sandbox-exports/aurora/kura-koe-{run_time|"%Y%m%d"}-{run_time|"%H"}/koe/public.renamed/*.parquet'
    )
