"""Sizes as people write them: `2 GiB`."""

import re
from typing import Final

from extract.errors import Terminal

UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SIZE: Final = re.compile(rf"(\d+(?:\.\d+)?) ?({'|'.join(UNITS)})")


def parse(text: object) -> int:
    """The bytes of a size such as `512 MiB` or `1.5 TiB`. Terminal when it is none."""
    if not (found := _SIZE.fullmatch(str(text))):
        raise Terminal(f"{text!r} is no size; write a number and one of {', '.join(UNITS)}, such as 2 GiB")
    return round(float(found[1]) * 1024.0 ** UNITS.index(found[2]))


def readable(size: int) -> str:
    """Bytes in the largest unit of which there is at least one, with up to three digits and a half."""
    unit, value = 0, float(size)
    while value >= 1024 and unit < len(UNITS) - 1:
        unit, value = unit + 1, value / 1024
    return f"{value:.0f} B" if not unit else f"{value:.1f} {UNITS[unit]}"
