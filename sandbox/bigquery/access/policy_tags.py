"""Column-level access. Gap: local_bigquery keeps policy tags and shows every column to everybody.

"Introduction to column-level access control": a column with a policy tag is read only by the tag's fine-grained
readers, in addition to the dataset's access list, and also through views. Administrators are no exception.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from local_bigquery.errors import BigQueryError

from sandbox.bigquery import resources
from sandbox.bigquery.access import data_policies, datasets, identity, masks
from sandbox.bigquery.access.datasets import Role
from sandbox.bigquery.catalogue import Reference, Relation
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
    stored = resources.find("tables", *reference) or {}
    return tagged((stored.get("schema") or {}).get("fields") or [])


def require_setter(reference: Reference) -> None:
    """Raises accessDenied unless the caller may set policy tags on the table.

    "BigQuery IAM roles and permissions": an editor of the data lacks bigquery.tables.setCategory, an owner has it. A
    schema that names tags needs it even where the table has the same ones:
    https://github.com/googleapis/python-bigquery/issues/397
    """
    if identity.caller() not in identity.policy.tag_setters:
        datasets.require(Role.OWNER, "bigquery.tables.setCategory", *reference)


def _reads(names: list[str]) -> bool:
    """Whether the caller reads a column with these tags in clear."""
    member, readers = identity.caller(), identity.policy.fine_grained_readers
    return all(member in readers.get(tag, frozenset()) for tag in names)


def masks_some() -> bool:
    """Whether the caller is a masked reader of any tag."""
    return any(policy.masks(identity.caller()) for policy in identity.policy.data_policies)


def masked(table: Relation) -> dict[Path, str]:
    """The columns and nested fields that the caller reads masked, with the rule."""
    if not masks_some():
        return {}
    rules = {}
    for path, (_, names) in tags(table.reference).items():
        rule, field = data_policies.rule(identity.policy.data_policies, names, identity.caller()), None
        if rule and not _reads(names):
            field = masks.field_at(table.fields, path)
        if rule and field and masks.template(rule, field):
            rules[path] = rule
    return rules


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


def _touches(path: Path, read: set[Path]) -> bool:
    return any(path[: len(one)] == one or one[: len(path)] == path for one in read)


def require_scans(scans: Iterable[Scan], clear: bool) -> None:
    """Raises accessDenied when a statement reads a column that is hidden from the caller.

    `clear`: a mask does not do. Neither does it for what is read by a function, or through a wildcard.
    """
    hidden: dict[Reference, dict[Path, tuple[str, list[str]]]] = {}
    for scan in scans:
        readable = {} if clear or scan.node is None else masked(scan.table)
        for path, (name, names) in tags(scan.reference).items() if scan.paths else ():
            if not _reads(names) and path not in readable and _touches(path, scan.paths):
                hidden.setdefault(scan.reference, {})[path] = (name, names)
    for reference, found in hidden.items():
        raise _refusal(reference, list(found.values()))
