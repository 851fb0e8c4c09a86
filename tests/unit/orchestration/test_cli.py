"""What a user gets wrong is one line and exit code 2, never a traceback."""

import datetime
import sys
from pathlib import Path

import pytest

from orchestration import cli, manifest


def kura(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Calls the command in this process; returns its exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["kura", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output = capsys.readouterr()
    return int(ended.value.code or 0), output.out, output.err


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of a command that must not start."""
    code, out, err = kura(monkeypatch, capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("kura: ")
    assert err.count("\n") == 1
    return err


def test_an_unknown_environment_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KURA_ENVIRONMENT", "production")
    assert "unknown environment 'production'" in refused(monkeypatch, capsys, "run")
    assert "unknown environment 'production'" in refused(monkeypatch, capsys, "status")


def test_a_missing_variable_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KURA_LANDING_BUCKET")
    assert "missing environment variable KURA_LANDING_BUCKET" in refused(monkeypatch, capsys, "run")


def test_a_date_in_the_future_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    day = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)).date().isoformat()
    assert "in the future" in refused(monkeypatch, capsys, "run", "--date", day)


def test_a_malformed_date_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "'soon' is not a date" in refused(monkeypatch, capsys, "run", "--date", "soon")


def test_a_replay_of_an_unknown_table_or_of_days_in_the_wrong_order_is_refused(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    day, before = ("--date", "2026-02-02"), ("--to", "2026-02-01")
    unknown = refused(monkeypatch, capsys, "replay", "aurora.nothing", *day)
    assert "unknown table 'aurora.nothing'; the contracts have aurora.projects" in unknown
    assert "is before --date" in refused(monkeypatch, capsys, "replay", "raw_aurora/users", *day, *before)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("data_type: INT64", "data_type: INTEGRE", "unknown type 'INTEGRE'"),
        ("policy_tag: pii", "policy_tag: secret", "unknown policy_tag 'secret'"),
        ("key: [id]", "key: [nobody]", "key 'nobody' is not among the columns"),
        ("name: email", "name: id", "duplicate"),
    ],
)
def test_a_contract_that_does_not_validate_is_refused(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    before: str,
    after: str,
    reason: str,
) -> None:
    contract = """
sources:
  - name: raw_aurora
    tables:
      - name: users
        description: One row per account holder.
        config: {meta: {extract: {relation: public.users, mode: snapshot, key: [id]}}}
        columns:
          - {name: id, data_type: INT64, description: Account id.}
          - {name: email, data_type: STRING, description: Sign-in address., config: {meta: {policy_tag: pii}}}
"""
    assert before in contract
    (tmp_path / "_aurora__sources.yml").write_text(contract.replace(before, after))
    monkeypatch.setattr(manifest, "MODELS", tmp_path)
    line = refused(monkeypatch, capsys, "run")
    assert reason in line
    assert "raw_aurora.users" in line


def test_a_run_that_is_refused_leaves_nothing_behind(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(monkeypatch, capsys, "run", "--date", "soon")
    assert not Path(environ["DAGSTER_HOME"]).exists()


def test_the_commands_of_installed_packages_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = kura(monkeypatch, capsys, "--help")
    assert code == 0
    assert {"run", "status", "sandbox"} <= set(out.split())
