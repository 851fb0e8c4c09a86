"""JSON functions. Gap: local_bigquery's PARSE_JSON with wide_number_mode => 'round' rounds a bare number only."""

import json

from sandbox.bigquery import engine

MACROS = """
CREATE OR REPLACE MACRO bq.main.parse_json(s) AS bq.main._parse_json_exact(s),
(s, mode) AS CASE lower(mode)
    WHEN 'exact' THEN bq.main._parse_json_exact(s)
    WHEN 'round' THEN json(_json_rounded(s))
    ELSE error('Invalid wide_number_mode: ' || mode)
END;
"""


def _number(text: str) -> int | float:
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 64 else float(text)


def rounded(text: str) -> str:
    """The JSON text with integers that fit neither INT64 nor UINT64 as the nearest double."""
    return json.dumps(json.loads(text, parse_int=_number), ensure_ascii=False, separators=(",", ":"))


def install() -> None:
    engine.FUNCTIONS_IN_PYTHON["_json_rounded"] = (rounded, ["VARCHAR"], "VARCHAR")
    engine.MACROS.append(MACROS)
