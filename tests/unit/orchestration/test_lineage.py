"""`kura lineage` on a manifest at hand."""

import json
from pathlib import Path

import pytest

from extract.errors import Terminal
from orchestration.lineage import lineage
from tests.unit.governance.tables import node

CHILD = "select json_value(item, '$.name.S') as name, count(*) over () as voices from raw_dynamodb.voices"


PII = "KURA_POLICY_TAG_PII"


@pytest.fixture
def manifest(environ: dict[str, str], tmp_path: Path) -> Path:
    """A model that tells the names of voices: a leak while its column has no tag."""
    return write(tmp_path)


def write(folder: Path, *resources: str) -> Path:
    child = node("child", {"name": ("STRING", None), "voices": ("INT64", None)}, CHILD)
    child["columns"]["name"]["policy_tags"] = list(resources)
    path = folder / "manifest.json"
    path.write_text(json.dumps({"nodes": {child["unique_id"]: child}}))
    return path


def test_every_leak_is_a_line_and_makes_the_command_fail(
    manifest: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert lineage("check", manifest) == 1
    assert capsys.readouterr().out == (
        "child.name: needs pii, is open: child.name <- raw_dynamodb.voices.Item.name.S (pii)\n"
    )
    assert lineage("check", write(manifest.parent, environ[PII])) == 0
    assert capsys.readouterr().out == "every column is as protected as what it is made of\n"


def test_the_way_of_a_column_or_of_all_columns_is_shown(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lineage("child.NAME", manifest) == 0
    assert capsys.readouterr().out == "child.name (open)\n  raw_dynamodb.voices.Item.name.S (pii)\n"
    assert lineage("child", manifest) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["child.voices (open)"]


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("nobody", "unknown model 'nobody'; use one of child"),
        ("child.x", "child has no column 'x'; it has name, voices"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(what: str, problem: str, manifest: Path) -> None:
    with pytest.raises(Terminal, match=problem):
        lineage(what, manifest)


def test_a_file_that_is_no_manifest_is_told_in_one_line(manifest: Path) -> None:
    for content in ("not JSON", "[]", "{}"):
        manifest.write_text(content)
        with pytest.raises(Terminal, match="is no manifest of dbt"):
            lineage("check", manifest)
