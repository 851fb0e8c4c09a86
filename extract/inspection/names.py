"""Names of columns, made from the names that a source has: `createdAt` is created_at, `Cost (JPY)` is cost_jpy."""

import re
import unicodedata
from collections.abc import Container, Iterable
from difflib import get_close_matches
from typing import Final

_KEYWORDS: Final = """
    all and any array as asc assert_rows_modified at between by case cast collate contains create cross cube current
    default define desc distinct else end enum escape except exclude exists extract false fetch following for from full
    group grouping groups hash having if ignore in inner intersect interval into is join lateral left like limit lookup
    merge natural new no not null nulls of on or order outer over partition preceding proto qualify range recursive
    respect right rollup rows select set some struct tablesample then to treat true unbounded union unnest using when
    where window with within
"""
RESERVED: Final = frozenset(_KEYWORDS.split())
"""https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords"""

JAPANESE: Final = {
    "日付": "date",
    "日時": "datetime",
    "開始日": "start_date",
    "終了日": "end_date",
    "作成日": "created_on",
    "更新日": "updated_on",
    "作成日時": "created_at",
    "更新日時": "updated_at",
    "氏名": "name",
    "名前": "name",
    "名称": "name",
    "お名前": "name",
    "担当者": "person_in_charge",
    "会社名": "company",
    "部署": "department",
    "住所": "address",
    "郵便番号": "postal_code",
    "都道府県": "prefecture",
    "電話番号": "phone",
    "メール": "email",
    "メールアドレス": "email",
    "生年月日": "birth_date",
    "年齢": "age",
    "性別": "gender",
    "番号": "number",
    "コード": "code",
    "金額": "amount",
    "単価": "unit_price",
    "数量": "quantity",
    "合計": "total",
    "状態": "status",
    "ステータス": "status",
    "種別": "kind",
    "区分": "category",
    "カテゴリ": "category",
    "商品名": "product_name",
    "件名": "subject",
    "タイムスタンプ": "submitted_at",
    "備考": "note",
    "メモ": "memo",
}
"""Headers that Japanese sheets often have. A header of other words is named after its place."""

_BEFORE_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN: Final = re.compile(r"[^A-Za-z0-9]+")
_LISTED: Final = 20


def snake(name: str) -> str:
    """The words of a name in lower case, joined by `_`; empty where it has none that ASCII can write."""
    plain = unicodedata.normalize("NFKC", name).strip()
    if plain in JAPANESE:
        return JAPANESE[plain]
    letters = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    if any(one.isalpha() and not one.isascii() for one in letters):
        return ""
    return _BETWEEN.sub("_", _BEFORE_WORD.sub("_", letters)).strip("_").lower()


def column_name(name: str, taken: Container[str], otherwise: str) -> str:
    """A name that BigQuery takes without quotes and that is not taken; `otherwise` where `name` has no words."""
    made = snake(name) or otherwise
    if made[0].isdigit():
        made = f"n{made}"
    if made in RESERVED:
        made = f"{made}_"
    number, unique = 1, made
    while unique in taken:
        number += 1
        unique = f"{made}_{number}"
    return unique


def near(wanted: str, names: Iterable[str]) -> str:
    """The end of a message about a name that is not there: the names that are like it, or else what there is."""
    there = sorted(names)
    like = get_close_matches(wanted, there, n=3)
    if like:
        return f"near it: {', '.join(like)}"
    shown = ", ".join(there[:_LISTED]) or "nothing"
    return f"there is {shown}{f' and {len(there) - _LISTED} more' if len(there) > _LISTED else ''}"
