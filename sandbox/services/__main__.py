"""Starts the server: `python -m sandbox.services --port P --data DIR [--keys DIR] [--aws URL ...]`."""

import argparse
from pathlib import Path

import uvicorn

from sandbox.services.app import create

UPSTREAM = ("aws", "bigquery", "storage")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.services", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="directory of the SQLite file; made when missing")
    parser.add_argument(
        "--keys",
        type=Path,
        help="directory with the service account keys (*.json) that may ask for tokens; default: the parent of --data",
    )
    for name in UPSTREAM:
        parser.add_argument(f"--{name}", help=f"address of the {name} server, between which transfers carry files")
    arguments = parser.parse_args()
    data: Path = arguments.data.absolute()
    upstream = {name: getattr(arguments, name) for name in UPSTREAM}
    app = create(data, arguments.keys or data.parent, upstream if all(upstream.values()) else None)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
