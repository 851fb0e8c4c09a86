"""Several files change together or not at all."""

import subprocess
from pathlib import Path

import pytest

from extract.errors import Terminal
from orchestration.add import files
from orchestration.add.files import Change


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def changes(folder: Path) -> list[Change]:
    (folder / "a.yml").write_text("one\ntwo")
    return [
        Change(folder / "a.yml", "one\ntwo", "one\ntwo\n\nthree\n"),
        Change(folder / "new" / "b.sql", None, "select 1\n"),
    ]


def test_all_changes_are_made(tmp_path: Path) -> None:
    wanted = changes(tmp_path)
    (tmp_path / "a.yml").chmod(0o640)
    files.write(wanted)
    assert contents(tmp_path) == {"a.yml": "one\ntwo\n\nthree\n", "new/b.sql": "select 1\n"}
    assert (tmp_path / "a.yml").stat().st_mode & 0o777 == 0o640


def test_a_file_that_came_into_being_meanwhile_is_not_overwritten_and_nothing_is_changed(tmp_path: Path) -> None:
    wanted = changes(tmp_path)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.sql").write_text("theirs")
    with pytest.raises(Terminal, match=r"b\.sql has changed meanwhile; nothing was written"):
        files.write(wanted)
    assert contents(tmp_path) == {"a.yml": "one\ntwo", "new/b.sql": "theirs"}


def test_a_file_that_was_edited_meanwhile_is_left_to_its_editor(tmp_path: Path) -> None:
    wanted = changes(tmp_path)
    (tmp_path / "a.yml").write_text("edited")
    with pytest.raises(Terminal, match="has changed meanwhile"):
        files.write([wanted[1], wanted[0]])
    assert contents(tmp_path) == {"a.yml": "edited"}


def test_a_place_that_cannot_be_written_is_one_line_and_nothing_is_changed(tmp_path: Path) -> None:
    first, _ = changes(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(Terminal, match="cannot be written") as refused:
        files.write([first, Change(tmp_path / "file" / "b.sql", None, "select 1\n")])
    assert "\n" not in str(refused.value)
    assert contents(tmp_path) == {"a.yml": "one\ntwo", "file": ""}


def test_the_patch_of_a_dry_run_makes_the_same_changes(tmp_path: Path) -> None:
    wanted = changes(tmp_path)
    patch = files.diff(wanted, tmp_path)
    assert contents(tmp_path) == {"a.yml": "one\ntwo"}
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, text=True, check=True)
    assert contents(tmp_path) == {"a.yml": "one\ntwo\n\nthree\n", "new/b.sql": "select 1\n"}
