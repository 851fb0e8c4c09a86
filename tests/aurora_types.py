"""What the types of Aurora's engines become in query mode: the cases that tests prove on real servers, and the page
docs/aurora_types.md, which is made from them by `make docs`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "aurora_types.md"
UNDECODED = object()
"""A declared value that is null and named in `_undecoded`."""


@dataclass(frozen=True)
class Case:
    """A value of a type, given as SQL; `raw` is its raw type and value, `declared` a type to declare and its value.

    Values are as BigQuery's client gives them, but for arrays and dates, which are texts of `TO_JSON_STRING`.
    """

    type: str
    value: str
    raw_type: str
    raw: Any
    declared_type: str
    declared: str | object


def kept(type: str, value: str, raw_type: str, raw: Any, declared: str) -> Case:
    """A case whose declared type is the raw one."""
    return Case(type, value, raw_type, raw, raw_type, declared)


def text(type: str, value: str, raw: str, declared_type: str = "STRING", declared: str | object = "") -> Case:
    """A case that raw holds as text; declared STRING it stays that text."""
    return Case(type, value, "STRING", raw, declared_type, declared or _json(raw))


def _json(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


POSTGRES_SETUP = (
    "CREATE TYPE mood AS ENUM ('calm', 'うれしい')",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN address AS text",
    "CREATE TYPE pair AS (a integer, b text)",
)

POSTGRES = (
    kept("smallint", "-32768", "INT64", -32768, "-32768"),
    kept("integer", "2147483647", "INT64", 2147483647, "2147483647"),
    kept("bigint", "-9223372036854775808", "INT64", -9223372036854775808, '"-9223372036854775808"'),
    kept("real", "0.1", "FLOAT64", 0.10000000149011612, "0.10000000149011612"),
    kept("double precision", "0.1", "FLOAT64", 0.1, "0.1"),
    kept("double precision", "'NaN'", "FLOAT64", float("nan"), '"NaN"'),
    kept("double precision", "'-Infinity'", "FLOAT64", float("-inf"), '"-Infinity"'),
    text("numeric", "1.50", "1.50", "NUMERIC", "1.5"),
    text("numeric", "0.1234567891", "0.1234567891", "NUMERIC", UNDECODED),
    text("numeric", "0.1234567891", "0.1234567891", "BIGNUMERIC", "0.1234567891"),
    text("numeric", "1e40", "1" + "0" * 40, "STRING"),
    text("numeric", "'NaN'", "NaN", "NUMERIC", UNDECODED),
    text("numeric", "'Infinity'", "Infinity", "NUMERIC", UNDECODED),
    text("numeric(12,2)", "1234.5", "1234.50", "NUMERIC", "1234.5"),
    text("money", "1234.5", "$1,234.50"),
    kept("boolean", "true", "BOOL", True, "true"),
    text("character(4)", "'ab'", "ab  "),
    text("character varying(4)", "'ab '", "ab "),
    text("text", "E'日本\\n🎙'", "日本\n🎙", "STRING", '"日本\\n🎙"'),
    text("text", "''", ""),
    kept("bytea", r"'\x00ff'", "BYTES", b"\x00\xff", '"AP8="'),
    text("date", "'2026-11-22'", "2026-11-22", "DATE", '"2026-11-22"'),
    text("date", "'0044-03-15 BC'", "0044-03-15 BC", "DATE", UNDECODED),
    text("date", "'infinity'", "infinity", "DATE", UNDECODED),
    text("date", "'20261-11-22'", "20261-11-22", "DATE", UNDECODED),
    text("time", "'04:05:06.7'", "04:05:06.7", "TIME", '"04:05:06.700"'),
    text("time with time zone", "'04:05:06+09'", "04:05:06+09"),
    text("timestamp", "'2026-11-22 12:34:56.7'", "2026-11-22 12:34:56.7", "DATETIME", '"2026-11-22T12:34:56.700"'),
    text(
        "timestamp with time zone",
        "'2026-11-22 12:34:56.123456+09'",
        "2026-11-22 03:34:56.123456+00",
        "TIMESTAMP",
        '"2026-11-22T03:34:56.123456Z"',
    ),
    text("timestamp with time zone", "'infinity'", "infinity", "TIMESTAMP", UNDECODED),
    text("timestamp with time zone", "'-infinity'", "-infinity", "TIMESTAMP", UNDECODED),
    text("timestamp with time zone", "'0044-03-15 12:00+00 BC'", "0044-03-15 12:00:00+00 BC", "TIMESTAMP", UNDECODED),
    text("interval", "'1 year 2 months 3 days 4:05:06.7'", "1 year 2 mons 3 days 04:05:06.7"),
    text("interval", "'-1 day'", "-1 days"),
    text("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    text("json", """'{"b": 1.10, "a": null}'""", '{"b": 1.10, "a": null}', "JSON", '{"a":null,"b":1.1}'),
    text("jsonb", """'{"b": 1.10, "a": null}'""", '{"a": null, "b": 1.10}', "JSON", '{"a":null,"b":1.1}'),
    text("integer[]", "'{1,2}'", "{1,2}", "ARRAY<INT64>", "[1,2]"),
    text("integer[]", "'{}'", "{}", "ARRAY<INT64>", "[]"),
    text("text[]", """'{"a,b",c}'""", '{"a,b",c}', "ARRAY<STRING>", '["a,b","c"]'),
    text("text[]", "'{a,NULL}'", "{a,NULL}", "ARRAY<STRING>", UNDECODED),
    text("integer[]", "'{{1,2},{3,4}}'", "{{1,2},{3,4}}", "ARRAY<INT64>", UNDECODED),
    text("mood", "'うれしい'", "うれしい"),
    kept("positive", "7", "INT64", 7, "7"),
    text("address", "'a@example.com'", "a@example.com"),
    text("pair", "ROW(1, 'x y')", '(1,"x y")'),
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
