"""DuckDB as the gateway needs it. Gap: local_bigquery opens DuckDB with its defaults.

Its defaults fetch extensions from the network, use all memory and cores, and load geography functions whose extension
comes in no wheel. To be deleted when upstream takes DuckDB settings and an extension folder.
"""

import contextlib
import functools
import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
from local_bigquery.engine import database
from local_bigquery.settings import settings
from local_bigquery.sql import native
from local_bigquery.sql.dialect import FUNCTIONS, MACRO

from sandbox.bigquery.patching import replace

MEMORY_LIMIT = "1GB"
THREADS = 2
MACROS: list[str] = []  # what other modules add to local_bigquery's SQL functions, as bq.main.<name>
FUNCTIONS_IN_PYTHON: dict[str, Callable[[str], str]] = {}
EXTENSIONS = ("icu", "ducklake")  # parquet and json are part of DuckDB


def config() -> dict[str, str | bool | int | float | list[str]]:
    """Settings for every DuckDB database of the gateway; all files stay below the data directory."""
    return {
        "extension_directory": str(settings.data_dir / "extensions"),
        "temp_directory": str(settings.data_dir / "temporary"),
        "autoinstall_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
        "threads": str(THREADS),
        "preserve_insertion_order": "false",
    }


def extension_file(name: str) -> Path:
    """The extension's file in its wheel. Raises FileNotFoundError when the wheel is missing."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for found in Path(folder).glob(f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"):
            return found
    raise FileNotFoundError(
        f"The DuckDB extension {name} for DuckDB {duckdb.__version__} is not installed. "
        f"Install duckdb-extension-{name}=={duckdb.__version__}."
    )


def install_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads the extensions from their wheels, without network."""
    for name in EXTENSIONS:
        loaded, installed = connection.execute(
            "SELECT loaded, installed FROM duckdb_extensions() WHERE extension_name = ?", [name]
        ).fetchone() or (False, False)
        if not installed:
            connection.execute(f"INSTALL '{extension_file(name)}'")
        if not loaded:
            connection.execute(f"LOAD {name}")


@functools.cache
def connect() -> duckdb.DuckDBPyConnection:
    """The process's one database: the emulator's own tables, and a DuckLake for every project."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config=config())
    install_extensions(connection)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute(
        "SET ducklake_max_retry_count = 100; SET ducklake_retry_wait_ms = 20; SET ducklake_retry_backoff = 1.05"
    )
    connection.execute(f"ATTACH '{settings.data_dir / 'emulator.duckdb'}' AS emulator")
    connection.execute(database.EMULATOR_SCHEMA)
    connection.execute("ATTACH ':memory:' AS bq")
    native.register(connection)
    for path in FUNCTIONS:
        if path.stem != "geography":
            connection.execute(MACRO.sub(r"CREATE MACRO bq.main.\1", path.read_text()))
    for name, function in FUNCTIONS_IN_PYTHON.items():
        connection.create_function(name, function)
    for macros in MACROS:
        connection.execute(macros)
    projects = {path.stem for path in settings.data_dir.glob("*.ducklake")}
    for project in sorted(projects | {settings.default_project_id}):
        attach(connection, project)
    return connection


def attach(connection: duckdb.DuckDBPyConnection, project: str) -> None:
    """Attaches a project's DuckLake, making it when there is none."""
    path = settings.data_dir / project
    connection.execute(
        f"ATTACH IF NOT EXISTS 'ducklake:{path}.ducklake' AS {database.quote(project)} "
        f"(DATA_PATH '{path}/', DATA_INLINING_ROW_LIMIT 0)"
    )
    database._attached.add(project)


def close() -> None:
    """Closes the database, so that its write-ahead log is empty at the next start."""
    if connect.cache_info().currsize:
        with contextlib.suppress(duckdb.Error):
            connect().close()
        connect.cache_clear()


def install() -> None:
    shutil.rmtree(settings.data_dir / "temporary", ignore_errors=True)
    replace(database, "_connect", connect)
    replace(database, "_attach", attach)
