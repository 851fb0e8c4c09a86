"""`kura env --from-terraform`: the outputs of Terraform as the variables that `orchestration.environment` reads.

    terraform output -json | kura env --from-terraform -

The root module has three outputs for it: `environment`, values by variable; `policy_tags`, resource names by logical
name; `secrets`, ids in Secret Manager by variable. No secret is read here: a comment has the command that does. Of
other outputs nothing is read, and of a sensitive one nothing is ever printed.
"""

import json
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from extract.contract import TAGS
from extract.errors import Terminal
from orchestration import environment as settings

CLIENTS: Final = frozenset(
    {"AWS_DEFAULT_REGION", "AWS_ROLE_SESSION_NAME", "GOOGLE_CLOUD_QUOTA_PROJECT", "GOOGLE_CLOUD_UNIVERSE_DOMAIN"}
)
"""Variables that the clients of the clouds read themselves, as far as they belong to an environment."""

_PROJECT: Final = settings.REQUIRED["project"]
_HOME: Final = settings.REQUIRED["dagster_home"]
_SPREADSHEET: Final = re.compile(settings.SPREADSHEET + "[A-Z0-9_]+")
_SECRET: Final = re.compile(r"(?:projects/(?P<project>[a-z0-9.:-]+)/secrets/)?(?P<name>[A-Za-z0-9_-]{1,255})")
_TOLD: Final = 60  # characters of what is wrong


@dataclass(frozen=True)
class Outputs:
    """Values by variable, and where the values of secrets are: ids in Secret Manager by variable."""

    variables: Mapping[str, str]
    secrets: Mapping[str, str]


def env(path: Path, as_json: bool) -> None:
    """Print the variables as lines for a shell's `eval`, or as JSON. Terminal when they make no environment."""
    found = read(_text(path))
    if as_json:
        print(json.dumps({"environment": found.variables, "secrets": found.secrets}, indent=2))
    else:
        print("\n".join(lines(found)))


def read(text: str) -> Outputs:
    """The variables in what `terraform output -json` prints. Terminal names what is unknown, missing or wrong.

    DAGSTER_HOME may be missing: where a machine keeps the history of runs is its own.
    """
    outputs = _outputs(text)
    given, tags, secrets = (_strings(outputs, name) for name in ("environment", "policy_tags", "secrets"))
    for variable in given:
        if variable in settings.SECRETS:
            raise Terminal(f"output environment has {variable}, a secret; give its id to output secrets instead")
        if variable in settings.POLICY_TAGS.values():
            raise Terminal(f"output environment has {variable}; give the tag to output policy_tags instead")
    _refuse("variables in output environment", [name for name in given if not _known(name)], settings.VARIABLES)
    _refuse("tags in output policy_tags", [tag for tag in tags if tag not in TAGS], sorted(TAGS))
    _refuse("variables in output secrets", [name for name in secrets if name not in settings.SECRETS], settings.SECRETS)
    for variable, secret in secrets.items():
        if not _SECRET.fullmatch(secret):
            raise Terminal(f"output secrets: the value of {variable} is no id of Secret Manager; give the secret's id")
    variables = given | {settings.POLICY_TAGS[tag]: name for tag, name in tags.items()}
    try:
        settings.load({_HOME: "/"} | variables | dict.fromkeys(secrets, "read when it is used"))
    except Terminal as error:
        raise Terminal(f"Terraform's outputs make no environment: {error}") from None
    return Outputs(variables, secrets)


def lines(outputs: Outputs) -> list[str]:
    """Lines for a shell: exports of what is not secret, and comments that say how to get the rest."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in outputs.variables.items()]
    secrets = [f'# export {name}="$({_command(secret, outputs)})"' for name, secret in outputs.secrets.items()]
    if _HOME not in outputs.variables:
        secrets.append(f"# export {_HOME}=<an absolute path, where this machine keeps the history of runs>")
    return [*exports, *secrets]


def _command(secret: str, outputs: Outputs) -> str:
    found = _SECRET.fullmatch(secret)
    assert found
    project = shlex.quote(found["project"] or outputs.variables[_PROJECT])
    return f"gcloud secrets versions access latest --secret={found['name']} --project={project}"


def _text(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Terminal(f"cannot read {path}: {reason}; give what `terraform output -json` prints") from None


def _outputs(text: str) -> Mapping[str, Any]:
    try:
        outputs = json.loads(text)
    except (ValueError, RecursionError):
        outputs = None
    if not isinstance(outputs, dict):
        raise Terminal("this is not what `terraform output -json` prints; pipe that to --from-terraform -")
    return outputs


def _strings(outputs: Mapping[str, Any], name: str) -> dict[str, str]:
    """An output that is a map of plain strings, sorted by key."""
    output = outputs.get(name)
    if not isinstance(output, dict) or "value" not in output:
        raise Terminal(f"Terraform has no output {name}; apply the root module, and give what all its outputs are")
    if output.get("sensitive"):
        raise Terminal(f"output {name} is sensitive, so nothing of it is printed; keep secrets out of it")
    if not isinstance(values := output["value"], dict):
        raise Terminal(f"output {name} is no map; make it one of strings")
    for key, value in values.items():
        if not isinstance(value, str):
            raise Terminal(f"output {name}: the value of {key[:_TOLD]!r} is no string; use tostring() in Terraform")
        # No variable has control characters, and a shell could not even hold some of them.
        if not value.isprintable():
            raise Terminal(f"output {name}: the value of {key[:_TOLD]!r} is not one line of plain text; correct it")
    return dict(sorted(values.items()))


def _known(variable: str) -> bool:
    return variable in settings.VARIABLES or variable in CLIENTS or bool(_SPREADSHEET.fullmatch(variable))


def _refuse(what: str, unknown: list[str], known: Any) -> None:
    if unknown:
        named = ", ".join(ascii(name[:_TOLD]) for name in unknown)
        raise Terminal(f"unknown {what}: {named}; known are {', '.join(known)}")
