"""The variables that point the platform and every client at the sandbox."""

import shlex
from pathlib import Path

from sandbox import names, postgres
from sandbox.errors import SandboxError
from sandbox.koe import planning
from sandbox.services import metabase
from sandbox.state import State


def url(state: State, server: str) -> str:
    return f"http://127.0.0.1:{port(state, server)}"


def port(state: State, server: str) -> str:
    """The port of a server. SandboxError when it has never been started."""
    try:
        return str(state.servers[server].port)
    except KeyError:
        raise SandboxError("the sandbox has not been started: run `kura sandbox up`") from None


def variables(home: Path, state: State) -> dict[str, str]:
    """Every variable of orchestration/environment.py, and the ones that the clients themselves honour."""
    return {
        "KURA_ENVIRONMENT": "sandbox",
        "KURA_LOCATION": names.LOCATION,
        "KURA_TIMEZONE": "Asia/Tokyo",
        "KURA_LANDING_BUCKET": names.LANDING_BUCKET,
        "KURA_EXPORT_BUCKET": names.EXPORT_BUCKET,
        "KURA_EXPORT_ROLE": names.EXPORT_ROLE,
        "KURA_EXPORT_KMS_KEY": names.EXPORT_KMS_KEY,
        "KURA_AURORA_CLUSTER": names.AURORA_CLUSTER,
        "KURA_AURORA_DATABASE": names.AURORA_DATABASE,
        "KURA_AURORA_ENGINE": "postgresql",
        "KURA_AURORA_READER_HOST": "127.0.0.1",
        "KURA_AURORA_READER_PORT": port(state, "postgres"),
        "KURA_AURORA_READER_USER": postgres.USER,
        "KURA_AURORA_AUTH": "password",
        "KURA_AURORA_PASSWORD": postgres.PASSWORD,
        "KURA_AURORA_TLS": "disable",  # the wheel's server is built without it
        "KURA_DYNAMODB_TABLE_PREFIX": names.DYNAMODB_PREFIX,
        "KURA_SPREADSHEET_PLANNING": planning.SPREADSHEET_ID,
        **{f"KURA_POLICY_TAG_{tag.upper()}": names.policy_tag(tag) for tag in names.TAGS},
        "GOOGLE_CLOUD_PROJECT": names.PROJECT,
        "GOOGLE_APPLICATION_CREDENTIALS": str(home / "platform.json"),
        "BIGQUERY_EMULATOR_HOST": url(state, "bigquery"),
        "STORAGE_EMULATOR_HOST": url(state, "storage"),
        "AWS_ENDPOINT_URL": url(state, "aws"),
        "AWS_REGION": names.AWS_REGION,
        "AWS_DEFAULT_REGION": names.AWS_REGION,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "STRIPE_API_KEY": names.STRIPE_KEY,
        "STRIPE_API_BASE": url(state, "services") + "/stripe",
        "SHEETS_API_BASE": url(state, "services") + "/sheets",
        "BIGQUERY_DATA_TRANSFER_API_BASE": url(state, "services") + "/datatransfer",
        "KURA_TRANSFER_FILE_AGE": "0",
        "SLACK_WEBHOOK_URL": url(state, "services") + "/slack/kura",
        "METABASE_URL": url(state, "services") + "/metabase",
        "METABASE_API_KEY": metabase.KEY,
        "METABASE_DATABASE": str(metabase.DATABASE["name"]),
        "KURA_LOADER_CREDENTIALS": str(home / "loader.json"),
        "KURA_ANALYST_CREDENTIALS": str(home / "analyst.json"),
        "DAGSTER_HOME": str(home / "dagster"),
    }


def exports(home: Path, state: State) -> str:
    """The variables as lines for a shell's `eval`."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(home, state).items())
