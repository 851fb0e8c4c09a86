"""The relations that models read, with the tags that they declare: raw tables by contract, models by their YAML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlglot import exp

from extract import receipts
from extract.contract import Table
from governance.lineage import declassifiers, documents
from governance.lineage.documents import Found
from governance.lineage.flow import ELEMENT, NOTHING, Origin, Path, Value
from governance.lineage.scope import Columns, Relation
from governance.lineage.tags import RESTRICTED, strictest

Node = Mapping[str, Any]
"""A node of dbt's manifest."""

PSEUDO_COLUMNS: Final = ("_PARTITIONTIME", "_PARTITIONDATE")
SNAPSHOT_COLUMNS: Final = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")
"""What dbt adds to a snapshot; https://docs.getdbt.com/docs/build/snapshots"""


JOBS: Final = "information_schema.jobs"
JOBS_COLUMNS: Final = (
    "cache_hit", "creation_time", "error_result", "job_id", "job_type", "labels", "query", "state", "statement_type",
    "total_bytes_billed", "total_bytes_processed", "total_slot_ms", "user_email",
)  # fmt: skip
"""What models read of BigQuery's list of jobs. A statement's text may hold whatever its author typed."""


@dataclass(frozen=True)
class Declared:
    """A column as a model's YAML declares it; `fields` are those of a struct, by their paths.

    `declassified` says that someone approved it, and `wrong` what is not right about the declaration.
    """

    name: str
    data_type: str = ""
    tag: str | None = None
    declassified: bool = False
    wrong: tuple[str, ...] = ()
    fields: Mapping[Path, "Declared"] = field(default_factory=dict)

    def tag_at(self, path: Path) -> str | None:
        """The strictest tag of whatever the path may reach: what is around it, itself, and what is inside."""
        steps = tuple(step.casefold() for step in path if step != ELEMENT)
        known = [
            part.tag
            for at, part in self.fields.items()
            if at[: len(steps)] == steps[: len(at)] or at == steps[: len(at)]
        ]
        return strictest([self.tag, *(known or [part.tag for part in self.fields.values()])])

    def protection(self, path: Path) -> list[str | None]:
        """The tags that what is written there gets: the one around or at the path, or each of those inside.

        It is protected when all of them protect it. A field that is not declared gets none of another's.
        """
        steps = tuple(step.casefold() for step in path)
        around = [part.tag for at, part in self.fields.items() if at == steps[: len(at)] and part.tag]
        if self.tag or around:
            return [around[0] if around else self.tag]
        return [part.tag for at, part in self.fields.items() if at[: len(steps)] == steps] or [None]


def declared(node: Node, policy_tags: Mapping[str, str]) -> dict[str, Declared]:
    """The columns that a model declares, by name in lower case. `policy_tags` maps logical names to resource names."""
    found: dict[str, Declared] = {}
    nested: dict[str, dict[Path, Declared]] = {}
    for column in node["columns"].values():
        first, *path = column["name"].split(".")
        here = _declared(column, policy_tags)
        if path:
            nested.setdefault(first.casefold(), {})[tuple(step.casefold() for step in path)] = here
        else:
            found[first.casefold()] = here
    for name, fields in nested.items():
        own = found.get(name, Declared(name))
        wrong = (*own.wrong, *(part for inner in fields.values() for part in inner.wrong))
        found[name] = Declared(own.name, own.data_type, own.tag, own.declassified, wrong, fields)
    return found


def _declared(column: Mapping[str, Any], policy_tags: Mapping[str, str]) -> Declared:
    names = {resource: name for name, resource in policy_tags.items()}
    config = column.get("config") or {}
    resources = column.get("policy_tags") or config.get("policy_tags") or []
    wrong = [f"unknown policy tag {resource}" for resource in resources if resource not in names]
    wrong += ["more than one policy tag"] if len(resources) > 1 else []
    meta = (config.get("meta") or {}) | (column.get("meta") or {})
    declassified = meta.get("declassified")
    if declassified is not None:
        given = declassified if isinstance(declassified, dict) else {}
        wrong += [f"unknown key {key!r} in declassified" for key in given if key not in ("reason", "approver")]
        missing = [key for key in ("reason", "approver") if not str(given.get(key) or "").strip()]
        wrong += [f"declassified without {' and '.join(missing)}"] if missing else []
    tag = names.get(resources[0]) if len(resources) == 1 else None
    return Declared(
        column["name"], str(column.get("data_type") or ""), tag, declassified is not None and not wrong, tuple(wrong)
    )


class Catalogue:
    """All relations of a project: what they yield, and what a column of them is declared as.

    `nodes` are the manifest's models, snapshots and seeds. Keys are "project.dataset.table".
    """

    def __init__(
        self, nodes: Iterable[Node], tables: Iterable[Table], project: str, policy_tags: Mapping[str, str]
    ) -> None:
        self.project = project
        self.raw = {f"{project}.{table.dataset}.{table.name}": table for table in tables}
        self.nodes = {relation_name(node): node for node in nodes}
        self.declared = {name: declared(node, policy_tags) for name, node in self.nodes.items()}
        self.peppers = ".".join((project, *declassifiers.PEPPERS))
        self.relations = {
            **{name: _raw(name, table) for name, table in self.raw.items()},
            **{name: _built(name, node, self.declared[name]) for name, node in self.nodes.items()},
            self.peppers: _relation(self.peppers, ("name", "pepper")),
            f"{project}.{receipts.TABLE}": _relation(
                f"{project}.{receipts.TABLE}", [part.name for part in receipts.SCHEMA]
            ),
        }

    def relation(self, name: str) -> Relation | None:
        """What a table, or a view of BigQuery's own, yields; None where it is not known."""
        if name.casefold().endswith(f".{JOBS}"):
            return _relation(JOBS, JOBS_COLUMNS)
        return self.relations.get(name)

    def find(self, origin: Origin) -> Found:
        """What a part of a column is declared as."""
        if (table := self.raw.get(origin.relation)) is not None:
            return documents.find(table, origin.column, origin.path)
        short = origin.relation.rpartition(".")[2]
        label = ".".join([short, origin.column, *(step for step in origin.path if step != ELEMENT)])
        if origin.relation == self.peppers:
            return Found(RESTRICTED if origin.column == "pepper" else None, "STRING", f"ops.{label}")
        if origin.relation == JOBS:
            return Found(RESTRICTED if origin.column == "query" else None, "", f"{JOBS}.{origin.column}")
        column = self.declared.get(origin.relation, {}).get(origin.column.casefold())
        if column is None:
            return Found(None, "", label)
        struct = bool(column.fields) or "STRUCT" in column.data_type.upper()
        path = origin.path if struct else ()
        inner = column.fields.get(tuple(step.casefold() for step in path if step != ELEMENT))
        return Found(column.tag_at(path), inner.data_type if inner else column.data_type, label)


def relation_name(node: Node) -> str:
    return ".".join((str(node["database"]), str(node["schema"]), str(node.get("alias") or node["name"])))


def _column(relation: str, name: str) -> Value:
    return Value(frozenset({Origin(relation, name)}))


def _relation(relation: str, names: Iterable[str]) -> Relation:
    return Relation(tuple((name, _column(relation, name)) for name in names))


def _raw(relation: str, table: Table) -> Relation:
    """A raw table has columns beside those that are known: what the contract does not say yet."""
    hidden: Columns = tuple((name, Value(NOTHING)) for name in PSEUDO_COLUMNS)
    known = _relation(relation, documents.columns(table))
    return Relation(known.columns, rest=_column(relation, "*"), hidden=hidden)


def _built(relation: str, node: Node, columns: Mapping[str, Declared]) -> Relation:
    names = [(column.name, _with_fields(_column(relation, column.name), column)) for column in columns.values()]
    if node["resource_type"] == "snapshot":
        names += [(name, Value(NOTHING)) for name in SNAPSHOT_COLUMNS if name not in columns]
    hidden: Columns = tuple((name, Value(NOTHING)) for name in PSEUDO_COLUMNS)
    return Relation(tuple(names), hidden=hidden)


def _with_fields(value: Value, column: Declared) -> Value:
    """The column with its struct's fields, as its type states them or its YAML lists them."""
    if "STRUCT" in column.data_type.upper():
        try:
            return _typed(value, exp.DataType.build(column.data_type, dialect="bigquery"))
        except Exception:  # an invalid type is dbt's to refuse; its fields are unknown then
            return value
    return _listed(value, [at for at in column.fields])


def _typed(value: Value, data_type: exp.DataType) -> Value:
    if data_type.is_type("array") and data_type.expressions:
        return _typed(value, data_type.expressions[0])
    if not data_type.is_type("struct"):
        return value
    parts = [part for part in data_type.expressions if isinstance(part, exp.ColumnDef)]
    if len(parts) != len(data_type.expressions):
        return value
    fields = tuple((part.name, _typed(value.below(part.name), part.args["kind"])) for part in parts)
    return Value(NOTHING, fields)


def _listed(value: Value, paths: list[Path]) -> Value:
    firsts = dict.fromkeys(path[0] for path in paths)
    if not firsts:
        return value
    fields = (
        (first, _listed(value.below(first), [p[1:] for p in paths if p[0] == first and p[1:]])) for first in firsts
    )
    return Value(NOTHING, tuple(fields))
