"""All subscribers' lives, one after another."""

from collections.abc import Iterator

from sandbox.koe.billing import decisions
from sandbox.koe.billing.decisions import Story
from sandbox.koe.billing.lives import Departure, Outcome, live
from sandbox.koe.chance import stream
from sandbox.koe.currencies import ExchangeRates
from sandbox.koe.history import DAY, HOUR, History
from sandbox.koe.people import Person

CUSTOMER_DELETED_SHARE = 0.02
"""Share of the subscribers who keep the product's account and have their Stripe customer deleted."""


def lives(
    seed: int, everyone: list[Person], rates: ExchangeRates, history: History
) -> Iterator[tuple[Person, Outcome]]:
    """Every person who ever subscribed, with what Stripe knows and what became of the plan."""
    subscribers = [person for person in everyone if person.subscribes]
    told = decisions.stories([person for person in subscribers if person.deleted_at is None], history)
    departures = _departures(seed, subscribers, told, history)
    for person in subscribers:
        yield person, live(seed, person, departures.get(person.id), told.get(person.id), rates, history)


def _departures(seed: int, subscribers: list[Person], told: dict[int, Story], history: History) -> dict[int, Departure]:
    """Who left for good. Of those whose account is deleted, every second has the Stripe customer deleted as well."""
    chance = stream(seed, "departures")
    gone = [(person.id, person.deleted_at) for person in subscribers if person.deleted_at is not None]
    departures = {
        user_id: Departure(deleted_at // 1000, customer_deleted=index % 2 == 1)
        for index, (user_id, deleted_at) in enumerate(gone)
    }
    present = [person for person in subscribers if person.deleted_at is None and person.id not in told]
    for person in chance.sample(present, max(1, round(len(subscribers) * CUSTOMER_DELETED_SHARE))):
        earliest = max(person.created_at // 1000 + DAY, history.start)
        departures[person.id] = Departure(chance.randrange(earliest, history.end - 4 * HOUR), customer_deleted=True)
    for person in subscribers:
        if person.id in told and told[person.id].leaves_owing:
            departures[person.id] = Departure(decisions.departure(person, history), customer_deleted=False)
    return departures
