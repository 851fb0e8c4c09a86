"""What the types of Aurora's engines become in query mode: the cases that tests prove on real servers, and the page
docs/aurora_types.md, which is made from them by `make docs`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "aurora_types.md"
UNDECODED = object()
"""A declared value that is null and named in `_undecoded`."""


@dataclass(frozen=True)
class Case:
    """A value of a type, given as SQL; `raw` is its raw type and value, `declared` a type to declare and its value.

    Raw and declared values are as BigQuery's client gives them.
    """

    type: str
    value: str
    raw_type: str
    raw: Any
    declared_type: str
    declared: Any


def kept(type: str, value: str, raw_type: str, raw: Any) -> Case:
    """A case whose declared type is the raw one."""
    return Case(type, value, raw_type, raw, raw_type, raw)


def text(type: str, value: str, raw: str, declared_type: str = "STRING", declared: Any = None) -> Case:
    """A case that raw holds as text; declared STRING it stays that text."""
    return Case(type, value, "STRING", raw, declared_type, raw if declared_type == "STRING" else declared)


POSTGRES_SETUP = (
    "CREATE TYPE an_enum AS ENUM ('calm', 'うれしい')",
    "CREATE DOMAIN a_domain_of_integer AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN a_domain_of_text AS text",
    "CREATE TYPE a_composite AS (a integer, b text)",
)

POSTGRES = (
    kept("smallint", "-32768", "INT64", -32768),
    kept("integer", "2147483647", "INT64", 2147483647),
    kept("bigint", "-9223372036854775808", "INT64", -9223372036854775808),
    kept("real", "0.1", "FLOAT64", 0.10000000149011612),
    kept("double precision", "0.1", "FLOAT64", 0.1),
    kept("double precision", "'NaN'", "FLOAT64", float("nan")),
    kept("double precision", "'-Infinity'", "FLOAT64", float("-inf")),
    Case("integer", "7", "INT64", 7, "STRING", "7"),
    text("numeric", "7", "7", "INT64", 7),
    text("numeric", "7.5", "7.5", "INT64", UNDECODED),
    text("numeric", "1.50", "1.50", "NUMERIC", Decimal("1.5")),
    text("numeric", "0.1234567891", "0.1234567891", "NUMERIC", UNDECODED),
    text("numeric", "0.1234567891", "0.1234567891", "BIGNUMERIC", Decimal("0.1234567891")),
    text("numeric", "1e40", "1" + "0" * 40, "STRING"),
    text("numeric", "'NaN'", "NaN", "NUMERIC", UNDECODED),
    text("numeric", "'Infinity'", "Infinity", "NUMERIC", UNDECODED),
    text("numeric(12,2)", "1234.5", "1234.50", "NUMERIC", Decimal("1234.5")),
    text("money", "1234.5", "$1,234.50"),
    kept("boolean", "true", "BOOL", True),
    text("character(4)", "'ab'", "ab  "),
    text("character varying(4)", "'ab '", "ab "),
    text("text", "E'日本\\n🎙'", "日本\n🎙"),
    text("text", "''", ""),
    kept("bytea", r"'\x00ff'", "BYTES", b"\x00\xff"),
    text("date", "'2026-11-22'", "2026-11-22", "DATE", date(2026, 11, 22)),
    text("date", "'0044-03-15 BC'", "0044-03-15 BC", "DATE", UNDECODED),
    text("date", "'infinity'", "infinity", "DATE", UNDECODED),
    text("date", "'20261-11-22'", "20261-11-22", "DATE", UNDECODED),
    text("time", "'04:05:06.7'", "04:05:06.7", "TIME", time(4, 5, 6, 700000)),
    text("time with time zone", "'04:05:06+09'", "04:05:06+09"),
    text(
        "timestamp",
        "'2026-11-22 12:34:56.7'",
        "2026-11-22 12:34:56.7",
        "DATETIME",
        datetime(2026, 11, 22, 12, 34, 56, 700000),
    ),
    text(
        "timestamp with time zone",
        "'2026-11-22 12:34:56.123456+09'",
        "2026-11-22 03:34:56.123456+00",
        "TIMESTAMP",
        datetime(2026, 11, 22, 3, 34, 56, 123456, tzinfo=UTC),
    ),
    text("timestamp with time zone", "'infinity'", "infinity", "TIMESTAMP", UNDECODED),
    text("timestamp with time zone", "'-infinity'", "-infinity", "TIMESTAMP", UNDECODED),
    text("timestamp with time zone", "'0044-03-15 12:00+00 BC'", "0044-03-15 12:00:00+00 BC", "TIMESTAMP", UNDECODED),
    text("interval", "'1 year 2 months 3 days 4:05:06.7'", "1 year 2 mons 3 days 04:05:06.7"),
    text("interval", "'-1 day'", "-1 days"),
    text("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    text("json", """'{"a": null, "b": 1.10}'""", '{"a": null, "b": 1.10}', "JSON", {"a": None, "b": 1.1}),
    text("jsonb", """'{"a": null, "b": 1.10}'""", '{"a": null, "b": 1.10}', "JSON", {"a": None, "b": 1.1}),
    text("integer[]", "'{1,2}'", "{1,2}", "ARRAY<INT64>", [1, 2]),
    text("integer[]", "'{}'", "{}", "ARRAY<INT64>", []),
    text("text[]", """'{"a,b",c}'""", '{"a,b",c}', "ARRAY<STRING>", ["a,b", "c"]),
    text("text[]", "'{a,NULL}'", "{a,NULL}", "ARRAY<STRING>", UNDECODED),
    text("integer[]", "'{{1,2},{3,4}}'", "{{1,2},{3,4}}", "ARRAY<INT64>", UNDECODED),
    text("an_enum", "'うれしい'", "うれしい"),
    kept("a_domain_of_integer", "7", "INT64", 7),
    text("a_domain_of_text", "'a@example.com'", "a@example.com"),
    text("a_composite", "ROW(1, 'x y')", '(1,"x y")'),
    text("int4range", "'[1,5)'", "[1,5)"),
    text("inet", "'192.0.2.1'", "192.0.2.1"),
    text("cidr", "'192.0.2.0/24'", "192.0.2.0/24"),
    text("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"),
    text("bit(3)", "B'101'", "101"),
    text("bit varying", "B'10'", "10"),
    text("point", "'(1,2.5)'", "(1,2.5)"),
    text("tsvector", "'a:1 b:2'", "'a':1 'b':2"),
    text("oid", "42", "42"),
    text('"char"', "'x'", "x"),
    text("name", "'x'", "x"),
)

MYSQL = (
    kept("tinyint(1)", "1", "INT64", 1),
    Case("tinyint(1)", "1", "INT64", 1, "BOOL", True),
    kept("tinyint unsigned", "255", "INT64", 255),
    kept("smallint", "-32768", "INT64", -32768),
    kept("mediumint unsigned", "16777215", "INT64", 16777215),
    kept("int unsigned", "4294967295", "INT64", 4294967295),
    kept("bigint", "-9223372036854775808", "INT64", -9223372036854775808),
    kept("bigint unsigned", "18446744073709551615", "NUMERIC", Decimal(2**64 - 1)),
    kept("float", "0.1", "FLOAT64", 0.10000000149011612),
    kept("double", "0.1", "FLOAT64", 0.1),
    kept("decimal(12,2)", "-1234.5", "NUMERIC", Decimal("-1234.5")),
    kept("decimal(38,30)", "1.5", "BIGNUMERIC", Decimal("1.5")),
    text("decimal(65,30)", "1.5", "1.500000000000000000000000000000", "BIGNUMERIC", Decimal("1.5")),
    text("decimal(65,0)", "9" * 65, "9" * 65),
    kept("bit(10)", "b'1000000001'", "BYTES", b"\x02\x01"),
    kept("year", "2026", "INT64", 2026),
    kept("year", "0", "INT64", 0),
    text("date", "'2026-11-22'", "2026-11-22", "DATE", date(2026, 11, 22)),
    text("date", "'0000-00-00'", "0000-00-00", "DATE", UNDECODED),
    text("date", "'2026-00-10'", "2026-00-10", "DATE", UNDECODED),
    text("time(6)", "'04:05:06.7'", "04:05:06.700000", "TIME", time(4, 5, 6, 700000)),
    text("time", "'-838:59:59'", "-838:59:59"),
    kept(
        "datetime(6)",
        "'2026-11-22 12:34:56.123456'",
        "TIMESTAMP",
        datetime(2026, 11, 22, 12, 34, 56, 123456, tzinfo=UTC),
    ),
    kept("datetime", "'0000-00-00 00:00:00'", "TIMESTAMP", None),
    kept(
        "timestamp",
        "'2026-11-22 12:34:56'",  # at +09:00
        "TIMESTAMP",
        datetime(2026, 11, 22, 3, 34, 56, tzinfo=UTC),
    ),
    text("char(4)", "'ab'", "ab"),
    text("varchar(4)", "'ab '", "ab "),
    text("text", "'日本🎙'", "日本🎙"),
    text("varchar(4) CHARACTER SET latin1", "'é'", "é"),
    text("enum('calm','うれしい')", "'うれしい'", "うれしい"),
    text("set('a','b','c')", "'c,a'", "a,c"),
    text("json", """'{"a": null, "b": 1.10}'""", '{"a": null, "b": 1.10}', "JSON", {"a": None, "b": 1.1}),
    kept("binary(3)", "x'00ff'", "BYTES", b"\x00\xff\x00"),
    kept("blob", "x'00ff'", "BYTES", b"\x00\xff"),
    kept("point", "point(1, 2)", "BYTES", bytes(4) + bytes.fromhex("0101000000000000000000f03f0000000000000040")),
)

_INTRODUCTION = """\
<!-- Written by `make docs` from tests/aurora_types.py. Change the cases there. -->
# What Aurora's types become

In query mode (`extract/aurora_query.py`), raw has the same types as from an export of a snapshot: a table can change
its mode without a change in staging. Every line below is a test against a real server: the value is inserted,
delivered, landed, loaded, and decoded by the macros of staging. "undecoded" is a null that `_undecoded` names and a
test counts; such a value can still be read from raw, where it is as it was.

"""
_POSTGRES = """\
## PostgreSQL

Types that Parquet lacks are the text that PostgreSQL shows, with ISO dates, intervals in PostgreSQL's own style and
instants in UTC. A domain is what it is made from. A type that is not listed, an extension's for instance, is text.

"""
_MYSQL = """
## MySQL

Tested on MariaDB. The session's time zone is UTC: a `timestamp` is the instant that it is, a `datetime`, which has no
zone, is taken to be UTC, as exports take it. A `datetime` that is no instant is null, and the run says how many there
were; a `date` is text and stays what it is. The timestamp below was inserted at +09:00.

"""


def page() -> str:
    """The page, from the cases."""
    return f"{_INTRODUCTION}{_POSTGRES}{_table(POSTGRES)}{_MYSQL}{_table(MYSQL)}"


def _table(cases: Sequence[Case]) -> str:
    lines = ["| type | value | raw type | raw value | declared type | declared value |", "| --- " * 6 + "|"]
    for case in cases:
        declared = "undecoded" if case.declared is UNDECODED else _shown(case.declared)
        cells = (_code(case.type), _code(case.value), case.raw_type, _shown(case.raw), case.declared_type, declared)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return _code(f"x'{value.hex()}'")
    if isinstance(value, str):
        return _code(value.replace("\n", "\\n"))
    return _code(json.dumps(value) if isinstance(value, (bool, list, dict)) else str(value))


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;')}`" if text.strip() else "an empty string" if not text else f"`{text}`"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
