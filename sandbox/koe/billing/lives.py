"""What one customer did: subscribing, paying, changing plans, leaving."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from random import Random

from sandbox.koe.billing import objects
from sandbox.koe.billing.catalogue import Offer, price
from sandbox.koe.billing.decisions import Decisions, Story
from sandbox.koe.billing.ledger import Ledger
from sandbox.koe.billing.objects import Object
from sandbox.koe.billing.payments import FINALIZED_AFTER, Payments
from sandbox.koe.billing.periods import months_later
from sandbox.koe.billing.settlement import settle
from sandbox.koe.chance import stream
from sandbox.koe.currencies import ExchangeRates
from sandbox.koe.history import History
from sandbox.koe.people import Person

OTHER_PLAN = {"creator": "studio", "studio": "creator"}


@dataclass(frozen=True, slots=True)
class Departure:
    """A customer's end: all subscriptions are cancelled at once. Epoch seconds."""

    at: int
    customer_deleted: bool
    """Whether the Stripe customer is deleted too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the product knows of its customer at the end of the history."""

    customer_id: str
    plan: str
    changed_at: int
    """The last change of plan, epoch seconds."""
    ledger: Ledger


def live(
    seed: int,
    person: Person,
    departure: Departure | None,
    story: Story | None,
    rates: ExchangeRates,
    history: History,
) -> Outcome:
    """One subscriber's whole history with Stripe."""
    chance = stream(seed, "billing", person.id)
    outcome = _Life(chance, person, departure, story, history).run()
    settle(chance, outcome.ledger, rates, history)
    return outcome


class _Life:
    def __init__(
        self, chance: Random, person: Person, departure: Departure | None, story: Story | None, history: History
    ) -> None:
        self.chance = chance
        self.decisions = Decisions(chance, person, story, history)
        self.person = person
        self.departure = departure
        self.history = history
        self.until = departure.at if departure else history.end
        self.ledger = Ledger(chance, history)
        self.plan = "free"
        self.changed_at = person.created_at // 1000

    def run(self) -> Outcome:
        start = self.decisions.first_purchase(self.until)
        self.customer = self.ledger.add("customers", objects.customer(self.chance, self.person, start - 40))
        self.ledger.report("customer.created", self.customer, start - 40)
        self.payments = Payments(self.chance, self.decisions, self.ledger, self.customer, self.until)
        while start < self.until:
            ended = self._subscribe(start, self.decisions.offer(self.customer["currency"], start))
            returns_at = None if ended is None else self.decisions.returns_at(ended)
            if returns_at is None:
                break
            start = returns_at
        if self.departure and self.departure.customer_deleted:
            self.customer["deleted"] = True
            self.ledger.report("customer.deleted", self.customer, self.departure.at + 60)
        return Outcome(self.customer["id"], self.plan, self.changed_at, self.ledger)

    def _subscribe(self, start: int, offer: Offer) -> int | None:
        """One subscription from its beginning; when it ended, or None while it runs."""
        end_of_period = months_later(start, offer.months)
        bought = objects.subscription(self.chance, self.customer, offer, start, end_of_period, self.history.launch)
        self.ledger.add("subscriptions", bought)
        self._plan_is(offer.plan, start)
        for number in count():
            period = months_later(start, number * offer.months), months_later(start, (number + 1) * offer.months)
            if period[0] >= self.until:
                return self._cancel(bought, self.until) if self.departure else None
            bill = self._begin_period(bought, offer, period, first=number == 0)
            paid_at = self.payments.collect(bill, bought, period[0] if number == 0 else period[0] + FINALIZED_AFTER)
            if bought["status"] == "canceled":
                self._plan_is("free", bought["ended_at"])
                return int(bought["ended_at"])
            if paid_at is None:
                return self._cancel(bought, self.until) if self.departure else None
            ended, offer = self._spend_period(bought, bill, offer, period, paid_at)
            if bought["status"] == "canceled":
                return ended
        return None

    def _begin_period(self, bought: Object, offer: Offer, period: tuple[int, int], *, first: bool) -> Object:
        """The invoice that opens a period; a renewal also moves the subscription's dates and may change its price."""
        item = bought["items"]["data"][0]
        reason = "subscription_create" if first else "subscription_cycle"
        previous = {"items": {"data": [dict(item)]}, "latest_invoice": bought["latest_invoice"]}
        usage_start = period[0] if first else item["current_period_start"]
        item["current_period_start"], item["current_period_end"] = period
        if item["price"]["id"] != offer.price_id:
            item["price"] = price(offer, self.history.launch)
            self._plan_is(offer.plan, period[0])
        bill = objects.invoice(self.chance, self.customer, bought, reason, period[0], usage_start)
        objects.add_line(self.chance, bill, bought, offer, offer.amount, period)
        self.ledger.add("invoices", bill)
        bought["latest_invoice"] = bill["id"]
        if first:
            self.ledger.report("customer.subscription.created", bought, period[0])
        else:
            self.ledger.report("customer.subscription.updated", bought, period[0], previous)
        self.ledger.report("invoice.created", bill, period[0])
        return bill

    def _spend_period(
        self, bought: Object, bill: Object, offer: Offer, period: tuple[int, int], paid_at: int
    ) -> tuple[int | None, Offer]:
        """What the customer does in a paid period: when the subscription ended, if it did, and the next offer."""
        action, at = self.decisions.action(offer, paid_at, period[1])
        if at < self.until:
            match action:
                case "cancel now":
                    return self._cancel(bought, at), offer
                case "cancel":
                    self._cancel_at_period_end(bought, at)
                case "upgrade":
                    higher = replace(offer, plan=OTHER_PLAN[offer.plan])
                    self._upgrade(bought, offer, higher, period, at)
                    offer = higher
        if self.until <= period[1]:
            return (self._cancel(bought, self.until) if self.departure else None), offer
        if bought["cancel_at_period_end"]:
            return self._end(bought, period[1], bought["canceled_at"]), offer
        return None, replace(offer, plan=OTHER_PLAN[offer.plan]) if action == "downgrade" else offer

    def _upgrade(self, bought: Object, old: Offer, new: Offer, period: tuple[int, int], at: int) -> None:
        """Change the price now: the unused part of the old one is credited, the rest of the new one billed."""
        item = bought["items"]["data"][0]
        previous = {"items": {"data": [dict(item)]}, "latest_invoice": bought["latest_invoice"]}
        item["price"] = price(new, self.history.launch)
        bill = objects.invoice(self.chance, self.customer, bought, "subscription_update", at, period[0])
        rest = at, period[1]
        since = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
        unused = f"Unused time on {old.product_name} after {since}"
        remaining = f"Remaining time on {new.product_name} after {since}"
        objects.add_line(self.chance, bill, bought, old, -_share(old.amount, rest, period), rest, unused)
        objects.add_line(self.chance, bill, bought, new, _share(new.amount, rest, period), rest, remaining)
        self.ledger.add("invoices", bill)
        bought["latest_invoice"] = bill["id"]
        self._plan_is(new.plan, at)
        self.ledger.report("customer.subscription.updated", bought, at, previous)
        self.ledger.report("invoice.created", bill, at)
        self.payments.collect_at_once(bill, at)

    def _cancel_at_period_end(self, bought: Object, at: int) -> None:
        changed = ("cancel_at", "cancel_at_period_end", "canceled_at", "cancellation_details")
        previous = {key: bought[key] for key in changed}
        bought["cancel_at_period_end"] = True
        bought["cancel_at"] = bought["items"]["data"][0]["current_period_end"]
        bought["canceled_at"] = at
        bought["cancellation_details"] = {
            "comment": self.chance.choice((None, None, "しばらく使わないため", "高い…", "")),
            "feedback": self.chance.choice((None, "too_expensive", "unused", "switched_service", "missing_features")),
            "reason": "cancellation_requested",
        }
        self.ledger.report("customer.subscription.updated", bought, at, previous)

    def _cancel(self, bought: Object, at: int) -> int:
        """Cancel at once; what is still owed is voided."""
        self.payments.void_open(bought, at)
        bought["cancellation_details"]["reason"] = "cancellation_requested"
        return self._end(bought, at, at)

    def _end(self, bought: Object, at: int, canceled_at: int) -> int:
        bought["status"] = "canceled"
        bought["canceled_at"] = canceled_at
        bought["ended_at"] = at
        self._plan_is("free", at)
        self.ledger.report("customer.subscription.deleted", bought, at)
        return at

    def _plan_is(self, plan: str, at: int) -> None:
        self.plan = plan
        self.changed_at = at


def _share(amount: int, part: tuple[int, int], whole: tuple[int, int]) -> int:
    """The part's share of an amount, rounded half up to a whole minor unit."""
    length = whole[1] - whole[0]
    return (2 * amount * (part[1] - part[0]) + length) // (2 * length)
