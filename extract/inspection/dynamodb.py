"""A DynamoDB table: its key from DescribeTable, its attributes from a Scan of some items.

Items of one table need not share attributes: the columns are all that any of the items has. Types are DynamoDB's own as
staging decodes them: a map or list is JSON, a set an array, text an instant where every value is one.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from extract.errors import Terminal
from extract.inspection import documents
from extract.inspection.fitting import number_type, text_type
from extract.inspection.found import ROWS, Found, FoundColumn, Report
from extract.inspection.names import column_name, near, snake
from extract.outside import aws, aws_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAGE: Final = 250
_PAGES: Final = 8
"""Of at most 1 MB each: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html"""
_PAGES_OF_NAMES: Final = 20
_TYPES: Final = {"BOOL": "BOOL", "B": "BYTES", "SS": "ARRAY<STRING>", "BS": "ARRAY<BYTES>"}
_INSTANTS: Final = frozenset({"DATE", "DATETIME", "TIMESTAMP"})
_TIMES: Final = frozenset({"at", "on", "time", "timestamp", "date", "ttl", "expires", "expiry", "until", "since"})
_EPOCHS: Final = (("seconds", 10**9, 4 * 10**9), ("milliseconds", 10**12, 4 * 10**12))
"""Whole numbers that are instants between 2001 and 2096."""

Attribute = Mapping[str, Any]
"""A value in DynamoDB's own JSON: `{"S": "text"}`."""


def inspect(prefix: str, relation: str, report: Report, client: "DynamoDBClient") -> Found:
    """Look at the table `relation`, whose full name begins with `prefix`.

    Terminal when there is none, with the names that are like it; Terminal or Transient when AWS refuses or is away.
    """
    name = prefix + relation
    with aws(f"looking at DynamoDB table {name}"):
        try:
            table = client.describe_table(TableName=name)["Table"]
        except ClientError as error:
            if aws_code(error) == "ResourceNotFoundException":
                raise _missing(client, prefix, relation) from None
            raise
        report(f"reading up to {ROWS} items, which takes a little of the table's read capacity")
        pages = client.get_paginator("scan").paginate(TableName=name, PaginationConfig={"PageSize": _PAGE})
        items = list(islice((item for page in islice(pages, _PAGES) for item in page["Items"]), ROWS))
        remarks = _recovery(client, name)
    key = [part["AttributeName"] for part in table["KeySchema"]]
    attributes: dict[str, list[Attribute]] = {part: [] for part in key}
    for item in items:
        for attribute, value in item.items():
            attributes.setdefault(attribute, []).append(value)
    if not items:
        # An empty text fits STRING, and a zero INT64.
        types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
        attributes = {part: [{types[part]: "0" if types[part] == "N" else ""}] for part in key}
        remarks.append("it has no items yet: only its key is declared")
    columns, left_out = _columns(attributes, key)
    named = {column.path[0]: column.name for column in columns}
    return Found(relation, columns, tuple(named[part] for part in key), len(items), remarks=(*left_out, *remarks))


def _columns(
    attributes: Mapping[str, Sequence[Attribute]], key: Sequence[str]
) -> tuple[tuple[FoundColumn, ...], tuple[str, ...]]:
    """The key first, then all others by name, instants last; and what was left out, in words."""
    columns: list[FoundColumn] = []
    left_out = documents.LeftOut()
    for attribute in sorted(attributes, key=lambda name: (key.index(name) if name in key else len(key), name)):
        values = [value for value in attributes[attribute] if "NULL" not in value]
        if left_out.is_told(attribute, values):
            continue
        data_type, remark = _type(values), ""
        if data_type == "INT64" and (unit := _epoch(attribute, values)):
            remark = f"{unit} since 1970, by the look of the values"
        name = column_name(attribute, {column.name for column in columns}, f"attribute_{len(columns) + 1}")
        personal = documents.personal(attribute, data_type, [_plain(value) for value in values])
        columns.append(FoundColumn(name, data_type, (attribute,), personal=personal, remark=remark))
    columns.sort(key=lambda column: column.data_type in _INSTANTS and column.path[0] not in key)
    return tuple(columns), left_out.remarks


def _type(values: Sequence[Attribute]) -> str:
    """The declared type that all values decode as; different ones are text where they are scalar, else JSON."""
    kinds = {kind for value in values for kind in value}
    content = [one for value in values for one in value.values()]
    if kinds == {"S"}:
        return text_type(content)
    if kinds == {"N"}:
        return number_type(content)
    if kinds == {"NS"}:
        element = number_type(chain.from_iterable(content))
        # Staging takes an array of text for a set of text.
        return "JSON" if element == "STRING" else f"ARRAY<{element}>"
    if kinds == {"S", "N"}:
        return "STRING"
    return _TYPES.get(next(iter(kinds)), "JSON") if len(kinds) == 1 else "JSON"


def _epoch(attribute: str, values: Sequence[Attribute]) -> str | None:
    """The unit in which whole numbers seem to tell an instant, for staging reads instants from text only."""
    if not _TIMES & set(snake(attribute).split("_")):
        return None
    numbers = [int(value["N"]) for value in values]
    return next((unit for unit, low, high in _EPOCHS if all(low <= number < high for number in numbers)), None)


def _plain(value: Attribute) -> Any:
    """A value without DynamoDB's types; binary ones are None."""
    [(kind, content)] = value.items()
    match kind:
        case "S" | "SS" | "BOOL":
            return content
        case "N":
            return Decimal(content)
        case "NS":
            return [Decimal(one) for one in content]
        case "L":
            return [_plain(one) for one in content]
        case "M":
            return {name: _plain(one) for name, one in content.items()}
    return None


def _missing(client: "DynamoDBClient", prefix: str, relation: str) -> Terminal:
    names: list[str] = []
    with suppress(ClientError):  # our role need not be allowed to list
        pages = islice(client.get_paginator("list_tables").paginate(), _PAGES_OF_NAMES)
        names = [name for page in pages for name in page["TableNames"]]
    ours = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    return Terminal(f"DynamoDB has no table {prefix}{relation}; {near(relation, ours)}")


def _recovery(client: "DynamoDBClient", name: str) -> list[str]:
    """What is in the way of exports, in words."""
    with suppress(ClientError):  # as above
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
            return ["exports need point-in-time recovery, which is off: switch it on before the first run"]
    return []
