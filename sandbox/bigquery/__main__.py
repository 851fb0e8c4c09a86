"""`python -m sandbox.bigquery --port P --data DIR --access FILE`: the BigQuery gateway on 127.0.0.1."""

import argparse
import faulthandler
from pathlib import Path

from sandbox.bigquery.server import serve


def main() -> None:
    parser = argparse.ArgumentParser("sandbox.bigquery", description="BigQuery on 127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="where tables, jobs and their state are kept")
    parser.add_argument("--access", type=Path, required=True, help="who may do what, as JSON")
    arguments = parser.parse_args()
    faulthandler.enable()  # a crash inside DuckDB leaves the statement in the log
    serve(arguments.port, arguments.data, arguments.access)


if __name__ == "__main__":
    main()
