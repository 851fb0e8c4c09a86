"""Stripe: full lists, each object as the API's own JSON.

    GET /v1/<list>?created[lt]=<window's end> ─▶ {"id", "object", "deleted", "retrieved_at"} a line ─▶ landing bucket

A list has no state of the past: what is delivered are the objects created before the window's end, as they are when
they are read. So that a rerun over unchanged data ends in the same bytes, a delivery is named after its content
without `retrieved_at`, and one of that name that has landed already is used again.
"""

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from extract.contract import Table
from extract.delivery import Delivery, Failure, Format, RawColumn, fingerprint
from extract.errors import Terminal
from extract.landing import Landing
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
"""What a line has: the object's id, the object itself, whether Stripe calls it deleted, when it was read."""

_AT_ONCE: Final = 8
_EVENTS: Final = datetime.timedelta(days=30)
"""How far events reach back: https://docs.stripe.com/api/events"""


class Stripe:
    """One Stripe account. `api_key` is a secret key, or a restricted one that may read what the tables name.

    `patience` bounds the retries of one request, in seconds.
    """

    def __init__(self, api_key: str, api_base: str = "https://api.stripe.com", patience: float = 60) -> None:
        self._lists = Lists(api_key, api_base, patience)

    def deliver(
        self, tables: Sequence[Table], window: Window, landing: Landing, report: Report
    ) -> Iterator[Delivery | Failure]:
        """See `extract.source.Source.deliver`. `position` is the bound of `created` and the API version."""
        window.require_closed()
        return each(tables, lambda table: self._deliver(table, window, landing, report), lambda table: table, _AT_ONCE)

    def _deliver(self, table: Table, window: Window, landing: Landing, report: Report) -> Delivery:
        digests = []
        with Spool() as spool:
            for item in self._lists.objects(table.relation, _parameters(table, window)):
                digests.append(hashlib.sha256(compact(item)).hexdigest())
                spool.write(
                    {
                        "id": item["id"],
                        "object": item,
                        "deleted": bool(item.get("deleted", False)),
                        "retrieved_at": datetime.datetime.now(datetime.UTC).isoformat(),
                    }
                )
                if spool.rows % 10_000 == 0:
                    report(f"{table}: {spool.rows} objects read")
            content = fingerprint(digests)
            for landed in landing.find(table, window):
                if landed.fingerprint == content:
                    report(f"{table}: {spool.rows} objects read, the same as have landed already")
                    return landed
            file = spool.land(landing, f"{landing.folder(table, window, content)}{table.relation}.json.gz")
        report(f"{table}: {file.rows} objects landed")
        delivery = Delivery(
            source=table.source,
            table=table.name,
            relation=table.relation,
            partition_id=window.partition_id,
            id=content,
            format=Format.JSON,
            files=(file,),
            columns=COLUMNS,
            rows=file.rows,
            fingerprint=content,
            position=f"created before {window.end.isoformat()}, API version {API_VERSION}",
            window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
        )
        landing.commit(table, window, delivery)
        return delivery


def _parameters(table: Table, window: Window) -> dict[str, Any]:
    # The upper bound is fixed before paging begins: newer objects cannot shift the pages.
    created = {"lt": int(window.end.timestamp())}
    if table.relation == "events":
        if window.end <= datetime.datetime.now(datetime.UTC) - _EVENTS:
            raise Terminal(f"{table}: Stripe keeps events for 30 days; choose a later day than {window.date}")
        # A fixed lower bound a day inside Stripe's moving one: a rerun within that day reads the same events.
        created["gte"] = int((window.end - _EVENTS + datetime.timedelta(days=1)).timestamp())
    # Without a status, canceled subscriptions are left out.
    status = {"status": "all"} if table.relation == "subscriptions" else {}
    return {"created": created, **status}
