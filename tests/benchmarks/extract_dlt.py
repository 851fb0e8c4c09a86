"""dlt alone in a process: `python -m tests.benchmarks.extract_dlt <home> <ports> <address of the database>`."""

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
# `make benchmark` puts dlt beside the environment and not into it; what both have is the environment's.
sys.path.append(str(Path(sys.prefix) / "benchmark"))

import dlt
import pyarrow.parquet as pq
from dlt.sources.sql_database import sql_table

home, database = Path(sys.argv[1]), sys.argv[3]
table = sql_table(credentials=database, table="orders", schema="public", backend="pyarrow")
destination = dlt.destinations.filesystem(str(home / "dlt"))
pipeline = dlt.pipeline("benchmark", destination=destination, dataset_name="d", pipelines_dir=str(home / "state"))

began = time.monotonic()
pipeline.run(table, loader_file_format="parquet", write_disposition="replace")
seconds = time.monotonic() - began

rows = sum(pq.read_metadata(file).num_rows for file in (home / "dlt" / "d" / "orders").glob("*.parquet"))
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "rows": rows, "megabytes": megabytes}))
