"""From the seed files of the sample business to its records as of the end of a day."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.koe.records import Records
from tests.kpis.business import Business, Generation, Line, Money, Price, Subscription, User
from tests.kpis.calendar import local_day

SERIAL_EPOCH = date(1899, 12, 30)
MONTHS = {"month": 1, "year": 12}


def read(records: Records, last_day: date) -> Business:
    """What the stores held at the end of `last_day`; records are the final state, and nothing later is in them."""
    stripe = {
        kind: [one for one in records.objects(kind) if local_day(one["created"]) <= last_day]
        for kind in ("prices", "customers", "subscriptions", "invoices", "charges", "refunds")
    }
    user_of = {customer["id"]: int(customer["metadata"]["user_id"]) for customer in stripe["customers"]}
    charges = {charge["id"]: charge for charge in stripe["charges"]}
    lines = _lines(stripe["invoices"])
    users = {int(str(row["id"])): _user(row) for row in records.rows("users")}
    generations = map(_generation, records.items("koe-generations"))
    return Business(
        last_day=last_day,
        users={user_id: user for user_id, user in users.items() if user.signed_up_on <= last_day},
        project_owners={int(str(row["owner_id"])) for row in records.rows("projects")},
        generations=[one for one in generations if one.created_on <= last_day],
        prices={price["id"]: _price(price) for price in stripe["prices"]},
        subscriptions=[_subscription(one, tuple(lines[one["id"]])) for one in stripe["subscriptions"]],
        charges=[_money(one, user_of[one["customer"]]) for one in stripe["charges"]],
        refunds=[_money(one, user_of[charges[one["charge"]]["customer"]]) for one in stripe["refunds"]],
        costs=[
            (_day(row[0]), Decimal(str(row[3])))
            for row in records.cells("campaign_costs")[1:]
            if len(row) > 3 and isinstance(row[3], int | float)
        ],
        rates={(str(row[1]), _day(row[0])): Decimal(str(row[2])) for row in records.cells("exchange_rates")[1:]},
        targets={
            (_day(row[0]), str(row[1])): Decimal(str(row[2]))
            for row in records.cells("kpi_targets")[1:]
            if len(row) > 2 and row[2] is not None
        },
    )


def _day(serial: Any) -> date:
    return SERIAL_EPOCH + timedelta(days=serial)


def _user(row: dict[str, str | None]) -> User:
    return User(row["country"], local_day(str(row["created_at"])))


def _generation(item: dict[str, Any]) -> Generation:
    return Generation(
        user_id=int(item["userId"]),
        created_on=local_day(item["createdAt"]),
        status=item["status"],
        characters=int(item["characters"]),
        duration_ms=int(item.get("durationMs", 0)),
        cost_micros=int(item["costMicros"]),
    )


def _price(price: dict[str, Any]) -> Price:
    recurring = price["recurring"]
    months = MONTHS[recurring["interval"]] * recurring["interval_count"]
    return Price(price["metadata"]["plan"], price["currency"], price["unit_amount"], months)


def _lines(invoices: list[dict[str, Any]]) -> dict[str, list[Line]]:
    found = defaultdict(list)
    for invoice in invoices:
        for line in invoice["lines"]["data"]:
            subscription = line["parent"]["subscription_item_details"]["subscription"]
            price = line["pricing"]["price_details"]["price"]
            found[subscription].append(Line(line["period"]["start"], price, line["quantity"], line["amount"]))
    return found


def _subscription(one: dict[str, Any], lines: tuple[Line, ...]) -> Subscription:
    return Subscription(
        id=one["id"],
        customer_id=one["customer"],
        user_id=int(one["metadata"]["user_id"]),
        status=one["status"],
        first_day=local_day(one["trial_end"] or one["start_date"]),
        ended_on=None if one["ended_at"] is None else local_day(one["ended_at"]),
        lines=lines,
    )


def _money(one: dict[str, Any], user_id: int) -> Money:
    return Money(user_id, local_day(one["created"]), one["status"], one["currency"], one["amount"])
