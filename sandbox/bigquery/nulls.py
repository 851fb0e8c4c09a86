"""The refusal of NULL in a REQUIRED column. Gap: local_bigquery answers with DuckDB's words.

DuckDB has no REQUIRED fields inside of records, so that NULL is taken there.
"""

import re

from local_bigquery import errors

FAILED = re.compile(r"NOT NULL constraint failed: (?:[^.\s]+\.)*(?P<name>[^.\s]+)")


def install() -> None:
    errors.DUCKDB_ERRORS.insert(0, (FAILED, "invalidQuery", "Required field {name} cannot be null"))
