"""Settings are read in one place; what is wrong with them is said in one line."""

import pickle
import re

import pytest
from pydantic import ValidationError

from extract.errors import Terminal
from orchestration import environment, manifest


def test_an_environment_is_read_whole(variables: dict[str, str]) -> None:
    settings = environment.load(
        variables | {"KURA_SPREADSHEET_HEAD_COUNT": "1people", "KURA_TIMEZONE": "Europe/Zurich"}
    )
    assert settings.name == "dev"
    assert settings.project == "koe-dev"
    assert settings.timezone == "Europe/Zurich"
    assert settings.spreadsheets == {"planning": "1planning", "head_count": "1people"}
    assert settings.policy_tags["pii"].endswith("/policyTags/12")


def test_what_is_optional_has_the_real_services_as_default(variables: dict[str, str]) -> None:
    settings = environment.load(variables)
    assert settings.timezone == "Asia/Tokyo"
    assert settings.dynamodb_table_prefix == ""
    assert settings.stripe_api_base == "https://api.stripe.com"
    assert settings.sheets_api_base == "https://sheets.googleapis.com"
    assert settings.transfer_api_base == "https://bigquerydatatransfer.googleapis.com"
    assert settings.transfer_file_age == 300
    profile = (manifest.PROJECT / "profiles.yml").read_text()
    assert f"env_var('KURA_MAXIMUM_BYTES_BILLED', '{settings.maximum_bytes_billed}')" in profile


@pytest.mark.parametrize("name", ["production", "DEV", "dev "])
def test_an_unknown_environment_is_refused_with_the_known_ones(variables: dict[str, str], name: str) -> None:
    with pytest.raises(Terminal, match=re.escape(repr(name)) + ".*dev, stg, prd"):
        environment.load(variables | {"KURA_ENVIRONMENT": name})


def test_no_environment_at_all_is_refused(variables: dict[str, str]) -> None:
    del variables["KURA_ENVIRONMENT"]
    with pytest.raises(Terminal, match="missing environment variable KURA_ENVIRONMENT"):
        environment.load(variables)


@pytest.mark.parametrize("name", [*environment.REQUIRED.values(), "KURA_POLICY_TAG_PII"])
@pytest.mark.parametrize("absent", [True, False])
def test_a_missing_or_empty_variable_is_named(variables: dict[str, str], name: str, absent: bool) -> None:
    if absent:
        del variables[name]
    else:
        variables[name] = ""
    with pytest.raises(Terminal, match=f"missing environment variable {name};"):
        environment.load(variables)


def test_all_missing_variables_are_named_at_once(variables: dict[str, str]) -> None:
    del variables["KURA_LOCATION"], variables["DAGSTER_HOME"]
    with pytest.raises(Terminal, match="missing environment variables KURA_LOCATION, DAGSTER_HOME;"):
        environment.load(variables)


def test_an_unknown_time_zone_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(Terminal, match="unknown time zone 'Asia/Edo' in KURA_TIMEZONE"):
        environment.load(variables | {"KURA_TIMEZONE": "Asia/Edo"})


@pytest.mark.parametrize("age", ["5m", "-1", "1.5", "soon"])
def test_a_file_age_that_is_no_number_of_seconds_is_refused(variables: dict[str, str], age: str) -> None:
    with pytest.raises(Terminal, match=f"KURA_TRANSFER_FILE_AGE is '{age}'; set it to a whole number of seconds"):
        environment.load(variables | {"KURA_TRANSFER_FILE_AGE": age})


@pytest.mark.parametrize("limit", ["0", "-1", "1 TiB", "1e12"])
def test_a_limit_that_is_no_number_of_bytes_is_refused(variables: dict[str, str], limit: str) -> None:
    with pytest.raises(Terminal, match=f"KURA_MAXIMUM_BYTES_BILLED is '{limit}'; set it to a whole number of bytes"):
        environment.load(variables | {"KURA_MAXIMUM_BYTES_BILLED": limit})


def test_a_relative_dagster_home_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(Terminal, match="DAGSTER_HOME is 'dagster', a relative path"):
        environment.load(variables | {"DAGSTER_HOME": "dagster"})


def test_settings_can_not_be_changed(variables: dict[str, str]) -> None:
    settings = environment.load(variables)
    with pytest.raises(ValidationError):
        settings.project = "koe-prd"  # type: ignore[misc]


def test_secrets_are_no_part_of_the_settings(variables: dict[str, str]) -> None:
    settings = environment.load(variables | {"SLACK_WEBHOOK_URL": "https://hooks.example/not_to_be_seen"})
    for text in (repr(settings), str(settings), settings.model_dump_json(), pickle.dumps(settings).decode("latin-1")):
        assert "koe-dev" in text
        assert "not_to_be_seen" not in text


def test_a_secret_is_read_when_it_is_used(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.secret("STRIPE_API_KEY") == environ["STRIPE_API_KEY"]
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_rotated")
    assert environment.secret("STRIPE_API_KEY") == "sk_test_rotated"
    monkeypatch.delenv("STRIPE_API_KEY")
    with pytest.raises(Terminal, match="missing environment variable STRIPE_API_KEY"):
        environment.secret("STRIPE_API_KEY")


def test_settings_are_read_without_any_secret_for_sensors_have_none(environ: dict[str, str]) -> None:
    without = {name: value for name, value in environ.items() if name not in environment.SECRETS}
    assert environment.load(without).name == environ["KURA_ENVIRONMENT"]
