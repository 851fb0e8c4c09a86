"""Where the sandbox keeps what it makes."""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def home() -> Path:
    """The folder of everything that the sandbox makes: `.sandbox` of this clone, or what KURA_SANDBOX_DIR names."""
    return Path(os.environ.get("KURA_SANDBOX_DIR", PROJECT_ROOT / ".sandbox")).absolute()
