from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sandbox.koe import seed
from sandbox.koe.billing.customers import lives
from sandbox.koe.billing.ledger import KINDS
from sandbox.koe.billing.settlement import payouts
from sandbox.koe.currencies import ExchangeRates, published
from sandbox.koe.history import History
from sandbox.koe.people import people
from sandbox.koe.records import Records

SEED = 7
SCALE = 0.05
END_DATE = date(2026, 11, 21)


@pytest.fixture(scope="session")
def history() -> History:
    return History(END_DATE)


@pytest.fixture(scope="session")
def seed_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("koe") / "seed"
    seed.write(directory, seed=SEED, scale=SCALE, end_date=END_DATE, progress=lambda line: None)
    return directory


@pytest.fixture(scope="session")
def records(seed_directory: Path) -> Records:
    return Records(seed_directory)


@pytest.fixture(scope="session")
def stripe(history: History) -> dict[str, list[dict[str, Any]]]:
    """Enough customers for every story: 600 subscribers."""
    kinds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    rates = ExchangeRates(published(7, history))
    for _, outcome in lives(7, people(7, 1, history), rates, history):
        for kind, made in outcome.ledger.kinds.items():
            kinds[kind] += made
    settled = [(moved["available_on"], moved["net"]) for moved in kinds["balance_transactions"]]
    for kind, made in payouts(7, settled, history).kinds.items():
        kinds[kind] += made
    return kinds
