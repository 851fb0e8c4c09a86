"""What dbt's manifest says of models: what each is made of, which tests are its own, and which code it runs."""

import functools
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

BUILD: Final = "build"
MARTS: Final = "marts"
RAW: Final = "raw_"
_MADE: Final = ("model", "snapshot", "seed")

Node = Mapping[str, Any]


class Project:
    """Models, snapshots and seeds, all called models here, by dbt's unique ids.

    What is ephemeral has no table: its parents are those of the models that read it.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._nodes: Final[Mapping[str, Node]] = manifest["nodes"]
        self._sources: Final[Mapping[str, Node]] = manifest["sources"]
        self._macros: Final[Mapping[str, Node]] = manifest["macros"]
        self.models: Final[Mapping[str, Node]] = {
            name: node
            for name, node in self._nodes.items()
            if node["resource_type"] in _MADE and node["config"]["materialized"] != "ephemeral"
        }
        self._parents: Final = functools.cache(self._find_parents)
        self._above: Final = functools.cache(self._find_above)
        self._tests: Final = functools.cache(self._find_tests)
        self.code: Final = functools.cache(self._find_code)
        self.expected_code: Final = functools.cache(self._find_expected_code)

    def table(self, model: str) -> str:
        """A model's table, as `dataset.table`."""
        node = self.models[model]
        return f"{node['schema']}.{node['alias']}"

    def marts(self) -> list[str]:
        """The models that are published, by name: those in `models/marts`."""
        found = [
            model
            for model, node in self.models.items()
            if node["resource_type"] == "model" and node["fqn"][1] == MARTS and node["schema"] == BUILD
        ]
        return sorted(found, key=lambda model: str(self.models[model]["name"]))

    def parents(self, model: str) -> tuple[str, ...]:
        """The models that a model reads."""
        return tuple(parent for parent in self._parents(model) if parent in self.models)

    def above(self, model: str) -> tuple[str, ...]:
        """Every model that a model is made from, however far away; each comes after those that it is made from."""
        return self._above(model)

    def raw_tables(self, model: str) -> list[tuple[str, str]]:
        """The raw tables that a model itself reads, as kind of source and name."""
        sources = [self._sources[parent] for parent in self._parents(model) if parent in self._sources]
        return sorted(
            (source["schema"].removeprefix(RAW), source["identifier"])
            for source in sources
            if source["schema"].startswith(RAW)
        )

    def tests(self, model: str) -> frozenset[str]:
        """The tests of error severity that a model must pass: those that are attached to it, and of those that are
        attached to none, the ones that read it and nothing that is made from it."""
        return self._tests().get(model, frozenset())

    def _find_expected_code(self, model: str) -> str:
        """The fingerprint that a table has when it and all that it is made from were built by the present code."""
        return fingerprint(self.code(model), [self.expected_code(parent) for parent in self.parents(model)])

    def _find_parents(self, model: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for name in self._nodes[model]["depends_on"].get("nodes", ()):
            if name in self._nodes and name not in self.models:
                found |= dict.fromkeys(self._parents(name))
            else:
                found[name] = None
        return tuple(found)

    def _find_above(self, model: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for parent in self.parents(model):
            found |= dict.fromkeys((*self._above(parent), parent))
        return tuple(found)

    def _find_tests(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, node in self._nodes.items():
            if node["resource_type"] != "test" or node["config"]["severity"].lower() != "error":
                continue
            for model in self._tested(node):
                found.setdefault(model, set()).add(name)
        return {model: frozenset(tests) for model, tests in found.items()}

    def _tested(self, test: Node) -> list[str]:
        if attached := test.get("attached_node"):
            return [attached]
        read = [name for name in test["depends_on"]["nodes"] if name in self.models]
        covered = {above for name in read for above in self.above(name)}
        return [name for name in read if name not in covered]

    def _find_code(self, model: str) -> str:
        """A fingerprint of what a model runs: its own code and that of every macro it may call."""
        node = self._nodes[model]
        macros: dict[str, None] = {}
        waiting = list(node["depends_on"].get("macros", ()))
        while waiting:
            name = waiting.pop()
            if name not in macros and name in self._macros:
                macros[name] = None
                waiting += self._macros[name]["depends_on"]["macros"]
        code = [self._macros[name]["macro_sql"] for name in sorted(macros)]
        return fingerprint(node.get("raw_code") or node["checksum"]["checksum"], code)


def fingerprint(own: str, others: Iterable[str]) -> str:
    """A short hash of a text together with others, whose order makes no difference."""
    return hashlib.sha256("\0".join([own, *sorted(others)]).encode()).hexdigest()[:16]
