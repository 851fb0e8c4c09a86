"""Jobs at once, after a restart and after a crash."""

import io
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from google.api_core.exceptions import Conflict
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway, started
from tests.integration.bigquery.tables import DAY, JSON_LINES, create, field, lines, load, select

SLOW = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 30000)) AS a CROSS JOIN UNNEST(GENERATE_ARRAY(1, 1000000)) AS b"


def test_eight_clients_at_once_do_not_hinder_each_other(client: bigquery.Client, dataset: str) -> None:
    create(client, f"{dataset}.shared", [field("n", "INT64")], DAY)

    def work(index: int) -> None:
        own = f"{dataset}.t{index}"
        client.query_and_wait(f"CREATE TABLE {own} AS SELECT {index} AS n")
        load(client, f"{dataset}.shared${20261101 + index}", [{"n": index}], "WRITE_TRUNCATE_DATA")
        load(client, own, [{"n": index + 1}])
        client.query_and_wait(f"INSERT INTO {dataset}.shared (n) VALUES ({index})")
        merge = f"MERGE INTO {own} AS t USING (SELECT {index} AS n) AS s ON t.n = s.n WHEN MATCHED THEN DELETE"
        client.query_and_wait(merge)
        client.query_and_wait(f"CREATE OR REPLACE TABLE {own}_copy AS SELECT * FROM {own}")
        client.query_and_wait(f"CREATE OR REPLACE TABLE {dataset}.contended AS SELECT {index} AS n")
        config = bigquery.CopyJobConfig(write_disposition="WRITE_TRUNCATE")
        client.copy_table(f"{own}_copy", f"{own}_published", job_config=config).result()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    counted = f"SELECT COUNT(*), COUNT(DISTINCT _PARTITIONDATE) FROM {dataset}.shared"
    assert select(client, counted) in ([(8 + 8, 9)], [(8 + 8, 10)])  # ten when midnight passed meanwhile
    assert len(select(client, f"SELECT * FROM {dataset}.contended")) == 1
    published = " UNION ALL ".join(f"SELECT {index + 1}, n FROM {dataset}.t{index}_published" for index in range(8))
    assert sorted(select(client, published)) == [(index + 1, index + 1) for index in range(8)]


def process_of(gateway: Gateway) -> psutil.Process:
    """The gateway's process, which the fixture has started."""
    return next(child for child in psutil.Process().children() if str(gateway.port) in child.cmdline())


def run_until_running(client: bigquery.Client, job_id: str) -> None:
    """Starts a query of hours and waits until it runs."""
    client.query(SLOW, job_id=job_id, location="US")
    deadline = time.monotonic() + 20
    while client.get_job(job_id, location="US").state != "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def files(home: Path) -> int:
    return len(list((home / "data" / "koe-sandbox").rglob("*.parquet")))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_data_and_jobs_outlive_the_server(tmp_path: Path, storage_url: str, number: int) -> None:
    rows = [{"n": index} for index in range(100_000)]
    config = bigquery.LoadJobConfig(source_format=JSON_LINES, write_disposition="WRITE_TRUNCATE_DATA")
    with started(tmp_path) as gateway:
        client = gateway.client(PLATFORM)
        client.create_dataset("d")
        create(client, "d.t", [field("n", "INT64", tag="pii")], DAY)
        load(client, "d.t$20261120", [{"n": -1}])
        for turn in range(3):
            load(client, "d.t$20261121", [{"n": turn}], "WRITE_TRUNCATE_DATA")
        client.query("SELECT 7 AS n", job_id="finished", location="US").result()
        run_until_running(client, "interrupted")
        assert [job.job_id for job in client.list_jobs(state_filter="running")] == ["interrupted"]
        assert [job.job_id for job in client.list_jobs()][:2] == ["interrupted", "finished"]
        assert "interrupted" not in {job.job_id for job in client.list_jobs(state_filter="done")}
        target = f"{client.project}.d.t$20261120"
        client.load_table_from_file(io.BytesIO(lines(rows)), target, job_id="load", location="US", job_config=config)
        process = process_of(gateway)
        process.send_signal(number)
        assert process.wait(timeout=3) in (0, -signal.SIGKILL, None)
    with started(tmp_path) as gateway:
        client = gateway.client(PLATFORM)
        job = client.get_job("interrupted", location="US")
        assert job.state == "DONE" and job.error_result["reason"] == "backendError"
        assert client.get_job("load", location="US").state == "DONE"
        assert list(client.list_jobs(state_filter="running")) == []
        with pytest.raises(Conflict):
            client.query("SELECT 1", job_id="interrupted", location="US")
        assert [row.n for row in client.get_job("finished", location="US").result()] == [7]
        by_day = "SELECT COUNT(*), MAX(n) FROM d.t WHERE _PARTITIONDATE = '{}'"
        assert select(client, by_day.format("2026-11-20")) in ([(1, -1)], [(len(rows), len(rows) - 1)])
        assert select(client, by_day.format("2026-11-21")) == [(1, 2)]
        assert files(tmp_path) == 2, "files of older versions are removed at the start"
        assert client.get_table("d.t").schema[0].policy_tags.names
        load(client, "d.t$20261121", [{"n": 3}], "WRITE_TRUNCATE_DATA")
        assert select(client, by_day.format("2026-11-21")) == [(1, 3)]


def test_a_job_can_be_cancelled(client: bigquery.Client, dataset: str) -> None:
    run_until_running(client, f"cancelled_{dataset}")
    job = client.get_job(f"cancelled_{dataset}", location="US")
    job.cancel()
    job.reload()  # the request has waited for the end
    assert job.state == "DONE" and job.error_result["reason"] == "stopped"
