"""What is written of a table, in the style of the files: its contract, its staging model, and the model's entry."""

import datetime
from collections.abc import Mapping
from typing import Final

import yaml

from extract.contract import DAY, Column, Table
from orchestration.add.yaml_text import Value, appended, child, flow, scalar

WIDTH: Final = 120
_CONTRACT_INDENT: Final = 6
"""Where an entry's dash stands in the files."""

_KEPT_BY_HAND: Final = frozenset({"sheets"})
"""Sources that people mend in their own time: a value that is none of its column's type is a warning there."""

_OPTIONS: Final = ("full_every", "relation", "key", "cursor", "lookback", "header_row", "allow_empty")

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "dynamodb": "The product's high-volume store, as its exports to S3 write it; a row is one item in DynamoDB's JSON.",
    "aurora": "The product's relational store. Types that Parquet lacks arrive as text.",
    "stripe": "The billing provider. Every row is one object as its API returns it.",
    "sheets": "What people plan and note in Google Sheets. Every row is one row of a worksheet, its cells by header.",
}

_STAGING: Final = """\
{config}with

delivered as (

    select
        {{{{ deliver('{dataset}', '{name}') }}}}
    from {{{{ current_rows('{dataset}', '{name}') }}}}

),

decoded as (

    select
        {{{{ decode('{dataset}', '{name}') }}}}
    from delivered

)

select
    {columns},
    {{{{ undecoded('{dataset}', '{name}') }}}} as {added}
from decoded
"""
_AS_CHANGES: Final = "{{ config(materialized='changes') }}\n\n"


def model_name(table: Table) -> str:
    """The name of a table's staging model."""
    return f"stg_{table.source}__{table.name}"


def staging_model(table: Table) -> str:
    """The SQL of a table's staging model."""
    columns = ",\n    ".join(column.name for column in table.columns)
    config, added = (_AS_CHANGES, "_undecoded,\n    _delivered_on") if table.full_every else ("", "_undecoded")
    return _STAGING.format(config=config, dataset=table.dataset, name=table.name, columns=columns, added=added)


def with_contract(text: str | None, table: Table, where: str) -> str:
    """The contracts of a file, none where it is new, with a table's."""
    entry = _contract(table)
    if text is None:
        head = [
            "version: 2",
            "",
            "sources:",
            f"  - name: {table.dataset}",
            f"    description: {scalar(_DESCRIPTIONS[table.source], in_flow=False)}",
            "    config:",
            '      loaded_at_query: "{{ newest_receipt() }}"',
            "      freshness: {warn_after: {count: 30, period: hour}, error_after: {count: 54, period: hour}}",
            "    tables:",
        ]
        return "\n".join([*head, *(f"      {line}" for line in entry), ""])

    def tables(document: yaml.Node) -> yaml.Node | None:
        sources = child(document, "sources")
        for source in sources.value if isinstance(sources, yaml.SequenceNode) else []:
            name = child(source, "name")
            if name is not None and name.value == table.dataset:
                return child(source, "tables")
        return None

    return appended(text, tables, "\n".join(entry), where)


def with_model(text: str | None, table: Table, where: str) -> str:
    """The staging models of a file, none where it is new, with a table's."""
    entry = _model(table)
    if text is None:
        return "\n".join(["version: 2", "", "models:", *(f"  {line}" for line in entry), ""])
    return appended(text, lambda document: child(document, "models"), "\n".join(entry), where)


def _contract(table: Table) -> list[str]:
    """The lines of a table's contract, its dash in the first column."""
    lines = [
        f"- name: {scalar(table.name, in_flow=False)}",
        f"  description: {scalar(table.description, in_flow=False)}",
        "  config:",
        "    meta:",
        f"      extract: {flow(_extract(table))}",
        "  columns:",
    ]
    for column in table.columns:
        meta: dict[str, Value] = {}
        if column.path != (column.name,):
            meta["path"] = column.path[0] if len(column.path) == 1 else column.path
        if column.policy_tag:
            meta["policy_tag"] = column.policy_tag
        config: dict[str, Value] = {"config": {"meta": meta}} if meta else {}
        line = f"    - {flow(_said(column) | config)}"
        in_lines = [*_in_lines(column), *(f"      {key}: {flow(value)}" for key, value in config.items())]
        lines += [line] if _CONTRACT_INDENT + len(line) <= WIDTH else in_lines
    return lines


def _model(table: Table) -> list[str]:
    """The lines of a staging model's entry, its dash in the first column."""
    lines = [
        f"- name: {model_name(table)}",
        f"  description: {scalar(table.description, in_flow=False)}",
        "  data_tests:",
        "    - unique_key:",
        f"        arguments: {flow({'columns': table.key})}",
        *(
            ["    - decoded:", "        config: {severity: warn}"]
            if table.source in _KEPT_BY_HAND
            else ["    - decoded"]
        ),
        "  columns:",
    ]
    for column in table.columns:
        if column.policy_tag:
            tag = f"{{{{ env_var('KURA_POLICY_TAG_{column.policy_tag.upper()}') }}}}"
            lines += [*_in_lines(column), f'      policy_tags: ["{tag}"]']
        else:
            lines.append(f"    - {flow(_said(column))}")
    lines.append("""    - {name: _undecoded, data_type: ARRAY<STRING>, description: "{{ doc('undecoded') }}"}""")
    if table.full_every:
        lines.append("""    - {name: _delivered_on, data_type: DATE, description: "{{ doc('delivered_on') }}"}""")
    return lines


def _extract(table: Table) -> dict[str, Value]:
    """What a contract says in `extract`, without what is so by default."""
    said: dict[str, Value] = {"mode": table.mode}
    for name in _OPTIONS:
        value = getattr(table, name)
        if value not in (None, False):
            said[name] = f"{value // DAY}d" if isinstance(value, datetime.timedelta) else value
    return said


def _said(column: Column) -> dict[str, Value]:
    return {"name": column.name, "data_type": column.data_type, "description": column.description}


def _in_lines(column: Column) -> list[str]:
    name, *others = (f"{key}: {scalar(str(value), in_flow=False)}" for key, value in _said(column).items())
    return [f"    - {name}", *(f"      {other}" for other in others)]
