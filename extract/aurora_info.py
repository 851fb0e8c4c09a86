"""What an Aurora export says of its tables: `export_tables_info_<task id>_from_<n>_to_<m>.json` beside the data.

    {"perTableStatus": [{"target": "koe.public.users", "status": "COMPLETE",
                         "schemaMetadata": {"originalTypeMappings": [{"columnName": "id",
                                            "expectedExportedType": "int64", ...}, ...]}, ...},
                        {"target": "koe.public.drafts", "status": ..., "warningMessage": "..."}]}

AWS documents the files' existence, not their fields
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-data.Considerations.html, "File naming
convention"); the fields are those of files that people have published. A table that these files do not call COMPLETE
counts as not exported, so a change of the fields cannot pass as success.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from extract.carrier import Exported, listed
from extract.delivery import RawColumn
from extract.errors import Terminal
from extract.outside import aws

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


_TYPES: Final = (
    ("int", "INT64"),
    ("float", "FLOAT64"),
    ("double", "FLOAT64"),
    ("boolean", "BOOL"),
    ("binary (utf8)", "STRING"),
    ("binary", "BYTES"),
)


@dataclass(frozen=True)
class Info:
    """What an export says: `statements` about its tables by `database.schema.table`, and its `warning`, often empty.

    `files` are all its files in S3, by key.
    """

    statements: dict[str, dict[str, Any]]
    files: dict[str, Exported]
    warning: str

    def exported(self, target: str) -> bool:
        """Whether the export calls a table complete."""
        return bool(self.statements.get(target, {}).get("status") == "COMPLETE")

    def reason(self, target: str) -> str:
        """Why a table is not exported, as far as the export says."""
        statement = self.statements.get(target, {})
        reasons = (statement.get("status", "the export does not mention it"), statement.get("warningMessage"))
        return "; ".join(str(reason) for reason in (*reasons, self.warning) if reason)

    def columns(self, target: str) -> tuple[RawColumn, ...]:
        """The columns of an exported table, for one that is empty and so may have no Parquet file to ask.

        Terminal when the export does not say their types.
        """
        mappings = self.statements[target].get("schemaMetadata", {}).get("originalTypeMappings", [])
        columns = tuple(
            RawColumn(mapping["columnName"], _type(str(mapping.get("expectedExportedType", "")), target))
            for mapping in mappings
        )
        if not columns:
            raise Terminal(f"aurora: {target} is empty, and the export does not say its columns; export it later")
        return columns


def read_info(s3: "S3Client", bucket: str, folder: str, warning: str) -> Info:
    """What the export in a folder of the bucket says, with the task's own warning. Terminal when it cannot be read."""
    files = listed(s3, bucket, folder)
    statements: dict[str, dict[str, Any]] = {}
    for key in files:
        if not key.removeprefix(folder).startswith("export_tables_info_"):
            continue
        with aws(f"reading s3://{bucket}/{key}"):
            content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        try:
            statements |= {statement["target"]: statement for statement in json.loads(content)["perTableStatus"]}
        except (ValueError, KeyError, TypeError) as error:
            raise Terminal(f"s3://{bucket}/{key}: not the table information of an export ({error!r})") from error
    return Info(statements, files, warning)


def _type(exported: str, target: str) -> str:
    """The raw type of a Parquet type as the export names it, such as `int64` or `binary (UTF8)`."""
    name = exported.lower()
    for known, data_type in _TYPES:
        if name.startswith(known):
            return data_type
    raise Terminal(f"aurora: a column of {target} is of exported type {exported!r}, which a raw table cannot hold")
