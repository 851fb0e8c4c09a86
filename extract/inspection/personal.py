"""Which columns look personal: by their names, and by the shapes of their values.

A column that is taken for personal by mistake costs a person a look; one that is missed is `restricted` all the same.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from extract.inspection.names import snake
from extract.inspection.shapes import shapes

_SOMEBODY: Final = """
    first last middle full given family maiden nick user display legal real customer client contact owner member
    employee author person holder account cardholder recipient sender shipping billing payer guest kana
"""


@dataclass(frozen=True)
class Meaning:
    """What a name can say. `words` are runs of whole words of a name in snake_case, `parts` pieces of Japanese ones.

    With `alone` only the whole name counts. Numbers have such a meaning only where `numbers` says so: a `phone` is
    one, an `email_count` is none.
    """

    meaning: str
    words: tuple[str, ...]
    alone: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    numbers: bool = False


MEANINGS: Final = (
    Meaning("a mail address", ("email", "emails", "e_mail", "mail", "mailaddress"), parts=("メール", "メアド")),
    Meaning(
        "a phone number",
        ("phone", "phones", "telephone", "tel", "mobile", "cellphone", "fax", "msisdn", "denwa", "keitai"),
        parts=("電話", "携帯", "ファックス"),
        numbers=True,
    ),
    Meaning(
        "an IP address",
        ("ip", "ips", "ipv4", "ipv6", "ip_address", "remote_addr", "client_addr"),
        parts=("IPアドレス",),
    ),
    Meaning(
        "a postal code",
        ("postal_code", "postcode", "zip", "zipcode", "yubin"),
        parts=("郵便",),
        numbers=True,
    ),
    Meaning(
        "an address",
        (
            *("address", "addresses", "addr", "address1", "address2", "street", "line1", "line2", "city", "town"),
            *("prefecture", "jusho", "juusho", "todofuken"),
        ),
        parts=("住所", "所在地", "都道府県", "市区町村", "番地"),
    ),
    Meaning(
        "a name",
        (
            *(f"{whose}_name" for whose in _SOMEBODY.split()),
            "firstname",
            "lastname",
            "fullname",
            "username",
            "nickname",
        ),
        alone=(
            "name",
            "names",
            "nickname",
            "surname",
            "shimei",
            "namae",
            "sei",
            "mei",
            "sei_kana",
            "mei_kana",
            "furigana",
            "kana",
        ),
        parts=("氏名", "名前", "姓", "苗字", "フリガナ", "ふりがな", "担当者"),
    ),
    Meaning(
        "a birth date, age or sex",
        ("birth", "birthday", "birthdate", "birth_date", "dob", "age", "gender", "sex", "seinengappi", "tanjobi"),
        parts=("生年月日", "誕生日", "年齢", "性別"),
        numbers=True,
    ),
    Meaning(
        "a secret or token",
        (
            *("password", "passwd", "pwd", "passphrase", "secret", "token", "tokens", "credential", "credentials"),
            *("api_key", "apikey", "access_key", "private_key", "cookie", "otp", "session", "jwt", "authorization"),
        ),
        parts=("パスワード", "暗証"),
    ),
    Meaning(
        "a card or bank account",
        (
            *("card_number", "cardnumber", "pan", "cvv", "cvc", "iban", "bic", "bank_account", "account_number"),
            *("routing_number", "koza", "kouza"),
        ),
        parts=("口座", "カード番号"),
        numbers=True,
    ),
    Meaning(
        "an official number of a person",
        ("ssn", "passport", "my_number", "mynumber", "national_id", "tax_id", "license_number", "drivers_license"),
        parts=("マイナンバー", "個人番号", "免許証", "旅券"),
        numbers=True,
    ),
    Meaning("a place on earth", ("latitude", "longitude", "lat", "lng", "lon", "geolocation"), numbers=True),
)
"""What names say, the first that fits. Words are English, romaji, and what Japanese headers are made of."""

_NUMBERS: Final = frozenset({"INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "DATE"})
_NOT_PERSONAL: Final = frozenset({"BOOL", "TIMESTAMP", "DATETIME", "TIME"})


def reasons(name: str, data_type: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Why a value of this name, type and sampled texts looks personal, in words; empty where it does not."""
    meaning = _meaning(name, data_type)
    return (*([f"its name says {meaning}"] if meaning else []), *shapes(texts))


def _meaning(name: str, data_type: str) -> str | None:
    if data_type in _NOT_PERSONAL:
        return None
    plain = unicodedata.normalize("NFKC", name)
    words = f"_{snake(name)}_"
    for one in MEANINGS:
        if data_type in _NUMBERS and not one.numbers:
            continue
        is_meant = any(f"_{word}_" in words for word in one.words) or words.strip("_") in one.alone
        if is_meant or any(part in plain for part in one.parts):
            return one.meaning
    return None
