"""Which columns of which models hold more than their policy tags protect."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from extract.contract import Table
from governance.lineage import catalogue as catalogues
from governance.lineage.catalogue import Catalogue, Declared, Node, relation_name
from governance.lineage.declassifiers import ALL
from governance.lineage.flow import NOTHING, Flow, Origin, Path, Value
from governance.lineage.parsing import Parsed, Unreadable, parse
from governance.lineage.queries import Queries
from governance.lineage.scope import Relation, Scope
from governance.lineage.tags import OPEN, RESTRICTED, protects, strictest
from governance.lineage.templates import MATERIALIZATIONS, Templates

MODELS = ("model", "snapshot")
KNOWN_HOOKS = ("{{ forget_failed(results) }}",)
"""Hooks of the project that were read by people: they change labels, and no rows."""


@dataclass(frozen=True)
class Finding:
    """A leak, or a reason why none can be ruled out. `column` is None where it is the whole model's.

    `path` leads from the column up to raw, as far as the compiled SQL is at hand; it is empty where there is none.
    """

    model: str
    column: str | None
    reason: str
    needed: str | None = None
    declared: str | None = None
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.model}.{self.column}" if self.column else self.model
        return f"{where}: {self.reason}{f': {self.path}' if self.path else ''}"


@dataclass(frozen=True)
class Part:
    """A column of a model, or a field of a struct in it, and what it is made of."""

    name: str
    path: Path
    flow: Flow


class Guard:
    """The models of a manifest and the contracts, ready to be looked into.

    `manifest` is dbt's, as a dictionary; nodes that are to be checked have `compiled_code`. `policy_tags` maps the
    logical names of the tags to the resource names that the manifest has.
    """

    def __init__(self, manifest: Mapping[str, Any], tables: Iterable[Table], policy_tags: Mapping[str, str]) -> None:
        known = [node for node in manifest["nodes"].values() if node["resource_type"] in (*MODELS, "seed")]
        project = next((str(node["database"]) for node in known), "")
        self.catalogue = Catalogue(known, tables, project, policy_tags)
        self.nodes = {node["unique_id"]: node for node in known if node["resource_type"] in MODELS}
        self.templates = Templates(manifest)
        self._looked: dict[str, Looked | str] = {}

    def check(self, node: Node) -> list[Finding]:
        """The leaks of one model. Its parents' tags are taken as declared; their SQL only makes the path longer."""
        model = str(node["name"])
        declared = self.catalogue.declared[relation_name(node)]
        findings = [Finding(model, None, f"its {kind} is SQL that is not looked into") for kind in _hooks(node)]
        findings += [Finding(model, None, problem) for problem in self.templates.problems(node)]
        findings += [Finding(model, None, problem) for problem in self._unseen(node, declared)]
        findings += [Finding(model, column.name, wrong) for column in declared.values() for wrong in column.wrong]
        looked = self.look(node)
        if isinstance(looked, str):
            return [*findings, Finding(model, None, looked)]
        findings += [Finding(model, None, reason) for reason in looked.problems]
        made = {name.casefold() for name in looked.names if name}
        if len(made) < len(looked.names):
            findings.append(Finding(model, None, "a column without a name, or two of one name"))
        findings += [
            Finding(model, column.name, "is declared, but the compiled SQL has no such column")
            for name, column in declared.items()
            if name not in made
        ]
        for name in looked.names:
            if name:
                findings += self._check_column(model, looked, name, declared.get(name.casefold()))
        return findings

    def _unseen(self, node: Node, declared: Mapping[str, Declared]) -> Iterator[str]:
        """What shows a model's values without its SQL: how it is built, and the names of its partitions."""
        config = node.get("config") or {}
        materialized = config.get("materialized", "table")
        if materialized not in MATERIALIZATIONS:
            yield f"it is materialized as {materialized}, which is not looked into"
        partition = (config.get("partition_by") or {}).get("field", "")
        if (column := declared.get(partition.casefold())) is not None and column.tag:
            yield f"it is partitioned by {partition}, which is {column.tag}, and the names of partitions are open"
        for name, instant in ((config.get("meta") or {}).get("touched_by") or {}).items():
            upstream = next((each for each in self.nodes.values() if each["name"] == name), None)
            columns = self.catalogue.declared[relation_name(upstream)] if upstream is not None else {}
            if (column := columns.get(str(instant).casefold())) is None or column.tag:
                yield f"touched_by takes days from {name}.{instant}, which is no open column"

    def _check_column(self, model: str, looked: "Looked", name: str, declared: Declared | None) -> Iterator[Finding]:
        relation = looked.relation
        if declared is None:
            flow = looked.value(name).everything()
            path = self._path_of(relation, Part(name, (), flow), self._protected(flow))
            yield Finding(model, name, "is not declared, so that it can have no policy tag", path=path)
            return
        leaks = [
            leak
            for part in _parts(name, looked.value(name), declared)
            if (leak := self._leak(model, looked, part, declared))
        ]
        if declared.declassified and not leaks:
            yield Finding(model, name, "is declared declassified, but holds nothing that needs it; take it out")
        elif not declared.declassified:
            yield from leaks

    def _leak(self, model: str, looked: "Looked", part: Part, declared: Declared) -> Finding | None:
        unknown = sorted(origin.column for origin in part.flow if origin.unknown)
        tags = declared.protection(part.path)
        tag = next((tag for tag in tags if not protects(tag, RESTRICTED)), RESTRICTED)
        label = ".".join([part.name, *part.path])
        if unknown and tag != RESTRICTED:
            return Finding(model, label, f"cannot be told, for {unknown[0]}", None, tag)
        origins = self._protected(part.flow)
        needed = strictest(self.catalogue.find(origin).tag for origin in origins)
        if all(protects(each, needed) for each in tags):
            return None
        tag = next(each for each in tags if not protects(each, needed))
        bad = [origin for origin in origins if not protects(tag, self.catalogue.find(origin).tag)] or origins
        path = self._path_of(looked.relation, part, bad)
        return Finding(model, label, f"needs {needed}, is {tag or OPEN}", needed, tag, path)

    def _protected(self, flow: Flow) -> list[Origin]:
        """The origins whose tag still holds, strictest first."""
        found = [(origin, self.catalogue.find(origin)) for origin in flow if not origin.unknown]
        held = [
            (origin, known) for origin, known in found if known.tag and not lifted(origin, known.tag, known.data_type)
        ]
        return [origin for origin, known in sorted(held, key=lambda pair: (pair[1].tag != "restricted", pair[1].label))]

    def _held(self, origin: Origin) -> bool:
        known = self.catalogue.find(origin)
        return known.tag is not None and not lifted(origin, known.tag, known.data_type)

    # The way of a column

    def _path_of(self, relation: str, part: Part, origins: Sequence[Origin]) -> str:
        """The way from a column up to raw by what is protected, as text."""
        steps = [self._label(relation, part)]
        seen = {relation}
        while origins:
            origin = origins[0]
            found = self.catalogue.find(origin)
            steps.append(f"{found.label} ({found.tag})")
            origins = []
            if (node := self.catalogue.nodes.get(origin.relation)) is not None and origin.relation not in seen:
                seen.add(origin.relation)
                looked = self.look(node)
                if isinstance(looked, Looked):
                    origins = self._protected(looked.value(origin.column).at(origin.path).everything())
        return " <- ".join(steps) if len(steps) > 1 else ""

    def _label(self, relation: str, part: Part) -> str:
        return ".".join([relation.rpartition(".")[2], part.name, *part.path])

    def look(self, node: Node) -> "Looked | str":
        """What a model's columns are made of, or why that cannot be told."""
        name = relation_name(node)
        if name not in self._looked:
            self._looked[name] = self._look(node)
        return self._looked[name]

    def _look(self, node: Node) -> "Looked | str":
        if node.get("language", "sql") != "sql":
            return f"it is written in {node['language']}, which is not looked into"
        if not node.get("compiled_code"):
            return "it is not compiled; run dbt compile"
        try:
            parsed = parse(str(node["compiled_code"]), str((node.get("config") or {}).get("sql_header") or ""))
        except Unreadable as error:
            return str(error)
        queries = Queries(self.catalogue.relation, self._held, self.catalogue.project, parsed.functions)
        try:
            relation = queries.query(parsed.query, Scope())
        except RecursionError:
            return "it is nested too deeply to be looked into"
        if node["resource_type"] == "snapshot":
            relation = _snapshot(node, relation)
        return Looked(relation_name(node), relation, parsed)


@dataclass(frozen=True)
class Looked:
    """What a model yields."""

    relation: str
    result: Relation
    parsed: Parsed

    @cached_property
    def names(self) -> list[str | None]:
        return [name for name, _ in self.result.columns]

    def value(self, name: str) -> Value:
        return self.result.known(name.casefold()) or Value()

    @cached_property
    def problems(self) -> list[str]:
        """What cannot be told of the whole model."""
        flows = NOTHING.union(*(value.everything() for _, value in self.result.columns))
        rest = self.result.rest.everything() if self.result.rest is not None else NOTHING
        found = {origin.column for origin in (*rest, *self.result.conditions, *self.result.rows) if origin.unknown}
        told = {origin.column for origin in (*flows, *self.result.conditions) if origin.unknown}
        found |= {
            f"unknown function {name}"
            for name in self.parsed.unknown
            if not any(name.rpartition(".")[2] in reason.casefold() for reason in told)
        }
        raw = sorted({origin.relation for origin in rest if not origin.unknown})
        found |= {f"SELECT * of {name.partition('.')[2]} takes columns that no contract declares" for name in raw}
        return sorted(found)


def lifted(origin: Origin, tag: str, data_type: str) -> bool:
    """Whether a declassifier on the way takes the tag off."""
    return any(ALL[name].applies(tag, data_type) for name in origin.passed if name in ALL)


def check(manifest: Mapping[str, Any], tables: Iterable[Table], policy_tags: Mapping[str, str]) -> list[Finding]:
    """The leaks of all models and snapshots of a compiled manifest, and of SQL that dbt runs around them."""
    guard = Guard(manifest, tables, policy_tags)
    findings = [finding for node in guard.nodes.values() for finding in guard.check(node)]
    return [*findings, *_around(manifest, guard.templates)]


def _around(manifest: Mapping[str, Any], templates: Templates) -> Iterator[Finding]:
    """What is wrong with all that is no model: tests, seeds, analyses, hooks, macros, and what else dbt can build."""
    for node in (*manifest["nodes"].values(), *(manifest.get("unit_tests") or {}).values()):
        name, kind = str(node["name"]), node["resource_type"]
        if kind in MODELS:
            continue
        if kind == "operation" and str(node.get("raw_code")).strip() not in KNOWN_HOOKS:
            yield Finding(name, None, "a hook is SQL that is not looked into")
        yield from (Finding(name, None, f"its {hook} is SQL that is not looked into") for hook in _hooks(node))
        yield from (Finding(name, None, problem) for problem in templates.problems(node))
        config = node.get("config") or {}
        if kind == "test" and (config.get("store_failures") or config.get("store_failures_as")):
            yield Finding(name, None, "it keeps the rows that fail in a table without policy tags")
    for macro in templates.foreign():
        name = f"macro {macro['name']}"
        yield from (Finding(name, None, problem) for problem in templates.of_macro(macro))
    for kind in ("functions", "saved_queries"):
        for node in (manifest.get(kind) or {}).values():
            yield Finding(str(node["name"]), None, f"dbt's {kind.replace('_', ' ')} are not looked into")


def _hooks(node: Node) -> list[str]:
    config = node.get("config") or {}
    return [kind for kind in ("pre-hook", "post-hook") if config.get(kind)]


def _parts(name: str, value: Value, declared: Declared) -> Iterator[Part]:
    """The column as a whole, or its fields where the YAML declares those."""
    if value.fields is None or not declared.fields:
        yield Part(name, (), value.everything())
        return
    yield from _fields(name, (), value)


def _fields(name: str, path: Path, value: Value) -> Iterator[Part]:
    if value.fields is None:
        yield Part(name, path, value.origins)
        return
    for field, inner in value.fields:
        yield from _fields(name, (*path, field or ""), inner.depending_on(value.origins))


def _snapshot(node: Node, relation: Relation) -> Relation:
    """A snapshot's own columns: its row id is an unpeppered hash of key and time, and its times may be a column's."""
    config = node["config"]
    names = config.get("unique_key") or []
    keys = [names] if isinstance(names, str) else list(names)
    keyed = _columns_named(relation, keys)
    updated = _columns_named(relation, [config["updated_at"]] if config.get("updated_at") else [])
    own = {catalogues.SNAPSHOT_COLUMNS[0]: keyed | updated}
    columns = tuple((name, Value(own.get(name, updated))) for name in catalogues.SNAPSHOT_COLUMNS)
    return Relation((*relation.columns, *columns), relation.rest, rows=relation.rows, conditions=relation.conditions)


def _columns_named(relation: Relation, names: Iterable[str]) -> Flow:
    """What these columns depend on; all of them where one is an expression."""
    flow = NOTHING
    for name in names:
        value = relation.known(name.casefold())
        flow |= (value or relation.row()).everything()
    return frozenset(origin.computed() for origin in flow)
