"""The BigQuery gateway: local_bigquery in this process, with the gaps between it and BigQuery filled."""

import logging
import os
import signal
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from local_bigquery.settings import settings

PROJECT = "koe-sandbox"
DATASET = "main"
GRACE = 1  # seconds that running requests get at the end


def application(data: Path, access_file: Path) -> FastAPI:
    """The gateway's web application over the state in `data`; who may do what is read from `access_file`."""
    settings.data_dir = data.resolve()
    settings.default_project_id = PROJECT
    settings.default_dataset_id = DATASET
    settings.storage_emulator_host = os.environ.get("STORAGE_EMULATOR_HOST")
    settings.data_dir.mkdir(parents=True, exist_ok=True)

    from local_bigquery import app

    from sandbox.bigquery import (
        access,
        bytes,
        cancellation,
        casts,
        column_lists,
        constant_options,
        copies,
        datetime_formats,
        destinations,
        dry_runs,
        engine,
        executions,
        ingestion_time,
        job_store,
        json_paths,
        json_values,
        loads,
        locks,
        lookups,
        merge_orphans,
        merges,
        modified,
        nulls,
        numerics,
        parsing,
        partition_filters,
        partition_reads,
        recovery,
        resources,
        safe_functions,
        schema_updates,
        script_variables,
        star_types,
        table_labels,
        table_options,
        writes,
    )

    tables = (lookups, writes, copies, loads, ingestion_time, schema_updates, partition_filters, partition_reads)
    definitions = (column_lists, constant_options, table_options, table_labels, nulls, merges, merge_orphans)
    statements = (casts, datetime_formats, json_values, json_paths, safe_functions, script_variables, star_types)
    jobs = (executions, locks, modified, dry_runs, destinations, job_store, cancellation)
    for gap in (engine, resources, parsing, *tables, *definitions, *statements, numerics, *jobs):
        gap.install()
    access.install(access_file)
    bytes.install()
    engine.connect()
    recovery.run()

    @app.get("/_kura/health")
    def health() -> JSONResponse:
        return JSONResponse({"status": "ready"})

    return app


def serve(port: int, data: Path, access_file: Path) -> None:
    """Serves until SIGTERM. A job that is still running then is ended, and told as interrupted at the next start."""
    from sandbox.bigquery import recovery

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every OPTIONS clause that DuckDB lacks
    app = application(data, access_file)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises the signal again once it has stopped serving
        signal.signal(number, lambda *_: None)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=GRACE)
    recovery.stop()
    os._exit(0)  # threads of interrupted jobs must not keep the process
