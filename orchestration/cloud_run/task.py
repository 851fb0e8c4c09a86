"""The first process of a task of a Cloud Run job: runs a command, then ends the sidecar that leads to the database.

A task is over when its containers are, and nothing says that Cloud Run ends a sidecar before its time. The proxy's
admin server does when it is told: https://github.com/GoogleCloudPlatform/cloud-sql-proxy#localhost-admin-server
"""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Final

QUIT: Final = "http://127.0.0.1:9091/quitquitquit"
TIMEOUT: Final = 10.0


def main(command: Sequence[str], quit_url: str = QUIT) -> int:
    """Run the command to its end, passing signals on; returns its exit code, as a shell would give it."""
    try:
        process = subprocess.Popen(command)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: process.send_signal(received))
        code = process.wait()
    finally:
        _end_proxy(quit_url)
    return code if code >= 0 else 128 - code


def _end_proxy(url: str) -> None:
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=TIMEOUT).close()
    except (urllib.error.URLError, OSError) as error:
        print(f"the database's proxy could not be told to end: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
