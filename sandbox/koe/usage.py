"""When and by whom the product is used: the tables from which generations are drawn."""

from dataclasses import dataclass
from datetime import timedelta

import numpy

from sandbox.koe.chance import array_stream, zipf_weights
from sandbox.koe.history import HOUR, TIMEZONE, History, utc
from sandbox.koe.people import Person
from sandbox.koe.teams import Project
from sandbox.koe.voices import Voice

HOUR_WEIGHTS = (10, 7, 4, 3, 2, 3, 6, 12, 22, 40, 55, 50, 34, 46, 54, 52, 48, 44, 38, 34, 38, 40, 32, 20)
"""How busy each hour of the day is, in Asia/Tokyo."""
WEEKDAY_WEIGHTS = (1.0, 1.05, 1.08, 1.04, 0.98, 0.62, 0.56)
"""How busy each day of the week is, Monday first."""
GROWTH = 0.5
"""How much busier the last day is than the first."""
NEVER_USED = 0.25
"""Share of the accounts that never make anything."""
SUBSCRIBER_WEIGHT = 6


@dataclass(frozen=True)
class Usage:
    """Arrays to draw from. `hours` is the cumulative share of the history's work done by the end of each hour."""

    start: int
    hours: numpy.ndarray
    user_ids: numpy.ndarray
    user_shares: numpy.ndarray
    """Cumulative: the share of the work done by this user and those before."""
    first_hour: numpy.ndarray
    """For each user, the first whole hour of the history after the account was opened."""
    own_voice: numpy.ndarray
    """For each user, an index into `voice_ids`, or -1."""
    voice_ids: tuple[str, ...]
    voice_created: numpy.ndarray
    shared_voices: numpy.ndarray
    """Indexes of the built-in and public voices, most popular first."""
    voice_shares: numpy.ndarray
    project_ids: tuple[str, ...]
    project_created: numpy.ndarray
    first_project: numpy.ndarray
    project_count: numpy.ndarray


def usage(seed: int, everyone: list[Person], voices: list[Voice], projects: list[Project], history: History) -> Usage:
    """Everything that the workers need. People who deleted the account had their generations deleted with it."""
    draws = array_stream(seed, "usage")
    hours = _hours(history)
    weights = zipf_weights(len(everyone), 0.7)[draws.permutation(len(everyone))]
    weights *= [SUBSCRIBER_WEIGHT if person.subscribes else 1 for person in everyone]
    weights *= draws.random(len(everyone)) >= NEVER_USED
    weights *= [person.deleted_at is None for person in everyone]
    opened = numpy.array([person.created_at // 1000 for person in everyone])
    first_hour = numpy.clip(-((history.start - opened) // HOUR), 0, len(hours) - 1)
    weights *= 1 - numpy.concatenate(([0.0], hours))[first_hour]

    position = {person.id: index for index, person in enumerate(everyone)}
    own_voice = numpy.full(len(everyone), -1)
    for index, voice in enumerate(voices):
        if voice.owner_id is not None:
            own_voice[position[voice.owner_id]] = index
    shared = draws.permutation([index for index, voice in enumerate(voices) if voice.is_public])
    project_count = numpy.bincount([position[project.owner_id] for project in projects], minlength=len(everyone))

    return Usage(
        start=history.start,
        hours=hours,
        user_ids=numpy.array([person.id for person in everyone]),
        user_shares=numpy.cumsum(weights) / weights.sum(),
        first_hour=first_hour,
        own_voice=own_voice,
        voice_ids=tuple(voice.id for voice in voices),
        voice_created=numpy.array([voice.created_at for voice in voices]),
        shared_voices=shared,
        voice_shares=numpy.cumsum(zipf_weights(len(shared), 1.0)),
        project_ids=tuple(str(project.id) for project in projects),
        project_created=numpy.array([project.created_at for project in projects]),
        first_project=numpy.concatenate(([0], numpy.cumsum(project_count)[:-1])),
        project_count=project_count,
    )


def _hours(history: History) -> numpy.ndarray:
    first = utc(history.start * 1000).astimezone(TIMEZONE).date()
    weights = [
        WEEKDAY_WEIGHTS[(first + timedelta(days=day)).weekday()] * (1 + GROWTH * day / history.days) * hour
        for day in range(history.days)
        for hour in HOUR_WEIGHTS
    ]
    return numpy.cumsum(weights) / numpy.sum(weights)
