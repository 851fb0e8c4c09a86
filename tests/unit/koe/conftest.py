from datetime import date
from pathlib import Path

import pytest

from sandbox.koe import seed
from sandbox.koe.history import History
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
