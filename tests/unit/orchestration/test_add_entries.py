"""What is written of a table is read as that table again, and looks like what people wrote beside it."""

import datetime
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from extract import contract_file
from extract.contract import INSTANTS, MODES, TAGS, TYPES, Column, Table
from extract.inspection.found import Found, FoundColumn
from orchestration import manifest
from orchestration.add import entries
from orchestration.add.proposal import Options, proposed
from orchestration.add.yaml_text import prose

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True)
WORDS = st.text(min_size=1).map(prose).filter(bool)
PATHS = st.lists(WORDS, min_size=1, max_size=1).map(tuple)
RELATIONS = {"aurora": "public.things", "dynamodb": "things", "stripe": "things", "sheets": "planning/Things & more"}
DATA_TYPES = st.sampled_from(sorted(TYPES) + [f"ARRAY<{one}>" for one in sorted(TYPES - {"JSON"})])
OPTIONS: dict[str, Any] = {
    "full_every": datetime.timedelta(days=7),
    "lookback": datetime.timedelta(days=1),
    "header_row": 3,
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    source = draw(st.sampled_from(sorted(MODES)))
    mode = draw(st.sampled_from(sorted(MODES[source])))
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    types = [draw(DATA_TYPES) for _ in names]
    if mode == "query":
        types[-1] = draw(st.sampled_from(INSTANTS))
    columns = tuple(
        Column(name, data_type, draw(WORDS), draw(st.just(()) | PATHS), draw(st.sampled_from([None, *sorted(TAGS)])))
        for name, data_type in zip(names, types, strict=True)
    )
    options = {name: value for name, value in OPTIONS.items() if name in MODES[source][mode]}
    if mode == "query":
        options["cursor"] = names[-1]
    return Table(source, draw(NAMES), draw(WORDS), RELATIONS[source], mode, (names[0],), columns, **options)


def written(text: str, table: Table) -> list[Table]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"_{table.source}__sources.yml")
        file.write_bytes(text.encode())
        return [one for one in contract_file.read(file) if one.name == table.name]


@given(tables())
@settings(max_examples=50, deadline=None)
def test_a_contract_is_read_as_the_table_that_was_written(table: Table) -> None:
    assert written(entries.with_contract(None, table, "x"), table) == [table]


@given(tables())
@settings(max_examples=50, deadline=None)
def test_a_model_has_the_columns_types_tags_and_tests_of_its_table(table: Table) -> None:
    [model] = yaml.safe_load(entries.with_model(None, table, "x"))["models"]
    columns, added = model["columns"][: len(table.columns)], model["columns"][len(table.columns) :]
    assert model["name"] == f"stg_{table.source}__{table.name}"
    assert [(one["name"], one["data_type"], one["description"]) for one in columns] == [
        (column.name, column.data_type, column.description) for column in table.columns
    ]
    for one, column in zip(columns, table.columns, strict=True):
        rendered = [f"{{{{ env_var('KURA_POLICY_TAG_{column.policy_tag.upper()}') }}}}"] if column.policy_tag else None
        assert one.get("policy_tags") == rendered
    assert [one["name"] for one in added] == ["_undecoded", "_delivered_on"][: 2 if table.full_every else 1]
    assert model["data_tests"][0]["unique_key"]["arguments"]["columns"] == list(table.key)


def test_the_contracts_that_people_wrote_would_be_written_alike() -> None:
    for table in contract_file.read(manifest.MODELS):
        if not table.name.startswith(("users", "team")):
            continue
        file = manifest.MODELS / "staging" / table.source / f"_{table.source}__sources.yml"
        by_hand = file.read_text().split(f"      - name: {table.name}\n")[1].split("\n\n")[0]
        entry = entries.with_contract(None, table, "x").split(f"      - name: {table.name}\n")[1]
        assert yaml.safe_load(entry) == yaml.safe_load(by_hand)
        assert len(entry.splitlines()) <= len(by_hand.splitlines())
        assert max(map(len, entry.splitlines())) <= entries.WIDTH


def test_a_contract_is_added_to_its_own_source_in_a_file_of_several() -> None:
    table = Table("aurora", "b", "B.", "public.b", "snapshot", ("id",), (Column("id", "INT64", "Id."),))
    first = entries.with_contract(None, replace(table, name="a", relation="public.a"), "x")
    other = entries.with_contract(None, replace(table, source="stripe", relation="b", mode="list"), "x")
    both = first + "\n" + other.split("sources:\n")[1]
    after = entries.with_contract(both, table, "x")
    assert [str(one) for one in written(after, table)] == ["aurora.b", "stripe.b"]
    assert after.index("public.a") < after.index("public.b") < after.index("raw_stripe")
    assert after.replace(entries.with_contract(None, table, "x").split("tables:\n")[1] + "\n", "") == both


def test_staging_models_are_written_as_people_wrote_them() -> None:
    for table in contract_file.read(manifest.MODELS):
        by_hand = manifest.MODELS / "staging" / table.source / f"{entries.model_name(table)}.sql"
        # Of one, people have also said how its table is partitioned.
        assert by_hand.read_text().partition("with\n")[1:] == entries.staging_model(table).partition("with\n")[1:]


def found(*columns: FoundColumn, **more: Any) -> Found:
    return Found("public.orders", columns, ("id",), 5, **more)


def test_columns_that_look_personal_are_proposed_as_pii_and_all_others_as_restricted() -> None:
    columns = (
        FoundColumn("id", "INT64", ("id",)),
        FoundColumn("email", "STRING", ("eMail",), personal=("its name says a mail address",)),
    )
    table = proposed("aurora", found(*columns), Options("orders", "snapshot"))
    assert [column.policy_tag for column in table.columns] == ["restricted", "pii"]


def test_descriptions_are_the_sources_own_words_or_say_that_there_are_none() -> None:
    columns = (
        FoundColumn("id", "INT64", ("id",), comment="The order's  number,\n{{ unique }}."),
        FoundColumn("ends", "INT64", ("ends",), remark="seconds since 1970, by the look of the values"),
        FoundColumn("state", "STRING", ("state",)),
    )
    table = proposed("aurora", found(*columns, comment="Orders."), Options("orders", "snapshot"))
    assert table.description == "Orders."
    assert [column.description for column in table.columns] == [
        "The order's number, { { unique }}.",
        "Seconds since 1970, by the look of the values; not described yet.",
        "Not described yet.",
    ]
    bare = proposed("aurora", found(columns[0]), Options("orders", "snapshot"))
    assert bare.description == "Rows of public.orders; not described yet."


def test_modes_bring_the_options_that_they_need() -> None:
    columns = (FoundColumn("id", "INT64", ("id",)), FoundColumn("updated_at", "TIMESTAMP", ("updated_at",)))
    query = proposed("aurora", found(*columns, cursor="updated_at"), Options("orders", "query"))
    assert (query.cursor, query.lookback) == ("updated_at", datetime.timedelta(days=1))
    whole = proposed("aurora", found(*columns), Options("orders", "query"))
    assert (whole.cursor, whole.lookback, whole.full_every) == (None, None, None)
    empty = Found("things", columns[:1], ("id",), 0)
    incremental = proposed("dynamodb", empty, Options("things", "incremental"))
    assert (incremental.full_every, incremental.allow_empty) == (datetime.timedelta(days=7), True)
