"""Entries are added to YAML files as text, and nothing else of a file changes."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from extract.errors import Terminal
from orchestration.add.yaml_text import appended, child, flow, prose, scalar

FILE = """\
version: 2  # of dbt's format

# Whoever adds a table here asks its owner.
models:
  - name: first   # the oldest
    columns: [a, b]

    # a comment inside of the last entry
  - name: second
    description: >
      Folded
      text.
    # a comment that belongs to it
"""
ENTRY = "- name: third\n  columns:\n    - c"


def models(document: yaml.Node) -> yaml.Node | None:
    return child(document, "models")


@given(st.text())
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    try:
        inside, alone = scalar(text, in_flow=True), scalar(text, in_flow=False)
    except yaml.YAMLError:
        pytest.fail("not written")
    assert yaml.safe_load(f"{{a: {inside}, b: [{inside}]}}") == {"a": text, "b": [text]}
    assert yaml.safe_load(f"a: {alone}\nb: 1\n") == {"a": text, "b": 1}


@pytest.mark.parametrize(
    ("text", "inside", "alone"),
    [
        ("Not described yet.", "Not described yet.", "Not described yet."),
        ("a, b", '"a, b"', "a, b"),
        ("on", '"on"', '"on"'),
        ("7", '"7"', '"7"'),
        ("a: b", '"a: b"', '"a: b"'),
        ("Cost (JPY)", "Cost (JPY)", "Cost (JPY)"),
        ("氏名", "氏名", "氏名"),
    ],
)
def test_quotes_stand_only_where_they_must(text: str, inside: str, alone: str) -> None:
    assert (scalar(text, in_flow=True), scalar(text, in_flow=False)) == (inside, alone)


def test_values_are_written_in_one_line() -> None:
    value = {"mode": "list", "key": ["id", "on"], "allow_empty": True, "header_row": 3, "meta": {"path": "a.b"}}
    assert flow(value) == '{mode: list, key: [id, "on"], allow_empty: true, header_row: 3, meta: {path: a.b}}'


@given(st.text())
def test_prose_is_one_printable_line_without_a_template_of_dbt(text: str) -> None:
    told = prose(text)
    assert told.isprintable()
    assert not any(mark in told for mark in ("{{", "{%", "{#"))
    assert prose(told) == told


def test_an_entry_stands_at_the_end_of_its_list_and_all_else_is_as_it_was() -> None:
    after = appended(FILE, models, ENTRY, "x.yml")
    assert after == FILE + "\n  - name: third\n    columns:\n      - c\n"


def test_a_list_before_other_things_grows_in_place() -> None:
    rest = "# What follows is exposed.\nexposures:\n  - name: page\n"
    after = appended(FILE + "\n" + rest, models, ENTRY, "x.yml")
    assert after == FILE + "\n  - name: third\n    columns:\n      - c\n\n" + rest


@pytest.mark.parametrize("text", ["models:\n- name: first", "models:\r\n- name: first\r\n"])
def test_the_indents_and_line_ends_of_the_file_are_kept(text: str) -> None:
    end = "\r\n" if "\r" in text else "\n"
    assert appended(text, models, "- name: b", "x.yml") == f"models:{end}- name: first{end}{end}- name: b{end}"


@pytest.mark.parametrize("text", ["", "version: 2\n", "models: []\n", "models: [{name: a}]\n", "models:\n", "- a\n"])
def test_a_file_without_such_a_list_is_refused(text: str) -> None:
    with pytest.raises(Terminal, match=r"x\.yml: there is no list to add to"):
        appended(text, models, ENTRY, "x.yml")


def test_a_file_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(Terminal, match=r"x\.yml: not valid YAML"):
        appended("models: [", models, ENTRY, "x.yml")
