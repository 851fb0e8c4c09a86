"""Writing the sample business's stores as files, and loading those files into the stores.

directory/
  postgres/schema.sql, <table>.csv
  dynamodb/<table>/part-00000.json.gz ...    lines {"Item": {...}} as DynamoDB's ImportTable reads them
  stripe/<kind>.json.gz                      lines with one object each
  sheets/planning.json
"""

import gzip
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson

from sandbox.koe import planning
from sandbox.koe.billing import catalogue
from sandbox.koe.billing.customers import lives
from sandbox.koe.billing.ledger import KINDS
from sandbox.koe.billing.settlement import Settled, payouts
from sandbox.koe.currencies import ExchangeRates, published
from sandbox.koe.generations import chunks
from sandbox.koe.history import USUAL_DAYS, History
from sandbox.koe.load import load
from sandbox.koe.parts import COMPRESSION, prepare_worker, write_items, write_part
from sandbox.koe.people import Person, people
from sandbox.koe.tables import Account, write_teams, write_users
from sandbox.koe.teams import invitations, projects, teams
from sandbox.koe.usage import usage
from sandbox.koe.voices import voices

__all__ = ["load", "write"]

WORKERS = 2

Progress = Callable[[str], None]


def write(
    directory: Path, *, seed: int, scale: float, end_date: date, progress: Progress, days: int = USUAL_DAYS
) -> None:
    """Write all seed files; the same arguments give the same bytes.

    `scale` multiplies users and generations. `end_date` is the last local day (Asia/Tokyo) of the `days` of history,
    which multiply generations and bills. Files of an earlier call are removed.
    """
    if not 0 < scale <= 100:
        raise ValueError(f"the scale must lie in (0, 100], not {scale}")
    if not USUAL_DAYS <= days <= 3650:
        raise ValueError(f"the days must lie in [{USUAL_DAYS}, 3650], not {days}")
    history = History(end_date, days)
    for folder in ("postgres", "dynamodb", "stripe", "sheets"):
        shutil.rmtree(directory / folder, ignore_errors=True)
        (directory / folder).mkdir(parents=True)
    voices_folder, parts_folder = (directory / "dynamodb" / name for name in ("koe-voices", "koe-generations"))
    voices_folder.mkdir()
    parts_folder.mkdir()

    everyone = people(seed, scale, history)
    all_teams, members = teams(seed, everyone, history)
    all_projects = list(projects(seed, everyone, all_teams, history))
    all_voices = voices(seed, everyone, history)
    work = usage(seed, everyone, all_voices, all_projects, history)
    progress(f"{len(everyone):,} people, {len(all_projects):,} projects, {len(all_voices):,} voices")

    sizes = chunks(scale, history)
    with ProcessPoolExecutor(
        min(WORKERS, len(sizes)), get_context("spawn"), prepare_worker, (parts_folder, seed, work, history)
    ) as pool:
        parts = [pool.submit(write_part, chunk, size) for chunk, size in enumerate(sizes)]
        write_items(voices_folder / "part-00000.json.gz", (voice.item for voice in all_voices))
        write_teams(
            directory / "postgres",
            all_teams,
            members,
            invitations(seed, everyone, members, history),
            all_projects,
        )
        shutil.copyfile(Path(__file__).with_name("schema.sql"), directory / "postgres" / "schema.sql")
        accounts = _write_stripe(directory / "stripe", seed, everyone, history)
        write_users(directory / "postgres", seed, everyone, accounts, history)
        sheet = planning.spreadsheet(seed, scale, history)
        (directory / "sheets" / "planning.json").write_bytes(orjson.dumps(sheet, option=orjson.OPT_INDENT_2))
        progress(f"{len(accounts):,} subscribers")
        done = 0
        for part in as_completed(parts):
            done += part.result()
            progress(f"{done:,} of {sum(sizes):,} generations")


def _write_stripe(directory: Path, seed: int, everyone: list[Person], history: History) -> dict[int, Account]:
    """All of Stripe's objects, customer by customer so that memory stays small; what the users' rows need of them."""
    accounts: dict[int, Account] = {}
    with ExitStack() as stack:
        kinds = (*KINDS, "products", "prices", "coupons", "tax_rates")
        files = {kind: stack.enter_context(_gzip_file(directory / f"{kind}.json.gz")) for kind in kinds}
        _write_lines(files["products"], catalogue.products(history.launch))
        _write_lines(files["prices"], catalogue.prices(history.launch))
        _write_lines(files["coupons"], catalogue.coupons(history.launch))
        _write_lines(files["tax_rates"], catalogue.tax_rates(history.launch))
        settled: list[Settled] = []
        rates = ExchangeRates(published(seed, history))
        for person, outcome in lives(seed, everyone, rates, history):
            for kind, made in outcome.ledger.kinds.items():
                _write_lines(files[kind], made)
            moved = outcome.ledger.kinds["balance_transactions"]
            settled += [(transaction["available_on"], transaction["net"]) for transaction in moved]
            accounts[person.id] = Account(outcome.plan, outcome.customer_id, outcome.changed_at)
        for kind, made in payouts(seed, settled, history).kinds.items():
            _write_lines(files[kind], made)
    return accounts


@contextmanager
def _gzip_file(path: Path) -> Iterator[gzip.GzipFile]:
    """A file without name and time in its header, so that equal content gives equal bytes."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", COMPRESSION, file, mtime=0) as compressed:
        yield compressed


def _write_lines(file: gzip.GzipFile, objects: Iterable[dict[str, Any]]) -> None:
    for made in objects:
        file.write(orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE))
