"""Subscription items and invoice lines: taken out of their parents, with what has left them as tombstones."""

import datetime
from typing import Any

from extract.contract import Table
from extract.delivery import Kind
from tests.integration.extract.stripe_account import CREATED, client, clock_at, keep, lines, source, table
from tests.integration.extract.support import BEFORE, WINDOW, Cloud

WEEK = datetime.timedelta(days=7)
NOON = WINDOW.start + datetime.timedelta(hours=12)
# Longer ago than any overlap, so that only events tell of a parent.
OLD = CREATED - 10 * 86_400


def incremental(cloud: Cloud, relation: str) -> Table:
    return table(relation, cloud.name(), "incremental", full_every=WEEK, allow_empty=True)


def subscription(cloud: Cloud, items: int) -> tuple[str, list[str]]:
    """A subscription with items; its id and theirs."""
    identifier, names = cloud.name("sub_Parts"), [cloud.name("si_Parts") for _ in range(items)]
    data = [
        {"id": name, "object": "subscription_item", "created": OLD, "quantity": 1, "subscription": identifier}
        for name in names
    ]
    url = f"/v1/subscription_items?subscription={identifier}"
    made = {
        "id": identifier,
        "object": "subscription",
        "created": OLD,
        "status": "active",
        "items": {"object": "list", "data": data, "has_more": False, "url": url},
    }
    keep(cloud, "subscriptions", made)
    return identifier, names


def invoice(cloud: Cloud, count: int, identifier: str = "", event: str | None = None) -> tuple[str, list[str]]:
    """A draft with new lines; its id and theirs."""
    identifier, names = identifier or cloud.name("in_Parts"), [cloud.name("il_Parts") for _ in range(count)]
    data: list[dict[str, Any]] = [
        {"id": name, "object": "line_item", "amount": 100, "invoice": identifier} for name in names
    ]
    made = {
        "id": identifier,
        "object": "invoice",
        "created": OLD,
        "status": "draft",
        "lines": {"object": "list", "data": data, "has_more": False, "url": f"/v1/invoices/{identifier}/lines"},
    }
    keep(cloud, "invoices", made, event=event)
    return identifier, names


def test_parts_are_listed_out_of_all_their_parents(cloud: Cloud) -> None:
    items, bills = table("subscription_items", cloud.name()), table("invoice_lines", cloud.name())
    parent, names = subscription(cloud, 15)
    bill, on_it = invoice(cloud, 12)
    cloud.run(source(cloud), items, bills)
    assert [row["id"] for row in lines(cloud, items, names)] == sorted(names)
    assert {row["object"]["subscription"] for row in lines(cloud, items, names)} == {parent}
    assert [row["id"] for row in lines(cloud, bills, on_it)] == sorted(on_it)
    assert {row["object"]["invoice"] for row in lines(cloud, bills, on_it)} == {bill}


def test_an_item_that_left_its_subscription_is_a_tombstone(cloud: Cloud) -> None:
    of = incremental(cloud, "subscription_items")
    parent, (stays, leaves) = subscription(cloud, 2)
    _, untouched = subscription(cloud, 1)
    cloud.load(source(cloud), of, BEFORE)
    with clock_at(cloud, NOON):
        items: Any = [{"id": stays, "quantity": 5}, {"id": leaves, "deleted": True}]
        client(cloud).v1.subscriptions.update(parent, {"items": items})
    assert cloud.load(source(cloud), of).kind == Kind.CHANGES
    found = {row["id"]: row for row in lines(cloud, of, [stays, leaves, *untouched])}
    assert {name: row["deleted"] for name, row in found.items()} == {stays: False, leaves: True}
    assert found[stays]["object"]["quantity"] == 5


def test_the_lines_of_a_deleted_draft_are_tombstones(cloud: Cloud) -> None:
    of = incremental(cloud, "invoice_lines")
    bill, names = invoice(cloud, 3)
    cloud.load(source(cloud), of, BEFORE)
    with clock_at(cloud, NOON):
        client(cloud).v1.invoices.delete(bill)
    cloud.load(source(cloud), of)
    assert [(row["deleted"], row["object"]) for row in lines(cloud, of, names)] == [(True, None)] * 3


def test_lines_that_get_other_ids_when_their_draft_is_finalized_replace_the_old_ones(cloud: Cloud) -> None:
    of = incremental(cloud, "invoice_lines")
    with clock_at(cloud, WINDOW.start - datetime.timedelta(hours=5)):
        bill, temporary = invoice(cloud, 2, event="invoice.created")
    cloud.load(source(cloud), of, BEFORE)
    with clock_at(cloud, NOON):
        _, final = invoice(cloud, 2, bill, event="invoice.finalized")
    cloud.load(source(cloud), of)
    deleted = {row["id"]: row["deleted"] for row in lines(cloud, of, temporary + final)}
    assert deleted == dict.fromkeys(temporary, True) | dict.fromkeys(final, False)


def test_an_invoice_that_changed_brings_all_of_its_many_lines(cloud: Cloud) -> None:
    of = incremental(cloud, "invoice_lines")
    bill, names = invoice(cloud, 130)
    cloud.load(source(cloud), of, BEFORE)
    with clock_at(cloud, NOON):
        client(cloud).v1.invoices.finalize_invoice(bill)
    cloud.load(source(cloud), of)
    assert [row["deleted"] for row in lines(cloud, of, names)] == [False] * 130


def test_a_credit_note_is_a_change_of_its_invoice(cloud: Cloud) -> None:
    of = incremental(cloud, "invoices")
    bill, _ = invoice(cloud, 1)
    cloud.load(source(cloud), of, BEFORE)
    note = {"id": cloud.name("cn_Parts"), "object": "credit_note", "created": CREATED, "invoice": bill}
    with clock_at(cloud, NOON):
        keep(cloud, "credit_notes", note, event="credit_note.created")
    cloud.load(source(cloud), of)
    assert [row["id"] for row in lines(cloud, of, [bill])] == [bill]
