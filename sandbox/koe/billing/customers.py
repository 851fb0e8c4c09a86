"""All subscribers' lives, one after another."""

from collections.abc import Iterator

from sandbox.koe.billing.lives import Departure, Outcome, live
from sandbox.koe.chance import stream
from sandbox.koe.history import DAY, HOUR, History
from sandbox.koe.people import Person

CUSTOMER_DELETED_SHARE = 0.02
"""Share of the subscribers who keep the product's account and have their Stripe customer deleted."""


def lives(seed: int, everyone: list[Person], history: History) -> Iterator[tuple[Person, Outcome]]:
    """Every person who ever subscribed, with what Stripe knows and what became of the plan."""
    departures = _departures(seed, everyone, history)
    for person in everyone:
        if person.subscribes:
            yield person, live(seed, person, departures.get(person.id), history)


def _departures(seed: int, everyone: list[Person], history: History) -> dict[int, Departure]:
    """Who left for good. Of those whose account is deleted, every second has the Stripe customer deleted as well."""
    chance = stream(seed, "departures")
    subscribers = [person for person in everyone if person.subscribes]
    gone = [(person.id, person.deleted_at) for person in subscribers if person.deleted_at is not None]
    departures = {
        user_id: Departure(deleted_at // 1000, customer_deleted=index % 2 == 1)
        for index, (user_id, deleted_at) in enumerate(gone)
    }
    present = [person for person in subscribers if person.deleted_at is None]
    for person in chance.sample(present, max(1, round(len(subscribers) * CUSTOMER_DELETED_SHARE))):
        earliest = max(person.created_at // 1000 + DAY, history.start)
        departures[person.id] = Departure(chance.randrange(earliest, history.end - 4 * HOUR), customer_deleted=True)
    return departures
