"""`kura add` refuses in one line and writes nothing, or writes all of a table."""

import sys
from pathlib import Path
from typing import Any

import pytest

from extract import contract_file
from extract.errors import Terminal
from extract.inspection.found import Found, FoundColumn
from orchestration import cli, manifest
from orchestration.add import command

FOUND = Found(
    "public.orders",
    (
        FoundColumn("id", "INT64", ("id",)),
        FoundColumn("email", "STRING", ("eMail",), personal=("its name says a mail address",)),
        FoundColumn("ends", "INT64", ("ends",), remark="seconds since 1970, by the look of the values"),
    ),
    ("id",),
    12,
    remarks=("not declared, for always null in the sample: note",),
)
CONTRACT = """\
version: 2

sources:
  - name: raw_aurora
    tables:
      - name: users  # kept
        description: One row per account holder.
        config: {meta: {extract: {relation: public.users, mode: snapshot, key: [id]}}}
        columns:
          - {name: id, data_type: INT64, description: Account id.}
"""


@pytest.fixture
def project(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project of one contract, and a source in which FOUND is found."""
    folder = tmp_path / "dbt_project" / "models" / "staging" / "aurora"
    folder.mkdir(parents=True)
    (folder / "_aurora__sources.yml").write_text(CONTRACT)
    monkeypatch.setattr(manifest, "PROJECT", tmp_path / "dbt_project")
    monkeypatch.setattr(manifest, "MODELS", tmp_path / "dbt_project" / "models")
    monkeypatch.setattr(command, "look", lambda *arguments: FOUND)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kura_add(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Calls the command in this process; returns its exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["kura", "add", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output = capsys.readouterr()
    return int(ended.value.code or 0), output.out, output.err


def contents(project: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in project.rglob("*") if path.is_file()}


def test_contract_model_and_docs_are_written_and_what_was_there_is_kept(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = kura_add(monkeypatch, capsys, "aurora", "public.orders")
    assert (code, err) == (0, "")
    files = contents(project)
    assert set(files) == {"_aurora__sources.yml", "_aurora__models.yml", "stg_aurora__orders.sql"}
    assert files["_aurora__sources.yml"].startswith(CONTRACT)
    assert [str(table) for table in contract_file.read(manifest.MODELS)] == ["aurora.users", "aurora.orders"]
    assert "public.orders: key id, 12 rows looked at\n" in out
    assert "ends: seconds since 1970" in out
    assert "not declared, for always null in the sample: note\n" in out
    assert "1 of 3 columns proposed as pii, all others restricted, until a person decides" in out
    assert "4 descriptions left to write: grep -rni 'not described yet' dbt_project/models/staging/aurora\n" in out
    assert "added to dbt_project/models/staging/aurora/_aurora__sources.yml\n" in out
    assert "wrote dbt_project/models/staging/aurora/stg_aurora__orders.sql\n" in out
    assert out.endswith("next: kura run --select 'key:\"raw_aurora/orders\"+'\n")


def test_the_first_table_of_a_project_needs_no_file_to_be_there(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (manifest.MODELS / "staging" / "aurora" / "_aurora__sources.yml").unlink()
    assert kura_add(monkeypatch, capsys, "aurora", "public.orders", "--name", "sales")[0] == 0
    assert [str(table) for table in contract_file.read(manifest.MODELS)] == ["aurora.sales"]


def test_a_dry_run_prints_a_patch_and_writes_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(project)
    code, out, err = kura_add(monkeypatch, capsys, "aurora", "public.orders", "--dry-run")
    assert code == 0
    assert contents(project) == before
    assert out.startswith("--- a/dbt_project/models/staging/aurora/_aurora__sources.yml\n")
    assert "+++ b/dbt_project/models/staging/aurora/stg_aurora__orders.sql\n" in out
    assert err.endswith("nothing was written\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("mysql", "public.orders"), "unknown source 'mysql'; use aurora, dynamodb, sheets, stripe"),
        (("aurora", "orders"), "relation 'orders' is not schema.table"),
        (("aurora", "public.orders", "--mode", "list"), "unknown mode 'list' for aurora; use query, snapshot"),
        (("aurora", "public.orders", "--header-row", "2"), "--header-row has no meaning for aurora"),
        (("aurora", "public.orders", "--name", "Orders"), "'Orders' makes no name of a table"),
        (("sheets", "planning/来店"), "makes no name of a table; choose one in snake_case with --name"),
        (("aurora", "public.users"), "public.users is declared already, as aurora.users"),
        (("aurora", "public.orders", "--name", "users"), "aurora.users is declared already, for public.users"),
    ],
)
def test_what_cannot_be_added_is_one_line_and_nothing_is_written(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    before = contents(project)
    code, out, err = kura_add(monkeypatch, capsys, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("kura: ")
    assert err.count("\n") == 1
    assert reason in err
    assert contents(project) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("stg_aurora__orders.sql", "select 1\n"),
        ("_other__models.yml", "models:\n  - name: stg_aurora__orders\n"),
        ("_aurora__models.yml", "models: []\n"),
        ("_aurora__models.yml", "models: [\n"),
    ],
)
def test_a_file_that_is_in_the_way_is_named_and_kept(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    (manifest.MODELS / "staging" / "aurora" / name).write_text(content)
    before = contents(project)
    code, _, err = kura_add(monkeypatch, capsys, "aurora", "public.orders")
    assert code == 1
    assert name in err
    assert err.count("\n") == 1
    assert contents(project) == before


def test_a_source_that_cannot_be_seen_is_one_line_and_nothing_is_written(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: Any) -> Found:
        raise Terminal("AWS refused")

    monkeypatch.setattr(command, "look", refuse)
    before = contents(project)
    assert kura_add(monkeypatch, capsys, "aurora", "public.orders") == (1, "", "kura: AWS refused\n")
    assert contents(project) == before


def test_settings_that_allow_no_work_are_refused_as_for_every_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KURA_ENVIRONMENT", "production")
    code, _, err = kura_add(monkeypatch, capsys, "aurora", "public.orders")
    assert code == 2
    assert "unknown environment 'production'" in err
