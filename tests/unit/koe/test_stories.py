"""A small sample has the cases that the KPIs turn on, whatever its seed and its end."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.koe.billing.customers import lives
from sandbox.koe.billing.ledger import KINDS
from sandbox.koe.currencies import ExchangeRates, published
from sandbox.koe.history import History
from sandbox.koe.people import people

SCALE = 0.02
Objects = list[dict[str, Any]]


@pytest.fixture(params=range(6))
def small(request: pytest.FixtureRequest) -> tuple[dict[str, Objects], History]:
    history = History(date(2026, 2, 27) + timedelta(days=17 * request.param))
    rates = ExchangeRates(published(request.param, history))
    kinds: dict[str, Objects] = {kind: [] for kind in KINDS}
    for _, outcome in lives(request.param, people(request.param, SCALE, history), rates, history):
        for kind, made in outcome.ledger.kinds.items():
            kinds[kind] += made
    return kinds, history


def test_a_small_sample_has_each_case_within_the_days_of_usage(small: tuple[dict[str, Objects], History]) -> None:
    stripe, history = small
    bills = [bill for bill in stripe["invoices"] if bill["created"] >= history.start]
    upgrades = {bill["currency"] for bill in bills if bill["billing_reason"] == "subscription_update"}
    assert "usd" in upgrades

    amounts = defaultdict(list)
    for bill in stripe["invoices"]:
        amounts[bill["parent"]["subscription_details"]["subscription"], bill["currency"]].append(bill["total"])
    assert any(4_000 in made and 1_000 in made for (_, currency), made in amounts.items() if currency == "eur")

    begun = Counter(one["customer"] for one in stripe["subscriptions"])
    back = [one for one in stripe["subscriptions"] if begun[one["customer"]] > 1 and one["created"] >= history.start]
    assert back, "somebody came back"
    assert any((one["ended_at"] or 0) >= history.start for one in stripe["subscriptions"]), "somebody left"
    assert any(refund["created"] >= history.start for refund in stripe["refunds"])
    assert any(bill["status"] == "void" for bill in bills)
    assert any(charge["status"] == "failed" and charge["created"] >= history.start for charge in stripe["charges"])
    intervals = {one["items"]["data"][0]["price"]["recurring"]["interval"] for one in stripe["subscriptions"]}
    assert intervals == {"month", "year"}
