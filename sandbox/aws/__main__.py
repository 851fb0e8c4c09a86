"""`python -m sandbox.aws --port P --data DIR --postgres URI`: serves AWS on 127.0.0.1:P until SIGTERM."""

import argparse
import os
import resource
import shutil
import signal
import tempfile
from pathlib import Path

OBJECT_BYTES_IN_MEMORY = 64 * 1024
MAX_OPEN_FILES = 10_240


def main() -> None:
    """Sets up, serves, ends."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--postgres", required=True, help="URI of the database that stands in for Aurora")
    options = parser.parse_args()
    data = options.data.resolve()
    _use_disk(data)

    # moto reads its settings when it is imported.
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    from sandbox.aws import buckets, sts
    from sandbox.aws.dynamodb import backend as dynamodb
    from sandbox.aws.faults import Faults
    from sandbox.aws.rds import backend as rds
    from sandbox.aws.server import Application

    faults = Faults()
    sts.install()
    buckets.install(data / "buckets.json")
    dynamodb.install(data / "dynamodb", faults)
    rds.install(data / "rds.json", options.postgres, faults)
    # What must last is on disk at any time, so there is nothing to finish.
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: os._exit(0))
    server = make_server(
        "127.0.0.1", options.port, Application(faults), threaded=True, request_handler=MotoRequestHandler
    )
    server.serve_forever()


def _use_disk(data: Path) -> None:
    """S3 objects and sorting go to files below `data`, not to memory; what a killed server left there is removed."""
    scratch = data / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(OBJECT_BYTES_IN_MEMORY)
    os.environ["SQLITE_TMPDIR"] = tempfile.tempdir = str(scratch)
    # Each S3 object that is not in memory holds a file open.
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MAX_OPEN_FILES if limit == resource.RLIM_INFINITY else min(limit, MAX_OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, limit))


if __name__ == "__main__":
    main()
