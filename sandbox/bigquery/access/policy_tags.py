"""Column-level access. Gap: local_bigquery keeps policy tags and shows every column to everybody.

"Introduction to column-level access control": a column with a policy tag is read only by the tag's fine-grained
readers, in addition to the dataset's access list, and also through views. Administrators are no exception.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from local_bigquery.errors import BigQueryError

from sandbox.bigquery import catalogue
from sandbox.bigquery.access import identity
from sandbox.bigquery.catalogue import Reference
from sandbox.bigquery.relations import Path, Scan

Tagged = dict[Path, tuple[str, list[str]]]  # leaf -> its name as written, its tags


def _leaves(fields: list[dict[str, Any]], above: Path = (), written: str = "") -> Iterator[tuple[Path, str, list[str]]]:
    for field in fields:
        path, name = (*above, field["name"].casefold()), f"{written}{field['name']}"
        yield path, name, (field.get("policyTags") or {}).get("names") or []
        yield from _leaves(field.get("fields") or [], path, f"{name}.")


def tagged(fields: list[dict[str, Any]]) -> Tagged:
    """The tagged columns and nested fields of a REST schema."""
    return {path: (name, names) for path, name, names in _leaves(fields) if names}


def tags(reference: Reference) -> Tagged:
    """The tagged columns and nested fields of a table."""
    stored = catalogue.resource("tables", *reference) or {}
    return tagged((stored.get("schema") or {}).get("fields") or [])


def _hidden(reference: Reference) -> Tagged:
    member = identity.caller()
    readers = identity.policy.fine_grained_readers
    return {
        path: (name, names)
        for path, (name, names) in tags(reference).items()
        if not all(member in readers.get(tag, frozenset()) for tag in names)
    }


def _refusal(reference: Reference, hidden: list[tuple[str, list[str]]]) -> BigQueryError:
    tag = hidden[0][1][0]
    columns = [f"{'.'.join(reference)}.{name}" for name, names in hidden if names[0] == tag]
    taxonomy, _, leaf = tag.partition("/taxonomies/")[2].partition("/policyTags/")
    label = f"{taxonomy} : {leaf}" if leaf else tag
    return BigQueryError(
        "accessDenied",
        "Access Denied: BigQuery BigQuery: User has neither fine-grained reader nor masked get permission to get data "
        f'protected by policy tag "{label}" on column{"s" if len(columns) > 1 else ""} {", ".join(columns)}.',
    )


def require_columns(reference: Reference, paths: Iterable[Path]) -> None:
    """Raises accessDenied when one of the columns, or a field in or around it, is hidden from the caller."""
    read = list(paths)
    hidden = [
        found
        for path, found in _hidden(reference).items()
        if any(path[: len(one)] == one or one[: len(path)] == path for one in read)
    ]
    if hidden:
        raise _refusal(reference, hidden)


def require_table(reference: Reference) -> None:
    """Raises accessDenied when any column of the table is hidden from the caller."""
    if hidden := list(_hidden(reference).values()):
        raise _refusal(reference, hidden)


def require_scans(scans: Iterable[Scan]) -> None:
    """Raises accessDenied when a statement reads a column that is hidden from the caller."""
    paths: dict[Reference, set[Path]] = {}
    for scan in scans:
        paths.setdefault(scan.reference, set()).update(scan.paths)
    for reference, read in paths.items():
        if read:
            require_columns(reference, read)
