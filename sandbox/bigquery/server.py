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
    from local_bigquery.engine import database

    from sandbox.bigquery import engine

    engine.install()
    try:
        from sandbox.bigquery import access

        access.install(access_file)
    except (ImportError, AttributeError):
        pass
    try:
        from sandbox.bigquery import bytes

        bytes.install()
    except (ImportError, AttributeError):
        pass
    database.connection()

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
