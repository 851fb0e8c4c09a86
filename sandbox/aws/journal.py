"""Small JSON files that say what exists, so that a server which was ended or killed finds it again."""

import json
import os
from pathlib import Path
from typing import Any


def write(path: Path, value: Any) -> None:
    """Replaces the file at once: after a crash it holds the former or the new value, never a part of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(value, indent=1))
    os.replace(draft, path)


def read(path: Path, default: Any) -> Any:
    """What was last written, or the default."""
    return json.loads(path.read_text()) if path.exists() else default
