"""How strict policy tags are, by their logical names; None is no tag at all."""

from collections.abc import Iterable
from typing import Final

RESTRICTED: Final = "restricted"
OPEN: Final = "open"
"""How a column without a tag is called in messages."""


def strictest(tags: Iterable[str | None]) -> str | None:
    """The weakest tag that protects what is made of all of these. Tags that do not compare need `restricted`."""
    found = {tag for tag in tags if tag}
    return next(iter(found)) if len(found) == 1 else RESTRICTED if found else None


def protects(declared: str | None, needed: str | None) -> bool:
    """Whether a column with the declared tag may hold what needs the other."""
    return needed is None or declared in (needed, RESTRICTED)
