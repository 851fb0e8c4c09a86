"""The BigQuery gateway: local_bigquery in this process, with the gaps between it and BigQuery filled."""

import os
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from local_bigquery.settings import settings

PROJECT = "koe-sandbox"
DATASET = "main"


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
        casts,
        copies,
        datetime_formats,
        destinations,
        engine,
        ingestion_time,
        json_values,
        loads,
        locks,
        partition_reads,
        recovery,
        schema_updates,
        script_variables,
        writes,
    )

    for gap in (engine, writes, copies, loads, ingestion_time, schema_updates, locks, destinations, partition_reads):
        gap.install()
    for gap in (casts, datetime_formats, json_values, script_variables):
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
    """Serves until SIGTERM."""
    from sandbox.bigquery import engine

    app = application(data, access_file)
    try:
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
    finally:
        engine.close()
