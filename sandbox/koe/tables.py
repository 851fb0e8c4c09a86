"""The relational tables as CSV files that PostgreSQL's COPY reads."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from sandbox.koe.chance import stream
from sandbox.koe.history import History, utc
from sandbox.koe.people import Person
from sandbox.koe.teams import Invitation, Member, Project, Team

COLUMNS = {
    "users": (
        "id", "email", "name", "plan", "country", "locale", "birth_date", "marketing_opt_in", "stripe_customer_id",
        "credit_balance", "created_at", "updated_at",
    ),
    "teams": ("id", "name", "owner_id", "seats", "created_at"),
    "team_members": ("team_id", "user_id", "role", "joined_at"),
    "invitations": ("id", "team_id", "email", "role", "invited_at", "accepted_at"),
    "projects": ("id", "owner_id", "team_id", "title", "settings", "budget", "tags", "created_at", "archived_at"),
}  # fmt: skip
"""Tables in the order of loading, with their columns in the order of the files."""


@dataclass(frozen=True, slots=True)
class Account:
    """What billing adds to a person's row."""

    plan: str
    stripe_customer_id: str
    changed_at: int


def write_users(
    directory: Path, seed: int, everyone: list[Person], accounts: Mapping[int, Account], history: History
) -> None:
    """The accounts that still exist."""
    rows = (_user(seed, person, accounts.get(person.id), history) for person in everyone if person.deleted_at is None)
    _write(directory, "users", rows)


def write_teams(
    directory: Path,
    teams: Iterable[Team],
    members: Iterable[Member],
    invitations: Iterable[Invitation],
    projects: Iterable[Project],
) -> None:
    team_rows = ((team.id, team.name, team.owner_id, team.seats, utc(team.created_at)) for team in teams)
    _write(directory, "teams", team_rows)
    member_rows = ((member.team_id, member.user_id, member.role, utc(member.joined_at)) for member in members)
    _write(directory, "team_members", member_rows)
    _write(directory, "invitations", map(_invitation, invitations))
    _write(directory, "projects", map(_project, projects))


def _user(seed: int, person: Person, account: Account | None, history: History) -> Sequence[Any]:
    chance = stream(seed, "account", person.id)
    changed_at = account.changed_at * 1000 if account else 0
    if chance.random() < 0.4:
        changed_at = max(changed_at, chance.randrange(person.created_at, history.end * 1000))
    return (
        person.id,
        person.email,
        person.name,
        account.plan if account else "free",
        person.country,
        person.locale,
        person.birth_date,
        person.marketing_opt_in,
        account.stripe_customer_id if account else None,
        _credit_balance(chance.random(), chance.getrandbits(40)),
        utc(person.created_at),
        utc(max(person.created_at, changed_at)),
    )


def _credit_balance(kind: float, digits: int) -> Decimal | None:
    """Unconstrained `numeric`: missing, zero, whole, negative, and with up to nine decimals, trailing zeros kept."""
    if kind < 0.4:
        return None
    if kind < 0.5:
        return Decimal("0.00")
    if kind < 0.8:
        return Decimal(digits % 100_000)
    if kind < 0.85:
        return -Decimal(digits % 10_000) / 100
    return Decimal(digits % 10**14).scaleb(-9)


def _invitation(invitation: Invitation) -> Sequence[Any]:
    return (
        invitation.id,
        invitation.team_id,
        invitation.email,
        invitation.role,
        utc(invitation.invited_at),
        invitation.accepted_at and utc(invitation.accepted_at),
    )


def _project(project: Project) -> Sequence[Any]:
    return (
        project.id,
        project.owner_id,
        project.team_id,
        project.title,
        orjson.dumps(project.settings).decode(),
        project.budget,
        "{" + ",".join(_array_element(tag) for tag in project.tags) + "}",
        utc(project.created_at),
        project.archived_at and utc(project.archived_at),
    )


def _array_element(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write(directory: Path, table: str, rows: Iterable[Sequence[Any]]) -> None:
    with (directory / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NOTNULL, lineterminator="\n")
        writer.writerow(COLUMNS[table])
        writer.writerows([_text(value) for value in row] for row in rows)


def _text(value: Any) -> str | None:
    """A value as PostgreSQL reads it; NULL is an empty field without quotes, an empty text one with quotes."""
    match value:
        case None:
            return None
        case bool():
            return "t" if value else "f"
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return str(value)
