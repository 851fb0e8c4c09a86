import hashlib
from datetime import date
from pathlib import Path

import pytest

from sandbox.koe import seed
from sandbox.koe.generations import GENERATIONS
from sandbox.koe.history import USUAL_DAYS
from sandbox.koe.people import USERS
from sandbox.koe.records import Records
from sandbox.koe.voices import VOICES

END_DATE = date(2026, 11, 21)


def write(directory: Path, *, number: int = 7, scale: float = 0.005, days: int = USUAL_DAYS) -> Path:
    seed.write(directory, seed=number, scale=scale, end_date=END_DATE, progress=lambda line: None, days=days)
    return directory


def hashes(directory: Path) -> dict[str, str]:
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first = hashes(write(tmp_path / "first"))
    assert first == hashes(write(tmp_path / "second"))
    assert {Path(name).parts[0] for name in first} == {"postgres", "dynamodb", "stripe", "sheets"}


def test_another_seed_gives_other_people_and_generations(tmp_path: Path) -> None:
    first, second = hashes(write(tmp_path / "first")), hashes(write(tmp_path / "second", number=8))
    for name in ("postgres/users.csv", "dynamodb/koe-generations/part-00000.json.gz", "stripe/invoices.json.gz"):
        assert first[name] != second[name]


def test_the_scale_multiplies_users_and_generations_and_leaves_voices_as_they_are(tmp_path: Path) -> None:
    for scale in (0.01, 0.06):
        records = Records(write(tmp_path / str(scale), scale=scale))
        users = len(list(records.rows("users")))
        assert 0.9 * USERS * scale <= users < USERS * scale
        assert len(list(records.items("koe-generations"))) == GENERATIONS * scale
        assert len(list(records.items("koe-voices"))) == VOICES


def test_files_of_a_larger_seed_are_removed(tmp_path: Path) -> None:
    assert len(list((write(tmp_path, scale=0.06) / "dynamodb" / "koe-generations").iterdir())) == 2
    assert len(list((write(tmp_path, scale=0.01) / "dynamodb" / "koe-generations").iterdir())) == 1


def test_progress_ends_with_all_generations(tmp_path: Path) -> None:
    lines: list[str] = []
    seed.write(tmp_path, seed=7, scale=0.01, end_date=END_DATE, progress=lines.append)
    assert lines[-1] == "2,000 of 2,000 generations"


@pytest.mark.parametrize("scale", [0, -1, 101])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="the scale must lie in"):
        write(tmp_path, scale=scale)


def test_a_longer_history_has_as_many_users_and_a_last_day_like_that_of_the_usual_one(tmp_path: Path) -> None:
    usual, long = (
        Records(write(tmp_path / "usual", scale=0.02)),
        Records(write(tmp_path / "long", scale=0.02, days=240)),
    )
    assert len(list(usual.rows("users"))) == len(list(long.rows("users")))
    created = [sorted(str(item["createdAt"]) for item in made.items("koe-generations")) for made in (usual, long)]
    assert len(created[1]) == 4 * len(created[0])
    last_week = [sum(instant > "2026-11-14T15" for instant in instants) for instants in created]
    assert 0.8 < last_week[1] / last_week[0] < 1.25
    assert created[1][0][:10] == "2026-03-26"
    bills = [len(list(made.objects("invoices"))) for made in (usual, long)]
    assert bills[1] > 1.5 * bills[0]


@pytest.mark.parametrize("days", [59, 3651])
def test_a_history_of_a_length_out_of_range_is_refused(tmp_path: Path, days: int) -> None:
    with pytest.raises(ValueError, match="the days must lie in"):
        write(tmp_path, days=days)
