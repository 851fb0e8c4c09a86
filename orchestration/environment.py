"""The one place that reads environment variables.

Settings are read once, when definitions are loaded, into a frozen `Environment`. Secrets are no part of it: `secret`
reads one when it is used, so that none can be printed, logged or pickled by accident.
"""

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from extract.aurora_reader import SSLMODES
from extract.contract import TAGS
from extract.errors import Terminal

CLOUD_ENVIRONMENTS: Final = ("dev", "stg", "prd")
NAME: Final = "KURA_ENVIRONMENT"
REQUIRED: Final[Mapping[str, str]] = {
    "project": "GOOGLE_CLOUD_PROJECT",
    "location": "KURA_LOCATION",
    "landing_bucket": "KURA_LANDING_BUCKET",
    "export_bucket": "KURA_EXPORT_BUCKET",
    "export_kms_key": "KURA_EXPORT_KMS_KEY",
    "export_role": "KURA_EXPORT_ROLE",
    "aurora_cluster": "KURA_AURORA_CLUSTER",
    "aurora_database": "KURA_AURORA_DATABASE",
    "dagster_home": "DAGSTER_HOME",
}
OPTIONAL: Final[Mapping[str, tuple[str, str]]] = {
    "timezone": ("KURA_TIMEZONE", "Asia/Tokyo"),
    "dynamodb_table_prefix": ("KURA_DYNAMODB_TABLE_PREFIX", ""),
    "stripe_api_base": ("STRIPE_API_BASE", "https://api.stripe.com"),
    "sheets_api_base": ("SHEETS_API_BASE", "https://sheets.googleapis.com"),
    "aurora_engine": ("KURA_AURORA_ENGINE", "postgresql"),
    "aurora_reader_host": ("KURA_AURORA_READER_HOST", ""),
    "aurora_reader_port": ("KURA_AURORA_READER_PORT", ""),
    "aurora_reader_user": ("KURA_AURORA_READER_USER", ""),
    "aurora_auth": ("KURA_AURORA_AUTH", "iam"),
    "aurora_tls": ("KURA_AURORA_TLS", "verify-full"),
    "aurora_ca_file": ("KURA_AURORA_CA_FILE", ""),
    "transfer_api_base": ("BIGQUERY_DATA_TRANSFER_API_BASE", "https://bigquerydatatransfer.googleapis.com"),
    "transfer_file_age": ("KURA_TRANSFER_FILE_AGE", "300"),
    "analyst_credentials": ("KURA_ANALYST_CREDENTIALS", ""),
    "loader_credentials": ("KURA_LOADER_CREDENTIALS", ""),
    "aws_region": ("AWS_REGION", ""),
    "aws_role_arn": ("AWS_ROLE_ARN", ""),
    "aws_audience": ("KURA_AWS_AUDIENCE", "sts.amazonaws.com"),
    "metabase_url": ("METABASE_URL", ""),
    "metabase_database": ("METABASE_DATABASE", "kura"),
    "metabase_iap_audience": ("METABASE_IAP_AUDIENCE", ""),
    "maximum_bytes_billed": ("KURA_MAXIMUM_BYTES_BILLED", str(2**40)),
}
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "aurora_engine": ("postgresql", "mysql"),
    "aurora_auth": ("iam", "password"),
    "aurora_tls": SSLMODES,
}
POLICY_TAG: Final = "KURA_POLICY_TAG_"
SPREADSHEET: Final = "KURA_SPREADSHEET_"
STRIPE_KEY: Final = "STRIPE_API_KEY"
AURORA_PASSWORD: Final = "KURA_AURORA_PASSWORD"
SLACK_WEBHOOK: Final = "SLACK_WEBHOOK_URL"
METABASE_KEY: Final = "METABASE_API_KEY"
SECRETS: Final = (STRIPE_KEY, AURORA_PASSWORD, SLACK_WEBHOOK, METABASE_KEY)
POLICY_TAGS: Final[Mapping[str, str]] = {tag: POLICY_TAG + tag.upper() for tag in sorted(TAGS)}
VARIABLES: Final = (
    NAME,
    *REQUIRED.values(),
    *POLICY_TAGS.values(),
    *(variable for variable, _ in OPTIONAL.values()),
    *SECRETS,
)
"""Every variable that is read here, but for those of spreadsheets, whose names begin with SPREADSHEET."""


class Environment(BaseModel):
    """Where the platform runs: one GCP project, one AWS account. Nothing in it is secret.

    `policy_tags` maps the logical names of the tags to resource names; `spreadsheets` maps the names that contracts
    use, in lower case, to spreadsheet ids. The reader of Aurora is for tables in query mode; without any, it is empty.
    `analyst_credentials` are those of an analyst, for what must be read with no more rights than an analyst has, and
    `loader_credentials` those that extraction works with: a file of any type that google-auth reads, or the e-mail of a
    service account that our own credentials impersonate. Without a loader, extraction has our own rights.
    `aws_role_arn` is the AWS role that the loader's Google identity assumes, where boto3 finds no other credentials;
    `aws_audience` is whom its identity tokens are for. Without an `aws_region`, boto3's own settings give the region.
    `metabase_iap_audience` is whom a token must be for that lets us through the proxy before Metabase; "" without one.
    `transfer_file_age` is how old a file in S3 must be, in seconds, before the Data Transfer Service is sure to see it.
    `maximum_bytes_billed` is what one query of the platform may cost at most; BigQuery refuses what costs more.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    project: str
    location: str
    timezone: str
    landing_bucket: str
    export_bucket: str
    export_kms_key: str
    export_role: str
    aurora_cluster: str
    aurora_database: str
    dynamodb_table_prefix: str
    stripe_api_base: str
    sheets_api_base: str
    aurora_engine: str
    aurora_reader_host: str
    aurora_reader_port: str
    aurora_reader_user: str
    aurora_auth: str
    aurora_tls: str
    aurora_ca_file: str
    transfer_api_base: str
    transfer_file_age: float
    analyst_credentials: str
    loader_credentials: str
    aws_region: str
    aws_role_arn: str
    aws_audience: str
    metabase_url: str
    metabase_database: str
    metabase_iap_audience: str
    maximum_bytes_billed: int
    dagster_home: Path
    policy_tags: Mapping[str, str]
    spreadsheets: Mapping[str, str]


def known() -> tuple[str, ...]:
    """The names an environment can have: the clouds', and those that installed packages add."""
    return (*CLOUD_ENVIRONMENTS, *sorted(point.name for point in entry_points(group="kura.environments")))


def load(variables: Mapping[str, str] = os.environ) -> Environment:
    """Read and check the settings. Terminal names what is unknown, missing or wrong, in one line."""
    name = variables.get(NAME, "")
    if name not in known():
        problem = f"unknown environment {name!r}" if name else f"missing environment variable {NAME}"
        raise Terminal(f"{problem}; set {NAME} to one of {', '.join(known())}")
    needed = (*REQUIRED.values(), *POLICY_TAGS.values())
    if missing := [variable for variable in needed if not variables.get(variable)]:
        plural = "s" if len(missing) > 1 else ""
        raise Terminal(f"missing environment variable{plural} {', '.join(missing)}; set {'them' if plural else 'it'}")
    settings = {field: variables[variable] for field, variable in REQUIRED.items()}
    settings |= {field: variables.get(variable) or default for field, (variable, default) in OPTIONAL.items()}
    _check_timezone(settings["timezone"])
    for field, choices in CHOICES.items():
        if settings[field] not in choices:
            raise Terminal(f"unknown {OPTIONAL[field][0]} {settings[field]!r}; use {' or '.join(choices)}")
    home = Path(settings.pop("dagster_home"))
    if not home.is_absolute():
        raise Terminal(f"DAGSTER_HOME is {str(home)!r}, a relative path; set it to an absolute one")
    return Environment(
        name=name,
        dagster_home=home,
        transfer_file_age=_seconds("KURA_TRANSFER_FILE_AGE", settings.pop("transfer_file_age")),
        maximum_bytes_billed=_bytes("KURA_MAXIMUM_BYTES_BILLED", settings.pop("maximum_bytes_billed")),
        policy_tags={tag: variables[variable] for tag, variable in POLICY_TAGS.items()},
        spreadsheets={
            variable.removeprefix(SPREADSHEET).lower(): value
            for variable, value in sorted(variables.items())
            if variable.startswith(SPREADSHEET) and value
        },
        **settings,
    )


def require_reader(environment: Environment) -> None:
    """Raise Terminal unless Aurora's reader, which query mode and `kura add` read from, is set."""
    fields = ("aurora_reader_host", "aurora_reader_user")
    missing = [OPTIONAL[field][0] for field in fields if not getattr(environment, field)]
    if environment.aurora_auth == "password" and not has_secret(AURORA_PASSWORD):
        missing.append(AURORA_PASSWORD)
    if missing:
        raise Terminal(f"mode query and `kura add` need the reader of Aurora: missing {', '.join(missing)}; set it")
    if not environment.aurora_reader_port.isdecimal() and environment.aurora_reader_port:
        raise Terminal(f"KURA_AURORA_READER_PORT is {environment.aurora_reader_port!r}, which is no port; correct it")
    if environment.aurora_auth == "iam" and environment.aurora_tls == "disable":
        raise Terminal("IAM tokens need TLS; set KURA_AURORA_TLS to verify-full, or KURA_AURORA_AUTH to password")


def secret(name: str) -> str:
    """The value of a secret, read now. Terminal when it is missing."""
    if value := os.environ.get(name):
        return value
    raise Terminal(f"missing environment variable {name}; set it")


def has_secret(name: str) -> bool:
    """Whether a secret is set, without reading it out."""
    return bool(os.environ.get(name))


def _seconds(variable: str, value: str) -> float:
    if not value.isdecimal():
        raise Terminal(f"{variable} is {value!r}; set it to a whole number of seconds, or leave it out")
    return float(value)


def _bytes(variable: str, value: str) -> int:
    if not value.isdecimal() or not int(value):
        raise Terminal(f"{variable} is {value!r}; set it to a whole number of bytes above 0, or leave it out")
    return int(value)


def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise Terminal(
            f"unknown time zone {timezone!r} in KURA_TIMEZONE; use a name of the IANA database, such as Asia/Tokyo"
        ) from None
