"""Writing into YAML files that people keep: an entry is added as text, and all that is there stays as it is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import yaml

from extract.errors import Terminal

_TEMPLATE: Final = {"{{": "{ {", "{%": "{ %", "{#": "{ #"}

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]


def scalar(text: str, *, in_flow: bool) -> str:
    """A text as a scalar: plain where that means the same, else in double quotes. `in_flow` is inside of {} or []."""
    before, after = ("[", "]") if in_flow else ("- ", "")
    try:
        is_plain = yaml.safe_load(f"{before}{text}{after}") == [text]
    except yaml.YAMLError:
        is_plain = False
    # What is rendered by dbt is in quotes everywhere.
    if is_plain and not any(mark in text for mark in _TEMPLATE):
        return text
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=2**31)
    return quoted.rstrip("\n")


def flow(value: Value) -> str:
    """A value in one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return scalar(value, in_flow=True)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {flow(inner)}' for key, inner in value.items())}}}"
    return f"[{', '.join(map(flow, value))}]"


def prose(text: str) -> str:
    """A text for people, such as a description, that dbt does not take for a template: in one line, printable."""
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    for mark, harmless in _TEMPLATE.items():
        words = words.replace(mark, harmless)
    return words


def appended(text: str, find: Callable[[yaml.Node], yaml.Node | None], entry: str, where: str) -> str:
    """The text of a YAML file with an entry at the end of one of its lists, after a blank line.

    `find` gets the document and yields the list; `entry` begins with its dash in the first column. Terminal where the
    list isn't there, or isn't written with a dash for each entry. `where` names the file.
    """
    try:
        document = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise Terminal(f"{where}: not valid YAML: {error}") from error
    found = find(document) if document else None
    if not isinstance(found, yaml.SequenceNode) or found.flow_style or not found.value:
        raise Terminal(f"{where}: there is no list to add to; write one with a dash and a line for each entry")
    lines = text.splitlines(keepends=True)
    indent = found.start_mark.column
    end = len(lines) if found.end_mark.index >= len(text) else found.end_mark.line
    # What follows the last entry and is indented less, such as a comment on what comes next, stays behind the new one.
    while not lines[end - 1].strip() or (
        lines[end - 1].lstrip().startswith("#") and len(lines[end - 1]) - len(lines[end - 1].lstrip()) < indent
    ):
        end -= 1
    newline = "\r\n" if text.count("\r\n") else "\n"
    added = [newline, *(" " * indent + line + newline for line in entry.splitlines())]
    before = lines[:end]
    if not before[-1].endswith("\n"):
        before[-1] += newline
    return "".join([*before, *added, *lines[end:]])


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """The value of a key of a mapping; None where there is no such mapping or key."""
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)
