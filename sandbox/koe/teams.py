"""Teams, their members, and projects: the relational part of the product besides the users."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sandbox.koe.chance import stream, uuid
from sandbox.koe.history import History
from sandbox.koe.people import Person
from sandbox.koe.phrases import PROJECT_TITLES, TAGS, TEAM_NAMES

TEAM_SHARE = 0.04
"""Teams for each user."""
FIRST_TEAM_ID = 501
ROLES = ("editor", "editor", "viewer")
FORMATS = ("mp3", "wav", "ogg", "flac")


@dataclass(frozen=True, slots=True)
class Team:
    id: int
    name: str
    owner_id: int
    seats: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Member:
    team_id: int
    user_id: int
    role: str
    joined_at: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation by mail into a team; `accepted_at` is when the member joined, None while it is open."""

    id: int
    team_id: int
    email: str
    role: str
    invited_at: int
    accepted_at: int | None


@dataclass(frozen=True, slots=True)
class Project:
    id: UUID
    owner_id: int
    team_id: int | None
    title: str
    settings: dict[str, Any]
    budget: Decimal | None
    tags: list[str]
    created_at: int
    archived_at: int | None


def teams(seed: int, everyone: list[Person], history: History) -> tuple[list[Team], list[Member]]:
    """Teams and their members. Owners are members too; nobody who deleted the account is in a team."""
    chance = stream(seed, "teams")
    present = [person for person in everyone if person.deleted_at is None]
    owners = sorted(chance.sample(present, max(2, round(len(everyone) * TEAM_SHARE))), key=lambda person: person.id)
    found: list[Team] = []
    members: list[Member] = []
    for index, owner in enumerate(owners):
        created_at = _later(chance, owner.created_at, history)
        seats = chance.choice((3, 5, 5, 10, 20))
        team = Team(FIRST_TEAM_ID + index, f"{chance.choice(TEAM_NAMES)} {index + 1}", owner.id, seats, created_at)
        found.append(team)
        members.append(Member(team.id, owner.id, "owner", created_at))
        for person in chance.sample(present, min(len(present), chance.randint(1, seats - 1))):
            if person.id != owner.id:
                joined_at = _later(chance, max(created_at, person.created_at), history)
                members.append(Member(team.id, person.id, chance.choice(ROLES), joined_at))
    return found, members


def projects(seed: int, everyone: list[Person], all_teams: list[Team], history: History) -> Iterator[Project]:
    """Projects, about 1.2 for each user. A deleted user's projects stay, archived: the row has no user any more."""
    chance = stream(seed, "projects")
    team_of = {team.owner_id: team for team in all_teams}
    for person in everyone:
        count = chance.choices((0, 1, 2, 3, 6), (38, 32, 16, 10, 4))[0]
        team = team_of.get(person.id)
        for _ in range(max(count, 1) if person.deleted_at else count):
            shared = team is not None and chance.random() < 0.6
            created_at = _later(chance, team.created_at if team and shared else person.created_at, history)
            archived_at = _later(chance, created_at, history) if chance.random() < 0.1 else None
            if person.deleted_at:
                created_at = min(created_at, person.deleted_at)
                archived_at = person.deleted_at
            yield Project(
                id=uuid(chance),
                owner_id=person.id,
                team_id=team.id if team and shared else None,
                title=chance.choice(PROJECT_TITLES).format(n=chance.randint(1, 40)),
                settings=_settings(chance),
                budget=None if chance.random() < 0.6 else Decimal(chance.randrange(0, 100_000_000)) / 100,
                tags=chance.sample(TAGS, chance.choice((0, 0, 1, 2, 3))),
                created_at=created_at,
                archived_at=archived_at,
            )


def invitations(seed: int, everyone: list[Person], members: list[Member], history: History) -> Iterator[Invitation]:
    """One for each member who is not the owner, and some that nobody has accepted yet.

    No contract names this table: the README adds it, as a user adds a table of a store.
    """
    chance = stream(seed, "invitations")
    emails = {person.id: person.email for person in everyone}
    number = 0
    for member in members:
        if member.role == "owner":
            continue
        number += 1
        invited_at = member.joined_at - chance.randrange(1, 48 * 3_600_000)
        yield Invitation(number, member.team_id, emails[member.user_id], member.role, invited_at, member.joined_at)
        if chance.random() < 0.2:
            number += 1
            invited_at = _later(chance, member.joined_at, history)
            address = f"guest{number}@example.com"
            yield Invitation(number, member.team_id, address, chance.choice(ROLES), invited_at, None)


def _settings(chance: Random) -> dict[str, Any]:
    """Free-form settings: nested, with optional keys."""
    settings: dict[str, Any] = {"format": chance.choice(FORMATS), "sample_rate": chance.choice((16000, 24000, 48000))}
    if chance.random() < 0.5:
        settings["defaults"] = {"speed": chance.randint(50, 200) / 100, "pauses": [0.2, 0.5]}
    if chance.random() < 0.2:
        settings["dictionary"] = {"声": "こえ", 'C"#': "シーシャープ"}
    if chance.random() < 0.1:
        settings["watermark"] = None
    return settings


def _later(chance: Random, earliest: int, history: History) -> int:
    """An instant after `earliest`, denser soon after it, before the end of the history. Milliseconds."""
    return earliest + int((history.end * 1000 - 1 - earliest) * chance.random() ** 2)
