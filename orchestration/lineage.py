"""`kura lineage`: where columns come from, and which hold more than their policy tags protect."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extract import contract_file
from extract.errors import Terminal, one_line
from governance.lineage.guard import Guard, check
from governance.lineage.trace import trace
from orchestration import environment as settings
from orchestration import manifest as manifests

CHECK = "check"


def lineage(what: str, manifest: Path | None) -> int:
    """Print the leaks, or where a model's columns come from. Returns 1 when there is a leak.

    `what` is "check", a model, or a model and a column. Terminal when it is none of these, or nothing compiles.
    """
    policy_tags = settings.load().policy_tags
    tables = contract_file.read(manifests.MODELS)
    compiled = [_read(manifest)] if manifest is not None else compile_project()
    if what == CHECK:
        found = dict.fromkeys(str(finding) for each in compiled for finding in check(each, tables, policy_tags))
        print("\n".join(found) if found else "every column is as protected as what it is made of")
        return 1 if found else 0
    name, _, column = what.partition(".")
    guard = Guard(compiled[0], tables, policy_tags)
    node = next((node for node in guard.nodes.values() if node["name"] == name), None)
    if node is None:
        raise Terminal(
            f"unknown model {name!r}; use one of {', '.join(sorted(n['name'] for n in guard.nodes.values()))}"
        )
    looked = guard.look(node)
    if isinstance(looked, str):
        raise Terminal(f"{name}: {looked}")
    lines = list(trace(guard, node, column or None))
    if not lines:
        raise Terminal(f"{name} has no column {column!r}; it has {', '.join(filter(None, looked.names))}")
    print("\n".join(lines))
    return 0


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Terminal(f"{path} is no manifest of dbt ({one_line(str(error))}); run dbt compile") from error
    if not isinstance(content, dict) or "nodes" not in content:
        raise Terminal(f"{path} is no manifest of dbt: it has no nodes; run dbt compile")
    return content


def compile_project(project: Path = manifests.PROJECT) -> list[dict[str, Any]]:
    """The manifest as it is compiled now, and as a full refresh: incremental models have other SQL in either."""
    # Imported here: dbt is slow to import, and a manifest at hand needs none of it.
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    target = project / "target"
    target.mkdir(exist_ok=True)
    found = []
    with tempfile.TemporaryDirectory(dir=target, ignore_cleanup_errors=True) as aside:
        folders = _folders(project, aside)
        parsed = dbtRunner().invoke(["parse", *folders])
        if not isinstance(parsed.result, Manifest):
            raise Terminal(f"the dbt project does not parse: {one_line(str(parsed.exception))}")
        for options in ([], ["--full-refresh"]):
            result = dbtRunner(manifest=parsed.result).invoke(["compile", *folders, *options])
            if not result.success:
                reason = str(result.exception or _failed(result))
                raise Terminal(f"the dbt project does not compile: {one_line(reason)}")
            found.append(_read(Path(aside, "manifest.json")))
    return found


def _folders(project: Path, aside: str) -> Sequence[str]:
    return (
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", aside, "--log-path", aside, "--log-level", "none", "--quiet"),
    )


def _failed(result: Any) -> str:
    """What dbt says of the models that do not compile."""
    return "; ".join(f"{each.node.name}: {each.message}" for each in result.result if each.message)
