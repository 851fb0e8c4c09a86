"""What customers decide and what befalls them: drawn by lot, but for the few whose story is told at every scale.

A small sample would else miss most of what the KPIs turn on: plans that change, customers who come back, money that
does not come or goes back.
"""

from dataclasses import dataclass
from random import Random

from sandbox.koe.billing.catalogue import OFFERS, Offer
from sandbox.koe.billing.periods import months_later
from sandbox.koe.history import DAY, HOUR, History
from sandbox.koe.people import Person

OFFER_WEIGHTS = (58, 15, 19, 8)
CHURN = {"month": 0.08, "year": 0.3}
"""Probability of asking, within a period, not to renew it."""
CANCELLED_AT_ONCE = 0.01
UPGRADE = 0.04
DOWNGRADE = 0.04
COMES_BACK = 0.25
FAILED_ATTEMPTS = (0, 1, 2, 3, 4)
FAILED_ATTEMPTS_WEIGHTS = (0.88, 0.06, 0.025, 0.015, 0.02)
"""How many attempts to charge a renewal fail; after four the invoice is given up and the subscription cancelled."""
REFUNDED = 0.03


@dataclass(frozen=True, slots=True)
class Story:
    """What happens around a customer's first renewal; before it nothing else does, and after it chance decides."""

    plan: str = "creator"
    interval: str = "month"
    action: str | None = None
    failed_attempts: int = 0
    refunded: bool = False
    comes_back: bool = False
    leaves_owing: bool = False
    """Cancels while the renewal is unpaid, so that its invoice is voided."""


STORIES = (
    Story(action="upgrade"),
    Story(plan="studio", action="downgrade"),
    Story(action="cancel now", comes_back=True),
    Story(action="cancel", refunded=True),
    Story(failed_attempts=4, leaves_owing=True),
    Story(interval="year"),
    Story(failed_attempts=2),
    Story(failed_attempts=4),
)
BEGINS_BEFORE = 20 * DAY
"""So long before usage begins a story's customer subscribes, to be renewed while it lasts."""
LATEST = 10 * DAY
"""Whoever opened the account later than so long after their beginning is in no story."""
ACTS_AFTER = 5 * DAY
RETURNS_AFTER = 7 * DAY


def stories(subscribers: list[Person], history: History) -> dict[int, Story]:
    """By user id. The oldest accounts are in them; one subscriber at least is left to chance."""
    old = [one.id for one in subscribers if one.created_at // 1000 < history.start + LATEST]
    return dict(zip(old[: len(subscribers) - 1], STORIES, strict=False))


def purchase(person: Person, history: History) -> int:
    """When a story's customer subscribes."""
    return max(person.created_at // 1000 + HOUR, history.start - BEGINS_BEFORE)


def departure(person: Person, history: History) -> int:
    """When a customer leaves owing: between two attempts to charge the renewal."""
    return months_later(purchase(person, history), 1) + 2 * DAY


class Decisions:
    """One customer's. Instants are epoch seconds."""

    def __init__(self, chance: Random, person: Person, story: Story | None, history: History) -> None:
        self._chance = chance
        self._person = person
        self._story = story
        self._history = history
        self._told_from = months_later(purchase(person, history), 1) if story and story.interval == "month" else 0
        self._told_until = months_later(self._told_from, 1)

    def first_purchase(self, until: int) -> int:
        if self._story:
            return purchase(self._person, self._history)
        opened = self._person.created_at // 1000 + 60
        start = opened + int(self._chance.expovariate(1 / (20 * DAY)))
        return start if start < until - HOUR else self._chance.randrange(opened, until - HOUR)

    def offer(self, currency: str, start: int) -> Offer:
        drawn = self._chance.choices([offer for offer in OFFERS if offer.currency == currency], OFFER_WEIGHTS)[0]
        if self._story and start == purchase(self._person, self._history):
            return Offer(self._story.plan, self._story.interval, currency)
        return drawn

    def failed_attempts(self, at: int) -> int:
        drawn: int = self._chance.choices(FAILED_ATTEMPTS, FAILED_ATTEMPTS_WEIGHTS)[0]
        return self._story.failed_attempts if self._story and self._is_told(at) else drawn

    def is_refunded(self, at: int) -> bool:
        drawn = self._chance.random() < REFUNDED
        return self._story.refunded if self._story and self._is_told(at) else drawn

    def action(self, offer: Offer, paid_at: int, period_end: int) -> tuple[str | None, int]:
        """What the customer does in a paid period, and when."""
        drawn_at = self._chance.randrange(paid_at + HOUR, period_end - HOUR)
        weights = {"cancel": CHURN[offer.interval], "cancel now": CANCELLED_AT_ONCE}
        weights |= {"upgrade": UPGRADE} if offer.plan == "creator" else {"downgrade": DOWNGRADE}
        drawn = self._chance.choices((*weights, None), (*weights.values(), 1 - sum(weights.values())))[0]
        if self._story and paid_at < self._told_until:
            return self._story.action if self._is_told(paid_at) else None, paid_at + ACTS_AFTER
        return drawn, drawn_at

    def returns_at(self, ended: int) -> int | None:
        """When somebody whose subscription ended buys another, or None."""
        returns, later = self._chance.random() < COMES_BACK, self._chance.randint(5 * DAY, 40 * DAY)
        if self._story and self._is_told(ended):
            returns, later = self._story.comes_back, RETURNS_AFTER
        return ended + later if returns else None

    def _is_told(self, at: int) -> bool:
        return self._told_from <= at < self._told_until
