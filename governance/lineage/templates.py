"""Templates that query while dbt compiles them: what they write into the SQL is a constant, whatever it is made of.

Refused wherever they are (models, tests, analyses, hooks and the macros of all packages but dbt's own), except for the
few macros below.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Environment, TemplateSyntaxError

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """Why a macro may query, or call what its text does not name. `callers` are those that may call it; None: all."""

    reason: str
    callers: frozenset[str] | None = None


_BY_KIND: Final = Known("calls the project's own macro for the kind of a source")
_BUILDS: Final = frozenset({"materialization_changes_bigquery", "materialization_days_bigquery"})
_FACTS: Final = frozenset(
    {
        *("fct_campaign_costs", "fct_invoice_lines", "fct_invoices", "fct_payments", "fct_refunds"),
        "fct_subscription_days",
    }
)
KNOWN: Final[Mapping[str, Known]] = {
    **dict.fromkeys(("current_rows", "deleted_rows", "deleted_keys", "deliver", "decode", "undecoded"), _BY_KIND),
    "deliveries": Known("reads which partitions were delivered, from the receipts"),
    "touched_days": Known("puts together which days to build again"),
    "days_delivered": Known("reads the days of rows, by an open column of a model", frozenset({"touched_days"})),
    "differing_days": Known(
        "reads the days that a fact's rows differ on; each caller gives the fact's own rows", _FACTS
    ),
    "in_changed_partitions": Known("reads the names of a table's partitions", frozenset({"merge_of_changes"})),
    "build_whole": Known("writes the model's own table, by the model's SQL", _BUILDS),
    "bring_forward": Known("writes the model's own table, by a MERGE of the model's SQL", _BUILDS),
    "forget_failed": Known("changes labels", frozenset({"kura-on-run-end-0"})),
    "make_pepper": Known("draws the pepper inside of BigQuery; a person runs it", frozenset()),
}
"""The macros of the project that were read by people: into SQL they write days, names of partitions, and states."""

MATERIALIZATIONS: Final = frozenset(
    {"table", "view", "ephemeral", "incremental", "snapshot", "seed", "changes", "days"}
)
"""How models may be built: from their compiled SQL. dbt's `copy`, for one, takes whole tables."""

_OWN: Final = frozenset({"dbt", "dbt_bigquery"})
_QUERIES: Final = frozenset({"run_query", "statement", "load_result", "store_result", "store_raw_result"})
_INDIRECT: Final = frozenset({"context", "render", "builtins"})
_METADATA: Final = frozenset(
    {
        "dispatch",
        "get_bq_table",
        "get_columns_in_relation",
        "get_relation",
        "is_replaceable",
        "parse_partition_by",
        "quote",
    }
)
"""What of dbt's adapter says nothing of the rows."""
_HOOKS: Final = frozenset({"run_hooks"})
"""Macros of dbt that query with what is refused elsewhere."""


class Templates:
    """The templates of a manifest."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.macros: Mapping[str, Node] = manifest.get("macros") or {}
        self.project = str((manifest.get("metadata") or {}).get("project_name") or "kura")
        self._querying = self._of_dbt()

    def problems(self, node: Node) -> list[str]:
        """What may query when a node's template is compiled: its own text, and the macros that it comes to."""
        found = self._direct(node, str(node.get("raw_code") or ""))
        for macro in self._reached(node):
            found += [f"{problem}, in the macro {macro['name']}" for problem in self.of_macro(macro)]
        return list(dict.fromkeys(found))

    def foreign(self) -> Iterator[Node]:
        """All macros but dbt's own. dbt calls some by their names alone, such as materializations."""
        return (macro for macro in self.macros.values() if macro["package_name"] not in _OWN)

    def of_macro(self, macro: Node) -> list[str]:
        return self._direct(macro, str(macro["macro_sql"]), self._is_known(macro))

    def _direct(self, caller: Node, text: str, known: bool = False) -> list[str]:
        found = [] if known else [f"its template {what}" for what in _said(text)]
        for unique_id in _depends(caller):
            macro = self.macros.get(unique_id)
            if macro is None:
                continue
            name = str(macro["name"])
            if unique_id in self._querying and not known and name not in _QUERIES | _HOOKS:
                found.append(f"its template queries when it is compiled, by dbt's {name}")
            if self._is_known(macro) and (callers := KNOWN[name].callers) is not None and caller["name"] not in callers:
                found.append(f"its template calls {name}, which is not meant for it: governance/lineage/templates.py")
        return list(dict.fromkeys(found))

    def _is_known(self, macro: Node) -> bool:
        return macro["package_name"] == self.project and macro["name"] in KNOWN

    def _reached(self, node: Node) -> list[Node]:
        seen: dict[str, Node] = {}
        waiting = list(_depends(node))
        while waiting:
            unique_id = waiting.pop()
            macro = self.macros.get(unique_id)
            if macro is not None and unique_id not in seen and macro["package_name"] not in _OWN:
                seen[unique_id] = macro
                waiting += _depends(macro)
        return list(seen.values())

    def _of_dbt(self) -> frozenset[str]:
        """dbt's own macros that come to a query."""
        own = {name: macro for name, macro in self.macros.items() if macro["package_name"] in _OWN}
        found = {name for name, macro in own.items() if macro["name"] in _QUERIES}
        while more := {name for name, macro in own.items() if name not in found and found & {*_depends(macro)}}:
            found |= more
        return frozenset(found)


def _depends(node: Node) -> list[str]:
    return list((node.get("depends_on") or {}).get("macros") or [])


def _said(text: str) -> Iterator[str]:
    """What a template's own words say that it does, outside of its SQL and comments."""
    try:
        tokens = [(kind, value) for _, kind, value in Environment().lex(text) if kind != "whitespace"]
    except TemplateSyntaxError as error:
        yield f"cannot be read: {error.message}"
        return
    for position, (kind, name) in enumerate(tokens):
        if kind != "name":
            continue
        following = [value for _, value in tokens[position + 1 : position + 3]]
        is_attribute = position > 0 and tokens[position - 1][1] == "."
        if name in _QUERIES:
            yield f"queries when it is compiled, by {name}"
        elif (name in _INDIRECT and not is_attribute) or (name in _OWN and not is_attribute and following[:1] != ["."]):
            yield f"calls by {name} what its text does not name"
        elif name == "adapter" and following[:1] != ["="] and (following[:1] != ["."] or following[1] not in _METADATA):
            yield f"may query when it is compiled, by {''.join(['adapter', *following])}"
