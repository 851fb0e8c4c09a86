"""What a masking rule makes of a column, as SQL ("Introduction to data masking", "Masking options").

A hash keeps the column's type: of a STRING it is the Base64 of the SHA-256, without salt, so that equal values have
equal hashes in every table and at all times. (That it is Base64 is not documented; nothing may rely on the form.)
What BigQuery does where a rule does not fit the column's type is not documented: here the column is refused.
"""

from collections.abc import Mapping, Sequence

from sandbox.bigquery.catalogue import Field
from sandbox.bigquery.relations import PSEUDO_COLUMNS, Path

KINDS = {
    "varchar": "STRING",
    "blob": "BYTES",
    "int64": "INT64",
    "float64": "FLOAT64",
    "decimal(38,9)": "NUMERIC",
    "decimal(38,18)": "BIGNUMERIC",
    "boolean": "BOOL",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "DATETIME",
    "timestamptz": "TIMESTAMP",
    "json": "JSON",
}
DEFAULTS = {
    "STRING": "''",
    "BYTES": "b''",
    "INT64": "0",
    "FLOAT64": "CAST(0 AS FLOAT64)",
    "NUMERIC": "CAST(0 AS NUMERIC)",
    "BIGNUMERIC": "CAST(0 AS BIGNUMERIC)",
    "BOOL": "FALSE",
    "DATE": "DATE '1970-01-01'",
    "TIME": "TIME '00:00:00'",
    "DATETIME": "DATETIME '1970-01-01 00:00:00'",
    "TIMESTAMP": "TIMESTAMP '1970-01-01 00:00:00+00'",
    "JSON": "CAST(NULL AS JSON)",
}
HASH = "TO_BASE64(SHA256({0}))"
ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
LONG = "CHAR_LENGTH({0}) > 4"
OF_TEXT = {
    "SHA256": HASH,
    "EMAIL_MASK": f"IF(REGEXP_CONTAINS({{0}}, r'{ADDRESS}'), REGEXP_REPLACE({{0}}, r'^[^@]+', 'XXXXX'), {HASH})",
    "LAST_FOUR_CHARACTERS": f"IF({LONG}, CONCAT('XXXXX', SUBSTR({{0}}, -4)), {HASH})",
    "FIRST_FOUR_CHARACTERS": f"IF({LONG}, CONCAT(SUBSTR({{0}}, 1, 4), 'XXXXX'), {HASH})",
}
OF_TIME = {
    "DATE": "DATE_TRUNC({0}, YEAR)",
    "DATETIME": "DATETIME_TRUNC({0}, YEAR)",
    "TIMESTAMP": "TIMESTAMP_TRUNC({0}, YEAR)",
}


def template(rule: str, field: Field) -> str | None:
    """The masked value of a column, with `{0}` for the column; None when the rule does not fit its type."""
    kind = KINDS.get(field.type)
    if kind is None:
        return None
    if rule == "ALWAYS_NULL":
        return f"CAST(NULL AS {kind})"
    if rule == "DEFAULT_MASKING_VALUE":
        return DEFAULTS[kind]
    if rule == "DATE_YEAR_MASK":
        return OF_TIME.get(kind)
    if kind == "BYTES" and rule == "SHA256":
        return "SHA256({0})"
    return OF_TEXT[rule] if kind == "STRING" else None


def field_at(fields: Sequence[Field], path: Path) -> Field | None:
    """The column or field of records at the path; None where there is none or an array is in between."""
    for position, name in enumerate(path, start=1):
        found = next((field for field in fields if field.name.casefold() == name), None)
        if found is None or position == len(path):
            return found
        fields = found.fields if found.type == "struct" else ()
    return None


def columns(fields: Sequence[Field], rules: Mapping[Path, str]) -> str:
    """A SELECT list of all columns, masked where there is a rule for them (for paths whose template is known)."""
    visible = [field for field in fields if field.name.casefold() not in PSEUDO_COLUMNS]
    return ", ".join(f"{_value(field, (), '', rules)} AS {_quoted(field.name)}" for field in visible)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "\\`") + "`"


def _value(field: Field, above: Path, prefix: str, rules: Mapping[Path, str]) -> str:
    path, value = (*above, field.name.casefold()), f"{prefix}{_quoted(field.name)}"
    if path in rules:
        masked = template(rules[path], field)
        assert masked is not None, path
        return masked.format(value)
    if field.type != "struct" or not any(other[: len(path)] == path for other in rules):
        return value
    inside = (f"{_value(one, path, f'{value}.', rules)} AS {_quoted(one.name)}" for one in field.fields)
    return f"IF({value} IS NULL, NULL, STRUCT({', '.join(inside)}))"
