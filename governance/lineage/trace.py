"""Where a model's columns come from, as text: each line a column, those that it is made of below it."""

from collections.abc import Iterator

from governance.lineage.catalogue import Node, relation_name
from governance.lineage.flow import Flow, Origin
from governance.lineage.guard import Guard, Looked
from governance.lineage.tags import OPEN

INDENT = "  "


def trace(guard: Guard, node: Node, column: str | None = None) -> Iterator[str]:
    """The lines for one column of a model, or for all of them, with tags and declassifiers, up to raw.

    Nothing is yielded where the model has no such column, or cannot be looked into.
    """
    looked, relation = guard.look(node), relation_name(node)
    if not isinstance(looked, Looked):
        return
    declared = guard.catalogue.declared[relation]
    for name in looked.names:
        if name and (column is None or name.casefold() == column.casefold()):
            tag = declared[name.casefold()].tag if name.casefold() in declared else None
            yield f"{node['name']}.{name} ({tag or OPEN})"
            yield from _below(guard, looked.value(name).everything(), INDENT, frozenset({relation}))


def _below(guard: Guard, flow: Flow, indent: str, seen: frozenset[str]) -> Iterator[str]:
    parts: dict[tuple[str, str], set[Origin]] = {}
    for origin in flow:
        if origin.made:
            continue
        label = f"unknown: {origin.column}" if origin.unknown else guard.catalogue.find(origin).label
        parts.setdefault((label, ", ".join(sorted(origin.passed))), set()).add(origin)
    for (label, passed), origins in sorted(parts.items()):
        origin = min(origins, key=lambda origin: (origin.copied, origin.path))
        if origin.unknown:
            yield f"{indent}{label}"
            continue
        found = guard.catalogue.find(origin)
        yield f"{indent}{label} ({found.tag or OPEN}){f', through {passed}' if passed else ''}"
        node = guard.catalogue.nodes.get(origin.relation)
        looked = guard.look(node) if node is not None and origin.relation not in seen else None
        if isinstance(looked, Looked):
            inner = looked.value(origin.column).at(origin.path).everything()
            yield from _below(guard, inner, indent + INDENT, seen | {origin.relation})
