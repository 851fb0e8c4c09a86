"""Replacing functions of local_bigquery inside this process.

local_bigquery's modules import each other's functions by name, so that a replacement must reach every module that
holds the old one. Each gap of local_bigquery has a module of its own beside this one; its `install()` uses this.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def replace(module: ModuleType, name: str, new: Callable[..., Any]) -> None:
    """Puts `new` in the place of `module.name`, in every loaded module of local_bigquery that refers to it.

    Raises AttributeError when upstream has renamed what we replace: then our patch must be looked at again.
    """
    old = getattr(module, name)
    for loaded_name, loaded in list(sys.modules.items()):
        if loaded_name.partition(".")[0] != "local_bigquery":
            continue
        for attribute, value in list(vars(loaded).items()):
            if value is old:
                setattr(loaded, attribute, new)
