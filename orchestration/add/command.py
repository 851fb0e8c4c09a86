"""`kura add`: look at a table of a live source, propose its contract, and write contract, staging model and docs.

Nothing that is there is overwritten: a table that is declared, or a file that exists, is refused. All is written or
nothing.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from extract import contract_file
from extract.contract import MODES, Table, check_relation
from extract.errors import Terminal, Transient
from extract.inspection.names import snake
from orchestration import environment as settings
from orchestration import manifest
from orchestration.add import entries, files, told
from orchestration.add.looking import look
from orchestration.add.proposal import Options, proposed

_SEPARATORS: Final = {"aurora": ".", "sheets": "/"}
"""What stands before the last part of a relation, which a table is named after."""


def add(
    source: str,
    relation: str,
    name: str | None,
    mode: str | None,
    key: str | None,
    header_row: int | None,
    dry_run: bool,
) -> int:
    """Add a table, or with `dry_run` print the patch that would. Returns the exit code.

    What stands against it is one line on stderr and 1. Terminal when the settings do not allow any work at all.
    """
    environment = settings.load()
    stream = sys.stderr if dry_run else sys.stdout
    try:
        options = _options(source, relation, name, mode, key, header_row)
        _refuse_declared(source, relation, options.name)
        found = look(environment, source, relation, options, lambda line: print(line, file=stream))
        table = proposed(source, found, options)
        changes = _changes(table)
        if dry_run:
            print(files.diff(changes, manifest.PROJECT.parent), end="")
        else:
            files.write(changes)
    except (Terminal, Transient) as error:
        print(f"kura: {error}", file=sys.stderr)
        return 1
    told.tell(table, found, changes, dry_run, stream)
    return 0


def _options(
    source: str, relation: str, name: str | None, mode: str | None, key: str | None, header_row: int | None
) -> Options:
    """What was chosen, or the defaults. Terminal where it means nothing."""
    if source not in MODES:
        raise Terminal(f"unknown source {source!r}; use {', '.join(sorted(MODES))}")
    check_relation(source, relation)
    mode = mode or next(iter(MODES[source]))
    if mode not in MODES[source]:
        raise Terminal(f"unknown mode {mode!r} for {source}; use {', '.join(sorted(MODES[source]))}")
    if header_row is not None and "header_row" not in MODES[source][mode]:
        raise Terminal(f"--header-row has no meaning for {source}")
    name = name or snake(relation.rpartition(_SEPARATORS.get(source, "/"))[2])
    if not name or snake(name) != name:
        raise Terminal(f"{name or relation!r} makes no name of a table; choose one in snake_case with --name")
    return Options(name, mode, tuple(part.strip() for part in key.split(",")) if key else (), header_row)


def _refuse_declared(source: str, relation: str, name: str) -> None:
    if not any(manifest.MODELS.rglob(contract_file.FILES)):
        return
    for table in contract_file.read(manifest.MODELS):
        if table.source == source and table.relation == relation:
            raise Terminal(f"{relation} is declared already, as {table}; change its contract instead")
        if table.source == source and table.name.casefold() == name.casefold():
            raise Terminal(f"{table} is declared already, for {table.relation}; choose another name with --name")


def _changes(table: Table) -> list[files.Change]:
    """The files' new contents. Terminal where the model is there already, or a file is not what it should be."""
    folder, model = manifest.MODELS / "staging" / table.source, entries.model_name(table)
    for file in sorted(manifest.MODELS.rglob("*.yml")):
        if model in _models(file):
            raise Terminal(f"{model} is declared already, in {files.shown(file)}; choose another name with --name")
    for file in manifest.MODELS.rglob(f"{model}.sql"):
        raise Terminal(f"{files.shown(file)} is there already; choose another name with --name")
    contracts, models = folder / f"_{table.source}__sources.yml", folder / f"_{table.source}__models.yml"
    before = {path: files.read(path) for path in (contracts, models)}
    changes = [
        files.Change(contracts, before[contracts], entries.with_contract(before[contracts], table, contracts.name)),
        files.Change(models, before[models], entries.with_model(before[models], table, models.name)),
        files.Change(folder / f"{model}.sql", None, entries.staging_model(table)),
    ]
    _check(changes[0], table)
    return changes


def _models(file: Path) -> list[str]:
    """The names of the models that a file describes."""
    try:
        document = yaml.safe_load(files.read(file) or "")
    except yaml.YAMLError as error:
        raise Terminal(f"{files.shown(file)}: not valid YAML: {error}") from error
    models = document.get("models") if isinstance(document, dict) else None
    return [one["name"] for one in models or [] if isinstance(one, dict) and "name" in one]


def _check(change: files.Change, table: Table) -> None:
    """Read the new contracts as the platform will. Terminal unless the table is what was meant."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, change.path.name)
        file.write_bytes(change.after.encode())
        # How fresh a table must be is said for all of a source.
        if table not in (replace(read, freshness=table.freshness) for read in contract_file.read(file)):
            raise Terminal(
                f"{files.shown(change.path)}: an entry at its end would not be read as one; add the table by hand"
            )
