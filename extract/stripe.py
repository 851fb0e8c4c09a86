"""Stripe: each object as the API's own JSON, as it is when it is read.

    lists, and events of the window ─▶ {"id", "object", "deleted", "retrieved_at"} a line ─▶ landing bucket

In mode `list` a window has all objects created before its end. In mode `incremental` it has those that were made,
changed or deleted in it wherever there is a chain of landed deliveries to build on (`extract.chain`), else all.

Stripe has no state of the past. So that a rerun over unchanged data ends in the same bytes, a delivery is named after
its content without `retrieved_at`, and one of that name that has landed already is used again.
"""

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from extract import stripe_changes
from extract.chain import links
from extract.contract import Table
from extract.delivery import Delivery, Failure, Format, Kind, RawColumn, fingerprint
from extract.landing import Landing
from extract.progress import Progress
from extract.source import Report, each
from extract.spool import Spool, compact
from extract.stripe_api import API_VERSION, Lists
from extract.window import Window

COLUMNS: Final = (
    RawColumn("id", "STRING"),
    RawColumn("object", "JSON"),
    RawColumn("deleted", "BOOL"),
    RawColumn("retrieved_at", "TIMESTAMP"),
)
"""What a line has: the object's id, the object itself, whether it is deleted, when it was read.

Of a deleted object there is Stripe's stub, or null.
"""

_AT_ONCE: Final = 8


class Stripe:
    """One Stripe account. `api_key` is a secret key, or a restricted one that may read what the tables name.

    In mode `incremental` the key must be allowed to read events too. `patience` bounds the retries of one request, in
    seconds.
    """

    def __init__(self, api_key: str, api_base: str = "https://api.stripe.com", patience: float = 60) -> None:
        self._lists = Lists(api_key, api_base, patience)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is what was asked for and the API version."""
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        landed = landing.find(table, window)
        chain = links(landing, table, window) if table.mode == "incremental" else []
        if any(delivery.kind is Kind.FULL for delivery in landed):
            # Later windows may build on this one: once in full, it stays so.
            chain = []
        find = stripe_changes.changes if chain else stripe_changes.everything
        # Changes are of no use where what they build on is gone: another base makes another delivery.
        digests = [f"changes since {chain[0].partition_id}"] if chain else []
        progress = Progress(str(table), report)
        with Spool() as spool:
            for identifier, item in find(self._lists, table, window):
                digests.append(hashlib.sha256(compact(item or {"id": identifier})).hexdigest())
                row = {
                    "id": identifier,
                    "object": item,
                    "deleted": item is None or bool(item.get("deleted", False)),
                    "retrieved_at": datetime.datetime.now(datetime.UTC).isoformat(),
                }
                progress.add(rows=1, bytes=spool.write(row))
            content = fingerprint(digests)
            for delivery in landed:
                if delivery.fingerprint == content:
                    report(f"{table}: {spool.rows} objects read, the same as have landed already")
                    if delivery is not landed[0]:
                        # What was read last is what the window holds, also when it had changed in between.
                        landing.commit(table, window, delivery)
                    return delivery
            file = spool.land(landing, f"{landing.folder(table, window, content)}{table.relation}.json.gz")
        report(f"{table}: {file.rows} {'changes' if chain else 'objects'} landed")
        since = f"changed from {window.start.isoformat()} and" if chain else "created"
        delivery = Delivery.of(
            table,
            window,
            id=content,
            format=Format.JSON,
            files=(file,),
            columns=COLUMNS,
            fingerprint=content,
            position=f"{since} before {window.end.isoformat()}, API version {API_VERSION}",
            kind=Kind.CHANGES if chain else Kind.FULL,
        )
        landing.commit(table, window, delivery)
        return delivery
