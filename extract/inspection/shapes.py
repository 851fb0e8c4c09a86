"""Shapes of values that look personal or secret: each a name, how a value is recognized, and how many must be.

A shape that hardly anything else has tells by a single value; one that other data share by a share of the values.
Values are read as people write them: full-width digits and signs are made plain first.
"""

import ipaddress
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONES: Final = (
    re.compile(r"\+\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d(?:[\s.-]?\d){6,12}"),
    re.compile(r"0\d{1,4}[-\s]\d{1,4}[-\s]\d{3,4}|0\d{1,4}\(\d{1,4}\)\d{3,4}|\(0\d{1,4}\)\s?\d{1,4}-\d{3,4}"),
    re.compile(r"0[5789]0\d{8}"),
    re.compile(r"(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}"),
)
_JAPANESE_ADDRESS: Final = re.compile(
    r"〒\s*\d{3}-?\d{4}|(?:北海道|東京都|京都府|大阪府|[一-龥]{2,3}県)[^\s、。,]{1,8}?[市区町村郡]"
)
_WESTERN_ADDRESS: Final = re.compile(
    r"\b\d{1,5}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][\w'.-]*\s){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq)\b"
)
_POSTAL_CODE: Final = re.compile(r"〒?\d{3}-\d{4}")
_SECRET: Final = re.compile(
    r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"  # JSON Web Token
    r"|\b[spr]k_(?:live|test)_\w{8,}|\bwhsec_\w{8,}"  # Stripe
    r"|\b(?:ghp|gho|ghs|ghu|ghr)_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20}"  # GitHub, GitLab
    r"|\bxox[abposr]-[\w-]{10,}"  # Slack
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}|\bya29\.[\w-]{20,}"  # AWS, Google
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bBearer [\w.~+/-]{16,}"
    r"|\$2[aby]\$\d\d\$[./\w]{53}|\$argon2(?:id?|d)\$|\$scrypt\$|\bpbkdf2_\w+\$"  # password hashes
)
_RANDOM: Final = re.compile(r"(?!/)[\w+/=.~-]{32,}", re.ASCII)
_RANDOM_BITS: Final = 4.2
"""Bits a character has at least in a random token of 32 or more characters; hexadecimal digits have 4 at most."""
_CARD: Final = re.compile(r"[2-6]\d{3}(?:([ -]?)\d{4}\1\d{4}\1\d{1,7}|([ -]?)\d{6}\2\d{4,5})")
_JAPANESE_NAME: Final = re.compile(r"[一-龥々〆ヶ]{1,4}[ ・][一-龥々ヶぁ-んァ-ヶー]{1,5}|[ァ-ヶー]{2,8} [ァ-ヶー]{2,8}")
_WESTERN_NAME: Final = re.compile(r"[A-Z][a-zà-ÿ'\u2019-]+(?: [A-Z]\.)?(?: [A-Z][A-Za-zà-ÿ'\u2019-]+){1,2}")

_HYPHENS: Final = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2212), "-")
_FEWEST: Final = 3
"""How many values a shape that is told by a share must be seen in."""


@dataclass(frozen=True)
class Shape:
    """What values look like. `share` of the values must; 0 means that one is enough, wherever in a text it stands."""

    name: str
    is_shown: Callable[[str], bool]
    share: float = 0


def _is_ip(text: str) -> bool:
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def _is_random(text: str) -> bool:
    if not _RANDOM.fullmatch(text) or not (re.search("[a-z]", text) and re.search("[A-Z]", text)):
        return False
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) >= _RANDOM_BITS


def _is_card(text: str) -> bool:
    if not _CARD.fullmatch(text):
        return False
    digits = [int(one) for one in text if one.isdigit()]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_my_number(text: str) -> bool:
    """Eleven digits and a check digit, as article 5 of ordinance 85 of 2014 of Japan's interior ministry has it."""
    if not re.fullmatch(r"\d{12}", text):
        return False
    digits = [int(one) for one in text[10::-1]]
    rest = sum(digit * (place + 2 if place < 6 else place - 4) for place, digit in enumerate(digits)) % 11
    return int(text[11]) == (0 if rest <= 1 else 11 - rest)


SHAPES: Final = (
    Shape("mail addresses", lambda text: _MAIL.search(text) is not None),
    Shape("tokens or keys", lambda text: _SECRET.search(text) is not None),
    Shape("postal addresses", lambda text: bool(_JAPANESE_ADDRESS.search(text) or _WESTERN_ADDRESS.search(text))),
    Shape("phone numbers", lambda text: any(phone.fullmatch(text) for phone in _PHONES), 0.2),
    Shape("IP addresses", _is_ip, 0.2),
    Shape("postal codes", lambda text: _POSTAL_CODE.fullmatch(text) is not None, 0.5),
    Shape("card numbers", _is_card, 0.5),
    Shape("numbers of persons (My Number)", _is_my_number, 0.5),
    Shape("names of persons", lambda text: bool(_JAPANESE_NAME.fullmatch(text) or _WESTERN_NAME.fullmatch(text)), 0.5),
    Shape("random tokens", _is_random, 0.8),
)


def shapes(texts: Sequence[str]) -> list[str]:
    """What a sample of texts looks like, in words, with the share of the values that do; empty where it is nothing."""
    values = [plain for text in texts if (plain := unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip())]
    found = []
    for shape in SHAPES:
        shown = sum(map(shape.is_shown, values))
        if shown and (shape.share == 0 or (shown >= min(_FEWEST, len(values)) and shown >= shape.share * len(values))):
            found.append(f"{_share(shown, len(values))} look like {shape.name}")
    return found


def _share(part: int, whole: int) -> str:
    if part == whole:
        return "all values"
    return f"{100 * part / whole:.0f} % of the values" if 100 * part >= whole else "a few values"
