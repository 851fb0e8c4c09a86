"""The dbt project is parsed when something has changed, and only then."""

import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult

from extract.errors import Terminal
from orchestration import manifest


@pytest.fixture
def project(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one model, in place of the real one."""
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    shutil.copy(manifest.PROJECT / "profiles.yml", project)
    (project / "dbt_project.yml").write_text("name: small\nprofile: kura\nmodel-paths: [models]\n")
    (project / "models" / "one.sql").write_text("select '{{ env_var('KURA_LOCATION') }}' as place")
    for name, path in (("PROJECT", project), ("MODELS", project / "models"), ("TARGET", project / "target")):
        monkeypatch.setattr(manifest, name, path)
    return project


@pytest.fixture
def parsed(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every folder that was parsed into, in order, by a stand-in for dbt that knows of models' names and SQL alone."""
    folders: list[Path] = []
    parse = manifest._parse_into

    def counted(folder: Path) -> None:
        folders.append(folder)
        parse(folder)

    def invoke(_: object, arguments: list[str]) -> dbtRunnerResult:
        target = Path(arguments[arguments.index("--target-path") + 1])
        files = sorted((project / "models").glob("*.sql"))
        nodes = {path.stem: {"name": path.stem, "raw_code": path.read_text()} for path in files}
        (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
        return dbtRunnerResult(success=True)

    monkeypatch.setattr(manifest, "_parse_into", counted)
    monkeypatch.setattr("dbt.cli.main.dbtRunner.invoke", invoke)
    return folders


def models(content: dict[str, Any]) -> set[str]:
    return {node["name"] for node in content["nodes"].values()}


def test_it_is_parsed_once_and_without_a_connection(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("parsing must not connect to anything, nor happen again")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert models(manifest.load()) == {"one"}
    monkeypatch.setattr(manifest, "_parse_into", refuse)
    assert models(manifest.load()) == {"one"}


def test_dbt_need_not_parse_what_was_parsed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = manifest.parsed()

    def refuse(*_: Any) -> None:
        raise AssertionError("it was parsed already")

    monkeypatch.setattr("dbt.cli.requires.parse_manifest", refuse)
    target = str(project / "target")
    folders = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", target]
    outcome = dbtRunner(first).invoke(["list", *folders, "--log-path", target, "--quiet"])
    assert outcome.result == ["small.one"], outcome.exception
    first.nodes.clear()
    assert list(manifest.parsed().nodes) == ["model.small.one"]


def test_a_new_file_a_changed_file_and_a_removed_file_are_noticed(project: Path, parsed: list[Path]) -> None:
    manifest.load()
    (project / "models" / "two.sql").write_text("select 2 as number")
    assert models(manifest.load()) == {"one", "two"}
    (project / "models" / "two.sql").write_text("select 22 as number")
    assert manifest.load()["nodes"]["two"]["raw_code"] == "select 22 as number"
    (project / "models" / "one.sql").unlink()
    assert models(manifest.load()) == {"two"}
    assert len(parsed) == 4


def test_only_variables_that_the_project_reads_matter(
    project: Path, parsed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest.load()
    monkeypatch.setenv("KURA_LANDING_BUCKET", "another")
    manifest.load()
    assert len(parsed) == 1
    monkeypatch.setenv("KURA_LOCATION", "EU")
    manifest.load()
    assert len(parsed) == 2
    monkeypatch.setenv("KURA_LOCATION", "US")
    manifest.load()
    assert len(parsed) == 2


def test_a_project_that_does_not_parse_is_one_line(project: Path) -> None:
    (project / "models" / "one.sql").write_text("select * from {{ ref('nobody') }}")
    with pytest.raises(Terminal, match=r"the dbt project does not parse: .*nobody") as error:
        manifest.load()
    assert "\n" not in str(error.value)


def test_old_manifests_are_removed(project: Path, parsed: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "KEPT", 1)
    for number in range(3):
        (project / "models" / "one.sql").write_text(f"select {number} as number")
        manifest.load()
        os.utime(parsed[-1], (number, number))
    kept = {path.name for path in (project / "target" / "manifests").iterdir()}
    assert kept == {path.name for path in parsed[-2:]}
