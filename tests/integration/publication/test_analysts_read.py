"""What analysts read while everything is built and published again and again, published badly, and killed."""

import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from orchestration import environment
from orchestration.environment import Environment
from orchestration.publication.copier import Copier
from orchestration.publication.project import Project
from orchestration.publication.release import release
from tests.deaths import count_requests, preload, requests_of
from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway
from tests.integration.publication import shop
from tests.integration.publication.analysts import Ask, reading

READS = 10_000
ROUNDS = 20
TABLES = ("dim_buyers", "fct_sales", "kpi_days")
CONTACT = (None, "pii", "restricted", "financial")
"""How the column `contact` is tagged, version by version: what it says follows its tag."""
preload(__name__)


def rows(version: int) -> int:
    """How many rows every table has in a version."""
    return 20 + version % 50


def newcomer(version: int) -> str:
    """A table that a version publishes for the first time."""
    return f"dim_new_{version}"


def project(version: int) -> Project:
    declared = shop.columns(version=None, number=None, email="pii", contact=CONTACT[version % len(CONTACT)])
    return Project(shop.manifest({name: declared for name in (*TABLES, newcomer(version))}))


def query(version: int) -> str:
    contact = "open" if CONTACT[version % len(CONTACT)] is None else "secret"
    return (
        f"SELECT {version} AS version, number, CONCAT('secret-', CAST(number AS STRING)) AS email, "
        f"'{contact}' AS contact FROM UNNEST(GENERATE_ARRAY(1, {rows(version)})) AS number"
    )


def work(url: str, version: int, bad: bool, dies_at: int | None, sent: Any, log: Path) -> None:
    """Build a version of everything and publish it; in a process of its own, which may die at a request."""
    try:
        settings = environment.load()
        client = bigquery.Client(settings.project, client_options={"api_endpoint": url})
        models = project(version)
        queries = {shop.STAGING: "SELECT 1 AS id"} | dict.fromkeys(models.marts(), query(version))
        spoiled = {"passed": False, "reason": "test unique failed"} if bad else {}
        shop.build(client, settings, models, queries, **spoiled)
        count_requests(dies_at, sent)
        copier = Copier(client, settings, shop.WINDOW)
        outcomes = dict(release(copier, models, models.marts(), logging.getLogger(__name__)))
        problems = [str(outcome) for outcome in outcomes.values() if isinstance(outcome, Exception)]
        assert not problems or bad, problems
        assert len(problems) == len(outcomes) or not bad
    except BaseException as error:
        log.write_text(repr(error))
        os._exit(1)


def publish(gateway: Gateway, log: Path, version: int, bad: bool = False, dies_at: int | None = None) -> int:
    """Publish a version in a process of its own; how many requests it took, or 0 where it died."""
    return requests_of(work, gateway.url, version, bad, log=log, dies_at=dies_at)


def everything(ask: Ask) -> Iterator[str | None]:
    """All tables in one statement: each is there, whole, and of one version."""
    parts = (
        f"SELECT '{name}', COUNT(*), MIN(version), MAX(version), COUNT(DISTINCT number) FROM marts.{name}"
        for name in TABLES
    )
    status, answer = ask(" UNION ALL ".join(parts))
    found = {row[0]: [int(value) for value in row[1:]] for row in answer} if isinstance(answer, list) else {}
    for name in TABLES:
        if name not in found:
            yield f"{name}: {status} {answer}"
            continue
        count, first, last, numbers = found[name]
        is_whole = first == last and count == numbers == rows(first)
        yield None if is_whole else f"{name}: {count} rows of versions {first} to {last}"


def rows_of(name: str, columns: str) -> str:
    """The path at which the rows of a table are read without any query."""
    return f"marts/tables/{name}/data?selectedFields={columns}&maxResults=1000"


def listed(ask: Ask) -> Iterator[str | None]:
    """All rows of a table: of one version, and all of that version."""
    for name in TABLES:
        status, answer = ask(rows_of(name, "version,number"))
        versions = {row[0] for row in answer} if isinstance(answer, list) else set()
        is_whole = len(versions) == 1 and len(answer) == rows(int(next(iter(versions))))
        yield None if is_whole else f"{name}: {status}, {len(answer)} rows of versions {sorted(versions)}"


def protected(ask: Ask) -> Iterator[str | None]:
    """A column that is protected in every version."""
    for name in TABLES:
        for columns in ("email", "number,email"):
            status, answer = ask(rows_of(name, columns))
            yield None if is_refusal(status, answer) else f"{name}.{columns}: {status} {answer}"


def is_refusal(status: int, answer: object) -> bool:
    return status == 403 and "policy tag" in str(answer)


def new(ask: Ask) -> Iterator[str | None]:
    """The protected column of tables that are not there yet, and then are."""
    for version in range(2, ROUNDS + 2):
        status, answer = ask(rows_of(newcomer(version), "email"))
        yield None if status in (403, 404) else f"{newcomer(version)}.email: {status} {answer}"


def asked(ask: Ask) -> Iterator[str | None]:
    """Statements on a column that is always protected, and on one that some versions protect.

    What can be read of the latter is never what a version protects.
    """
    for name in TABLES:
        status, answer = ask(f"SELECT email FROM marts.{name} LIMIT 1")
        yield None if is_refusal(status, answer) else f"{name}.email: {status} {answer}"
        for way in (f"SELECT contact FROM marts.{name}", rows_of(name, "contact")):
            status, answer = ask(way)
            is_open = status == 200 and bool(answer) and {value for (value,) in answer} == {"open"}
            yield None if is_open or is_refusal(status, answer) else f"{way}: {status} {answer}"


VISITS = (everything, listed, protected, new, asked)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "publisher.log"


def test_analysts_never_see_a_protected_missing_empty_or_mixed_table(
    publication_gateway: Gateway, settings: Environment, log: Path
) -> None:
    shop.load_source(publication_gateway.client(PLATFORM))
    chance = random.Random(4)
    requests = publish(publication_gateway, log, version=1)
    killed = 0
    with reading(publication_gateway, *VISITS) as seen:
        for version in range(2, ROUNDS + 2):
            match version % 4:
                case 0:
                    publish(publication_gateway, log, version, bad=True)
                case 1 | 2:
                    killed += publish(publication_gateway, log, version, dies_at=chance.randint(1, requests)) == 0
                case _:
                    requests = publish(publication_gateway, log, version)
            seen.wait_for(READS * (version - 1) // ROUNDS)
            assert not seen.wrong, seen.wrong
    assert seen.reads.total() >= READS
    assert min(seen.reads[visit.__name__] for visit in VISITS) >= READS // 20, seen.reads
    assert killed >= ROUNDS // 4
