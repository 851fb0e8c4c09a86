"""What the lineage guard says of the models that a run has built, by the SQL that was run."""

import json
from collections.abc import Mapping
from pathlib import Path

from extract import contract_file
from governance.lineage.guard import Guard
from orchestration import manifest


def leaks(target: Path, policy_tags: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with models, by their unique ids, in one line each. `target` is the run's own folder of dbt.

    Models that the run has not built have no compiled SQL there; the tags of theirs are taken as declared.
    """
    guard = Guard(json.loads((target / "manifest.json").read_bytes()), contract_file.read(manifest.MODELS), policy_tags)
    found = {name: guard.check(node) for name, node in guard.nodes.items() if node.get("compiled_code")}
    return {name: "; ".join(str(finding) for finding in findings) for name, findings in found.items() if findings}
