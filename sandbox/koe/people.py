"""The people who opened accounts: one list, from which every store gets the same names and addresses."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy

from sandbox.koe.chance import array_stream, stream
from sandbox.koe.history import DAY, DAYS_BEFORE_HISTORY, HOUR, USUAL_DAYS, History
from sandbox.koe.names import name as full_name

USERS = 5_000
"""Accounts ever opened, at scale 1."""
FIRST_USER_ID = 10_001
SUBSCRIBER_SHARE = 0.12
SUBSCRIBER_SHARE_A_DAY = 0.0002
"""For each day beyond the usual history: others follow those who leave, so that about as many pay in the end."""
DECIDES_AFTER = 14 * DAY
"""Nobody subscribes whose account is younger at the end of the history: few would have done so yet."""
DELETED_SHARE = 0.01
COUNTRIES = (("JP", 0.86), ("US", 0.05), ("TW", 0.03), ("KR", 0.03), ("FR", 0.03))
ABROAD = ("US", "FR")
"""Where the two subscribers with the oldest accounts live, so that every currency is paid in at every scale."""
LOCALES = {"JP": "ja-JP", "US": "en-US", "TW": "zh-TW", "KR": "ko-KR", "FR": "fr-FR"}
MAIL_DOMAINS = ("example.com", "example.net", "example.org", "mail.example", "post.example")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who opened an account. Instants are epoch milliseconds."""

    id: int
    email: str
    name: str
    country: str | None
    locale: str
    birth_date: date | None
    marketing_opt_in: bool
    created_at: int
    deleted_at: int | None
    """When the account's row was physically deleted."""
    subscribes: bool
    """Whether this person ever pays."""


def people(seed: int, scale: float, history: History) -> list[Person]:
    """All accounts ever opened, in order of opening, deleted ones included."""
    count = max(20, round(USERS * scale))
    draws = array_stream(seed, "people")
    created = _opened(draws, count, history)
    share = SUBSCRIBER_SHARE + SUBSCRIBER_SHARE_A_DAY * (history.days - USUAL_DAYS)
    subscribes = numpy.zeros(count, dtype=bool)
    decided = numpy.flatnonzero(created < (history.end - DECIDES_AFTER) * 1000)
    subscribers = draws.permutation(decided)[: max(6, round(count * share))]
    subscribes[subscribers] = True
    deleted = _deleted(draws, count, subscribers.tolist())
    abroad = dict(zip(sorted({*subscribers.tolist()} - deleted), ABROAD, strict=False))

    found: list[Person] = []
    for index in range(count):
        chance = stream(seed, "person", index)
        user_id = FIRST_USER_ID + index
        drawn = chance.choices([name for name, _ in COUNTRIES], [share for _, share in COUNTRIES])[0]
        country = abroad.get(index, drawn)
        name, romanized = full_name(chance, country)
        deleted_at = None
        if index in deleted:
            earliest = max(int(created[index]) + DAY * 1000, history.start * 1000)
            deleted_at = chance.randrange(earliest, (history.end - 4 * HOUR) * 1000)
        found.append(
            Person(
                id=user_id,
                email=f"{romanized}.{user_id}@{chance.choice(MAIL_DOMAINS)}",
                name=name,
                country=None if chance.random() < 0.03 and index not in abroad else country,
                locale=LOCALES[country],
                birth_date=None if chance.random() < 0.3 else _birth_date(chance.random()),
                marketing_opt_in=chance.random() < 0.4,
                created_at=int(created[index]),
                deleted_at=deleted_at,
                subscribes=bool(subscribes[index]),
            )
        )
    return found


def _opened(draws: numpy.random.Generator, count: int, history: History) -> numpy.ndarray:
    """Opening times, denser towards the end, the last at least two days before the end of the history.

    As many are opened before usage begins, and as many while it lasts, whatever the length of the history.
    """
    before, usual = DAYS_BEFORE_HISTORY * DAY * 1000, (DAYS_BEFORE_HISTORY + USUAL_DAYS - 2) * DAY * 1000
    after = numpy.sort((numpy.sqrt(draws.random(count)) * usual).astype(numpy.int64))
    drawn_out = numpy.maximum(after - before, 0) * history.days // USUAL_DAYS
    opened: numpy.ndarray = history.launch * 1000 + numpy.minimum(after, before) + drawn_out
    return opened


def _deleted(draws: numpy.random.Generator, count: int, subscribers: list[int]) -> set[int]:
    """Who deleted the account; a third of them had subscribed, so that invoices without a user always exist."""
    total = max(3, round(count * DELETED_SHARE))
    paying = subscribers[: max(1, total // 3)]
    others = numpy.setdiff1d(numpy.arange(count), subscribers)
    return {*paying, *draws.permutation(others)[: total - len(paying)].tolist()}


def _birth_date(share: float) -> date:
    return date(1950, 1, 1) + timedelta(days=int(share * 365.25 * 58))
