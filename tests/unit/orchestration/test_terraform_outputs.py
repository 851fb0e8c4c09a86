"""`kura env --from-terraform`: what Terraform puts out becomes an environment, or one line that says why not."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extract.errors import Terminal
from orchestration import cli, environment
from orchestration.terraform_outputs import lines, read

SECRET = "not to be seen"
EVIL = [
    "'; touch /tmp/evil; '",
    "$(touch evil)",
    "`touch evil`",
    '"quoted" \\ backslash',
    "a b  c",
    "蔵 é",
    "#no",
    "!!",
    "*",
]
TAG = "projects/koe-dev/locations/us/taxonomies/1/policyTags/"


@pytest.fixture
def outputs() -> dict[str, Any]:
    """What `terraform output -json` prints of a whole environment, as JSON."""
    given = {
        "KURA_ENVIRONMENT": "dev",
        "GOOGLE_CLOUD_PROJECT": "koe-dev",
        "KURA_LOCATION": "US",
        "KURA_LANDING_BUCKET": "koe-dev-landing",
        "KURA_EXPORT_BUCKET": "koe-dev-exports",
        "KURA_EXPORT_KMS_KEY": "arn:aws:kms:ap-northeast-1:123456789012:key/1",
        "KURA_EXPORT_ROLE": "arn:aws:iam::123456789012:role/export",
        "KURA_AURORA_CLUSTER": "koe",
        "KURA_AURORA_DATABASE": "koe",
        "KURA_SPREADSHEET_PLANNING": "1planning",
        "KURA_LOADER_CREDENTIALS": "loader@koe-dev.iam.gserviceaccount.com",
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/loader",
        "AWS_DEFAULT_REGION": "ap-northeast-1",
    }
    tags = {"restricted": f"{TAG}11", "pii": f"{TAG}12", "financial": f"{TAG}13"}
    secrets = {"STRIPE_API_KEY": "stripe-api-key", "SLACK_WEBHOOK_URL": "projects/koe-shared/secrets/slack-webhook-url"}
    return {
        "environment": {"sensitive": False, "type": ["map", "string"], "value": given},
        "policy_tags": {"sensitive": False, "type": ["map", "string"], "value": tags},
        "secrets": {"sensitive": False, "type": ["map", "string"], "value": secrets},
        "database_password": {"sensitive": True, "type": "string", "value": SECRET},
        "url": {"sensitive": False, "type": "string", "value": "https://dagster.example"},
    }


def refusal(outputs: Any) -> str:
    """The one line that says what is wrong; it never shows a secret."""
    with pytest.raises(Terminal) as raised:
        read(outputs if isinstance(outputs, str) else json.dumps(outputs))
    said = str(raised.value)
    assert "\n" not in said and SECRET not in said
    return said


def in_a_shell(script: str) -> dict[str, str]:
    """The variables of a shell after it has run these lines."""
    show = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    shell = subprocess.run(["sh", "-euc", f"{script}\n{show}"], env={}, capture_output=True, text=True, check=True)
    variables: dict[str, str] = json.loads(shell.stdout)
    return variables


def test_the_lines_make_a_shells_environment_that_can_be_loaded(outputs: dict[str, Any]) -> None:
    found = in_a_shell("\n".join(lines(read(json.dumps(outputs)))))
    settings = environment.load(found | {"STRIPE_API_KEY": "sk", "DAGSTER_HOME": "/dagster"})
    assert (settings.name, settings.landing_bucket) == ("dev", "koe-dev-landing")
    assert settings.policy_tags == {"restricted": f"{TAG}11", "pii": f"{TAG}12", "financial": f"{TAG}13"}
    assert settings.spreadsheets == {"planning": "1planning"}
    assert found["AWS_DEFAULT_REGION"] == "ap-northeast-1"


@pytest.mark.parametrize("evil", EVIL)
def test_a_value_is_never_more_than_a_value_to_the_shell(outputs: dict[str, Any], evil: str) -> None:
    outputs["environment"]["value"]["KURA_AURORA_DATABASE"] = evil
    assert in_a_shell("\n".join(lines(read(json.dumps(outputs)))))["KURA_AURORA_DATABASE"] == evil


@pytest.mark.parametrize("evil", ["two\nlines", "a\u0000b", "\ud800", "\u2028", "\u001b[2J"])
def test_a_value_that_is_not_one_line_of_text_is_refused(outputs: dict[str, Any], evil: str) -> None:
    outputs["environment"]["value"]["KURA_AURORA_DATABASE"] = evil
    assert "'KURA_AURORA_DATABASE' is not one line of plain text" in refusal(outputs)


def test_secrets_are_named_with_the_command_that_reads_them_and_nothing_sensitive_is_printed(
    outputs: dict[str, Any],
) -> None:
    printed = lines(read(json.dumps(outputs)))
    access = "gcloud secrets versions access latest"
    assert f'# export STRIPE_API_KEY="$({access} --secret=stripe-api-key --project=koe-dev)"' in printed
    assert f'# export SLACK_WEBHOOK_URL="$({access} --secret=slack-webhook-url --project=koe-shared)"' in printed
    assert SECRET not in "\n".join(printed)
    assert "https://dagster.example" not in "\n".join(printed)


@pytest.mark.parametrize("secret", ["", "a b", "x; rm -rf /", "x\ny", "$(x)", "projects/a/b/secrets/c", "蔵"])
def test_what_is_no_id_of_a_secret_is_refused(outputs: dict[str, Any], secret: str) -> None:
    outputs["secrets"]["value"]["STRIPE_API_KEY"] = secret
    assert "STRIPE_API_KEY" in refusal(outputs)


def test_where_runs_are_kept_is_the_machines_own_unless_terraform_says_it(outputs: dict[str, Any]) -> None:
    assert lines(read(json.dumps(outputs)))[-1].startswith("# export DAGSTER_HOME=")
    outputs["environment"]["value"]["DAGSTER_HOME"] = "/opt/dagster"
    assert "export DAGSTER_HOME=/opt/dagster" in lines(read(json.dumps(outputs)))
    outputs["environment"]["value"]["DAGSTER_HOME"] = "dagster"
    assert "a relative path" in refusal(outputs)


@pytest.mark.parametrize(
    ("output", "key", "said"),
    [
        (
            "environment",
            "KURA_LANDING_BUKET",
            "unknown variables in output environment: 'KURA_LANDING_BUKET'; known are",
        ),
        ("environment", "KURA_SPREADSHEET_x", "unknown variables in output environment"),
        ("environment", "AWS_SECRET_ACCESS_KEY", "unknown variables in output environment: 'AWS_SECRET_ACCESS_KEY'"),
        ("environment", "A=1; rm -rf /\n", r"unknown variables in output environment: 'A=1; rm -rf /\n'"),
        ("environment", "STRIPE_API_KEY", "output environment has STRIPE_API_KEY, a secret; give its id to"),
        ("environment", "KURA_POLICY_TAG_PII", "output environment has KURA_POLICY_TAG_PII; give the tag to output"),
        ("policy_tags", "secret", "unknown tags in output policy_tags: 'secret'; known are financial, pii, restricted"),
        ("secrets", "METABASE_KEY", "unknown variables in output secrets: 'METABASE_KEY'; known are STRIPE_API_KEY"),
    ],
)
def test_what_nobody_reads_is_refused_by_name(outputs: dict[str, Any], output: str, key: str, said: str) -> None:
    outputs[output]["value"][key] = "a-value"
    told = refusal(outputs)
    assert told.startswith(said) and "a-value" not in told


@pytest.mark.parametrize(
    ("output", "key", "variable"),
    [
        ("environment", "KURA_ENVIRONMENT", "KURA_ENVIRONMENT"),
        ("environment", "KURA_LANDING_BUCKET", "KURA_LANDING_BUCKET"),
        ("policy_tags", "pii", "KURA_POLICY_TAG_PII"),
    ],
)
def test_what_is_missing_is_named(outputs: dict[str, Any], output: str, key: str, variable: str) -> None:
    del outputs[output]["value"][key]
    assert f"Terraform's outputs make no environment: missing environment variable {variable};" in refusal(outputs)


def test_what_the_platform_would_not_take_is_refused_before_it_runs(outputs: dict[str, Any]) -> None:
    outputs["environment"]["value"]["KURA_TIMEZONE"] = "Asia/Edo"
    assert "unknown time zone 'Asia/Edo'" in refusal(outputs)
    outputs["environment"]["value"]["KURA_ENVIRONMENT"] = "production"
    assert "unknown environment 'production'" in refusal(outputs)


@pytest.mark.parametrize("name", ["environment", "policy_tags", "secrets"])
def test_an_output_that_is_not_a_map_of_plain_strings_is_refused(outputs: dict[str, Any], name: str) -> None:
    key = next(iter(outputs[name]["value"]))
    for value in (None, 1, True, ["x"], {"x": "y"}):
        changed = outputs | {name: outputs[name] | {"value": {**outputs[name]["value"], key: value}}}
        assert f"output {name}: the value of {key!r} is no string" in refusal(changed)
    for value in (None, "text", ["x"]):
        assert f"output {name} is no map" in refusal(outputs | {name: outputs[name] | {"value": value}})
    assert f"output {name} is sensitive" in refusal(outputs | {name: outputs[name] | {"sensitive": True}})
    del outputs[name]
    assert f"Terraform has no output {name}; apply" in refusal(outputs)


@pytest.mark.parametrize("text", ["", "no json", "[]", "null", "{}", '{"environment": 1}', "[" * 100_000])
def test_what_terraform_did_not_print_is_refused(text: str) -> None:
    assert "terraform output -json" in refusal(text) or "Terraform has no output" in refusal(text)


def kura(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["kura", "env", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command_reads_a_file_or_standard_input(
    outputs: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(outputs))
    assert kura(monkeypatch, "--from-terraform", str(path)) == 0
    shell = capsys.readouterr().out
    assert "export KURA_LOCATION=US\n" in shell
    monkeypatch.setattr(sys, "stdin", io.StringIO(path.read_text()))
    assert kura(monkeypatch, "--from-terraform", "-") == 0
    assert capsys.readouterr().out == shell
    assert kura(monkeypatch, "--from-terraform", str(path), "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["environment"]["KURA_POLICY_TAG_PII"] == f"{TAG}12"
    assert printed["secrets"]["STRIPE_API_KEY"] == "stripe-api-key"
    assert SECRET not in json.dumps(printed)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"no json"])
def test_what_the_command_cannot_read_is_one_line_and_nothing_to_evaluate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path = tmp_path / "outputs.json"
    if content is not None:
        path.write_bytes(content)
    assert kura(monkeypatch, "--from-terraform", str(path)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("kura: ") and printed.err.count("\n") == 1


def test_every_variable_that_is_read_is_known_by_name(variables: dict[str, str]) -> None:
    assert {name for name in variables if not name.startswith(environment.SPREADSHEET)} <= {*environment.VARIABLES}
    assert len(environment.VARIABLES) == len({*environment.VARIABLES})
