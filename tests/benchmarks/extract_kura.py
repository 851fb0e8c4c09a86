"""Query mode alone in a process: `python -m tests.benchmarks.extract_kura <home> <ports> <folder|bucket> <day>`."""

import base64
import datetime
import hashlib
import json
import resource
import sys
import time
from pathlib import Path

from google.cloud import storage
from google.oauth2.service_account import Credentials

from extract.aurora_postgres import postgres
from extract.aurora_query import AuroraQuery
from extract.aurora_reader import Reader
from extract.contract import Column, Table
from extract.delivery import Delivery
from extract.landing import Landing, Stream
from extract.window import for_date

home, ports, place, number = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])


class Folder(Landing):
    """A landing whose files lie in a local folder, as those do that dlt writes; the rest is in the bucket."""

    def put(self, name: str, content: Stream, size: int, etag: str | None = None) -> str:
        path = home / "landed" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.md5(usedforsecurity=False)
        with path.open("wb") as file:
            while chunk := content.read(2**20):
                digest.update(chunk)
                file.write(chunk)
        return base64.b64encode(digest.digest()).decode()


client = storage.Client(
    project="koe-sandbox",
    credentials=Credentials.from_service_account_file(str(home / "platform.json")),
    client_options={"api_endpoint": f"http://127.0.0.1:{ports['storage']}"},
)
landing = {"folder": Folder, "bucket": Landing}[place]("koe-sandbox-landing", client)
reader = Reader("localhost", ports["postgres"], "koe", "koe", lambda: "koe", "disable")
table = Table("aurora", "orders", "Orders.", "public.orders", "query", ("id",), (Column("id", "INT64", "Number."),))
window = for_date(datetime.date(2026, 1, 1) - datetime.timedelta(days=number), "UTC")

began = time.monotonic()
[delivery] = AuroraQuery(reader, postgres).deliver([table], window, landing, lambda line: None)
seconds = time.monotonic() - began

assert isinstance(delivery, Delivery), delivery
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "rows": delivery.rows, "megabytes": megabytes}))
